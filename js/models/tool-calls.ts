// Calls of tools, whose parts a stream scatters over its chunks.

import type { Json } from "../core/core.js";
import { fieldsOf, type Fields } from "./chunk.js";

export class ToolCalls {
  /** As OpenAI writes them in a message, and with what else the provider adds: they may have to be sent back. */
  readonly all: Fields[] = [];
  readonly #indexes: (number | undefined)[] = [];

  /** `areWhole` when every item is a call of its own, not a part of one. */
  take(items: readonly Json[], areWhole: boolean): void {
    for (const item of items) {
      const { index, ...part } = fieldsOf(item) ?? {};
      if (Object.keys(part).length === 0) continue;
      const place = typeof index === "number" ? index : undefined;
      const found = areWhole ? -1 : this.#find(place, part.id);
      if (found === -1) {
        this.all.push({});
        this.#indexes.push(place);
      }
      merge(this.all.at(found) as Fields, part);
    }
  }

  /** Where the call stands that a part belongs to; -1 for a new one. Some servers give no index, or all of them 0. */
  #find(index: number | undefined, id: Json | undefined): number {
    const hasId = typeof id === "string" && id !== "";
    const fits = (position: number) => {
      const known = this.all[position]?.id;
      return !hasId || known === undefined || known === id;
    };
    const positions = [...this.all.keys()].reverse();
    if (index !== undefined) return positions.find((one) => this.#indexes[one] === index && fits(one)) ?? -1;
    return (hasId ? positions.find((one) => this.all[one]?.id === id) : positions[0]) ?? -1;
  }
}

/** Adds a part to a call: its arguments grow, what is empty changes nothing, all else is set. */
function merge(call: Fields, part: Fields): void {
  for (const [key, value] of Object.entries(part)) {
    if (value === null || value === "") continue;
    const known = call[key];
    const called = key === "function" ? fieldsOf(value) : undefined;
    if (called === undefined) {
      call[key] = value;
      continue;
    }
    const { arguments: more, ...rest } = called;
    const target = fieldsOf(known) ?? {};
    call[key] = { ...target, ...withoutEmpty(rest), arguments: joined(target.arguments, more) };
  }
}

function withoutEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ""));
}

/** Some servers send the arguments as an object instead of its JSON. */
function joined(known: Json | undefined, more: Json | undefined): string {
  const addition = typeof more === "object" && more !== null ? JSON.stringify(more) : more;
  return (typeof known === "string" ? known : "") + (typeof addition === "string" ? addition : "");
}
