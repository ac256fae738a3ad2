// The rows of the table that are measured in one page, in the order in which they run: small work before big, so that
// nothing small is timed while the browser still tidies up after something big.
import { append } from "./rows/append.js";
import { branches } from "./rows/branches.js";
import { bulkMany, bulkOne } from "./rows/bulk.js";
import { context } from "./rows/context.js";
import { exchange } from "./rows/exchange.js";
import { list } from "./rows/list.js";
import { newest } from "./rows/newest.js";
import { prompt } from "./rows/prompt.js";
import { subscribe } from "./rows/subscribe.js";
import { delta, turn } from "./rows/turn.js";
import { whole } from "./rows/whole.js";

export const rows = { list, append, newest, context, prompt, turn, delta, branches, whole, bulkOne, bulkMany, exchange, subscribe };
