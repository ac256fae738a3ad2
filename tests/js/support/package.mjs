// Where the tests find the package: always unpacked from its tarball, never the source tree.
import { installTarball } from "../../../scripts/lib/tarball.mjs";

/** The folder whose `node_modules` holds the package as its users have it. */
export const packageFolder = process.env.PACKAGE ?? (await installTarball());
