import { fileURLToPath } from "node:url";

/** The folder of the repository, with a closing separator. */
export const root = fileURLToPath(new URL("../../", import.meta.url));
