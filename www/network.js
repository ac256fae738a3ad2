// Whether there is a network, as the browser tells it.
import { byId } from "./dom.js";

/** `onBack` is called when the network returns, `onChange` whenever it comes or goes. */
export function network({ onBack, onChange }) {
  const show = () => { byId("offline").textContent = navigator.onLine ? "" : "Offline. What you ask waits here, and is answered when the network is back."; };
  addEventListener("offline", () => {
    show();
    onChange();
  });
  addEventListener("online", () => {
    show();
    onChange();
    onBack();
  });
  show();
}
