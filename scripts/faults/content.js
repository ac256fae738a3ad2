// What the messages of a fault run say. Page and harness both can tell from a text alone which call wrote it, which of
// its messages it is, and whether a single letter of it is missing.

/** The text of one of the messages of a call. A call is named `writer-number`; each writer counts from 0. */
export function contentOf(call, index = 0, size = 1) {
  const head = `${call} ${index + 1} of ${size}:`;
  let length = 7;
  for (const letter of head) length = (length * 31 + letter.charCodeAt(0)) % 83;
  return head + " and so on".repeat(length);
}

/** Where a text comes from; undefined when it is not exactly one of those above. */
export function originOf(content) {
  const [, writer, number, index, size] = /^(\S+)-(\d+) (\d+) of (\d+):/.exec(content) ?? [];
  if (writer === undefined) return undefined;
  const call = `${writer}-${number}`;
  if (content !== contentOf(call, index - 1, size)) return undefined;
  return { call, writer, number: Number(number), index: index - 1, size: Number(size) };
}

/** A long answer of a model, of which every beginning is another. */
export const answerOf = (call) => `Answer ${call}:${Array.from({ length: 900 }, (_, word) => ` ${word}`).join("")}.`;
