// Models add what a chart is made of as a block of JSON behind their text. It is not for reading.

const WHOLE = /(^|\n)[^\S\n]*```(?:json)?[^\S\n]*\n\s*\{[^]*?\n[^\S\n]*```[^\S\n]*(?=\n|$)/g;
/** A block that is still arriving, or looks as if it were going to. */
const BEGUN = /(^|\n)[^\S\n]*`{1,3}(?:j|js|jso|json)?[^\S\n]*(?:\n\s*(?:\{[^]*)?)?$/;

/** The text of an answer that is still arriving, without such blocks. */
export const withoutStructure = (text) => text.replace(WHOLE, "").replace(BEGUN, "").trimEnd();
