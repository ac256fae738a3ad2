// Calls of functions inside a page, past WebDriver's own: it knows one call at a time and no `undefined`.
// Everything here but `callScript` and `outcomeOf` is sent into the page as text, so it refers to nothing outside.

/** A value as JSON text that keeps what JSON loses: undefined, NaN, -0, infinities and BigInts. */
function encode(value) {
  const tag = (value) => {
    if (value === null || ["string", "boolean"].includes(typeof value)) return value;
    if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : ["number", Object.is(value, -0) ? "-0" : String(value)];
    if (typeof value === "bigint") return ["bigint", String(value)];
    if (typeof value !== "object") return ["undefined"];
    if (Array.isArray(value)) return ["list", Array.from(value, tag)];
    return ["object", Object.entries(value).map(([name, part]) => [name, tag(part)])];
  };
  return JSON.stringify(tag(value));
}

function decode(text) {
  const read = (tagged) => {
    if (!Array.isArray(tagged)) return tagged;
    const [kind, content] = tagged;
    if (kind === "undefined") return undefined;
    if (kind === "number") return Number(content);
    if (kind === "bigint") return BigInt(content);
    if (kind === "list") return content.map(read);
    return Object.fromEntries(content.map(([name, part]) => [name, read(part)]));
  };
  return read(JSON.parse(text));
}

/**
 * Starts the call `number` when it gets the text of a function, and waits a moment for it. Gives its outcome as text,
 * null while there is none, and "lost" when this page knows of no such call, because it has been navigated since.
 */
async function look(number, patience, work, argument) {
  const calls = (globalThis[Symbol.for("calls of the tests")] ??= { outcomes: new Map(), setTimeout });
  if (work !== null) {
    const outcome = (async () => ({ value: await (0, eval)(`(${work})`)(decode(argument)) }))();
    const failed = (error) => ({ error: { message: String(error), stack: String(error?.stack) } });
    calls.outcomes.set(number, outcome.catch(failed).then(encode));
  }
  if (!calls.outcomes.has(number)) return "lost";
  // The page's own timer, whatever a test has made of it since.
  const moment = new Promise((resolve) => calls.setTimeout.call(globalThis, resolve, patience, null));
  const text = await Promise.race([calls.outcomes.get(number), moment]);
  if (text !== null) calls.outcomes.delete(number);
  return text;
}

/** For `execute/async`. It evaluates in the page itself, because Firefox runs such scripts beside the page. */
export const callScript = `
  const done = arguments[arguments.length - 1];
  window.eval(${JSON.stringify(`(() => { ${encode} ${decode} return ${look}; })()`)})(...Array.prototype.slice.call(arguments, 0, -1))
    .then(done, (error) => done("failed: " + error));`;

export const argumentsOf = (number, patience, work, argument) =>
  work === undefined ? [number, patience, null, null] : [number, patience, String(work), encode(argument)];

/** What a call gave, or the error it threw. */
export function outcomeOf(text) {
  if (text === "lost") throw new Error("the page was left before the call ended");
  if (text.startsWith("failed: ")) throw new Error(`the call ${text}`);
  const { value, error } = decode(text);
  if (error) throw Object.assign(new Error(`in the page: ${error.message}`), { inPage: error.stack });
  return value;
}
