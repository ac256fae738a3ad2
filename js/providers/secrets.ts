// Keys, kept out of everything that is shown, logged or stored.

/** How much of a body an error shows. */
const SHOWN_CHARACTERS = 4 * 1024;

/** How much of a body is read for that. */
export const READ_CHARACTERS = 64 * 1024;

/** As in "\u002b" for "+". */
const MAX_SPELLING_CHARACTERS = 6;

/** What must not be shown; each of it can be the value of a header. */
export class Secrets {
  readonly #spelled: RegExp | undefined;
  /** How long a secret can get, spelled as it may be. */
  readonly #longest: number;

  constructor(secrets: readonly string[]) {
    const given = secrets.filter((secret) => secret !== "").sort((one, other) => other.length - one.length);
    this.#longest = Math.max(0, ...given.map((secret) => secret.length * MAX_SPELLING_CHARACTERS));
    if (given.length > 0) this.#spelled = new RegExp(given.map(inAnySpelling).join("|"), "gi");
  }

  /** The text without the secrets. */
  hide(text: string): string {
    return this.#spelled === undefined ? text : text.replace(this.#spelled, "[redacted]");
  }

  /** The beginning of a body, without the secrets and without one that the cut went through. */
  excerpt(body: string): string {
    const beginning = this.hide(body.slice(0, READ_CHARACTERS));
    const whole = body.length < READ_CHARACTERS ? beginning.length : Math.max(0, beginning.length - this.#longest);
    return beginning.slice(0, Math.min(whole, SHOWN_CHARACTERS));
  }

  /**
   * What was thrown, as an error's `cause`. An error may hold the request with its headers in places nobody looks, so
   * where there are secrets only its name, message and code go on.
   */
  cause(thrown: unknown, depth = 0): unknown {
    if (this.#spelled === undefined || thrown === undefined) return thrown;
    if (!(thrown instanceof Error)) return this.hide(String(thrown));
    const inner = thrown.cause === undefined || depth === 3 ? {} : { cause: this.cause(thrown.cause, depth + 1) };
    const copy = Object.assign(new Error(this.hide(thrown.message), inner), { name: this.hide(thrown.name) });
    // Node.js says there why a connection failed, as in "ECONNREFUSED".
    const { code } = thrown as { code?: unknown };
    return typeof code === "string" ? Object.assign(copy, { code: this.hide(code) }) : copy;
  }
}

/** A pattern for the secret as it is, in JSON (where servers escape more than they must), and in an address. */
function inAnySpelling(secret: string): string {
  return secret.split("").map(spellingsOf).join("");
}

/** Of a unit of UTF-16. */
function spellingsOf(unit: string): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, "0");
  const inAddress = hex.startsWith("00") ? `|%${hex.slice(2)}` : "";
  return `(?:\\\\?\\u${hex}|\\\\u${hex}${inAddress})`;
}
