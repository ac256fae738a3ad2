// Strings on their way into WebAssembly, which knows only UTF-8.

/** A surrogate without its partner, the one thing a JavaScript string can hold and UTF-8 cannot. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = new RegExp(LONE_SURROGATE, "gu");

/** Whether the string has a UTF-8 form of its own. Browsers since 2023 know by themselves, twenty times as fast. */
export function isWellFormed(value: string): boolean {
  const { isWellFormed } = value as { isWellFormed?: () => boolean };
  return isWellFormed === undefined ? !LONE_SURROGATE.test(value) : isWellFormed.call(value);
}

/** The string with every lone surrogate replaced by U+FFFD. */
export function wellFormed(value: string): string {
  return isWellFormed(value) ? value : value.replace(LONE_SURROGATES, "\uFFFD");
}
