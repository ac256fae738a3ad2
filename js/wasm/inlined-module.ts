// The module of those entry points that have it in their first chunk.

import first from "../core/inlined-1.js";
import second from "../core/inlined-2.js";
import { unpacked } from "./unpacked.js";

/** memory.wasm as a response. */
export const inlinedModule = (): Response => unpacked(first + second);
