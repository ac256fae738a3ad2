import { useSyncExternalStore } from "react";

function listen(heard: () => void) {
  addEventListener("hashchange", heard);
  return () => removeEventListener("hashchange", heard);
}

/** The conversation that the address names: a reload shows it again, and "Back" the one before. */
export const useAddress = () => useSyncExternalStore(listen, () => location.hash.slice(1) || undefined);

export const goTo = (id = "") => void (location.hash = id);

/** In the place of one that is not there any more. */
export const leave = () => location.replace("#");
