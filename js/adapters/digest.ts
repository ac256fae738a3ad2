// A short name for a value of JSON, which may hold whole files.

/** Equal values have equal digests, in whatever order their fields are. Not for secrets: whoever wants to can make two that are equal. */
export function digestOf(value: unknown): string {
  // Two products modulo 2³², by cyrb53's factors: quicker than crypto.subtle, which pages without HTTPS do not have.
  let [one, other, length] = [0xdeadbeef, 0x41c6ce57, 0];
  const add = (text: string): void => {
    length += text.length;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      one = Math.imul(one ^ unit, 2_654_435_761);
      other = Math.imul(other ^ unit, 1_597_334_677);
    }
  };
  const walk = (part: unknown): void => {
    if (typeof part === "string") [`"${part.length}:`, part].forEach(add);
    else if (typeof part !== "object" || part === null) add(`${String(part)},`);
    else {
      const entries = Object.entries(part).filter(([, field]) => field !== undefined);
      add(Array.isArray(part) ? "[" : "{");
      for (const [name, field] of entries.sort(([name], [next]) => (name < next ? -1 : 1))) [name, field].forEach(walk);
      add("}");
    }
  };
  walk(value);
  return [one >>> 0, other >>> 0, length].map((number) => number.toString(36)).join(".");
}
