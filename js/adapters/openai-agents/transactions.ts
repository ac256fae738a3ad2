// The arguments of a history transaction, checked before anything is stored.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { misfit } from "../../errors.js";
import * as argument from "../../validation/arguments.js";
import { canonical } from "../history.js";
import { readItem } from "./items.js";

const hashOf = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** What is to be done: `items` in place of `expectedSuffix`, which is empty when they are only added. */
export function readTransaction(args: unknown) {
  const field = argument.fields("args", args);
  const operationId = field("operationId", argument.name);
  if (operationId.trim() === "") throw misfit("args.operationId", "not be blank");
  const transaction = field("transaction", (path, value) => {
    const field = argument.fields(path, value);
    const items = (path: string, value: unknown) => argument.list(path, value, readItem);
    const type = field("type", argument.oneOf(["append_items", "replace_suffix"]));
    if (type === "append_items") return { type, expectedSuffix: [], items: field("items", items) };
    return { type, expectedSuffix: field("expectedSuffix", items), items: field("replacement", items) };
  });
  // Ids of messages are short, and an operation's is as long as it likes.
  return { ...transaction, operation: `operation-${hashOf(operationId)}`, digest: hashOf(canonical(transaction)) };
}

/** The error for a history that has changed meanwhile. */
export const misplaced = () => misfit("args.transaction.expectedSuffix", "be what the history ends with: read it again and decide anew");

/** The error for an operation that was another change before. */
export const alreadyUsed = () => misfit("args.operationId", "be of one change only: it was used for another one before");
