// Calls of tools, whose parts a stream scatters over its chunks.

import type { Json } from "../core/core.js";
import { setField } from "../validation/json-copy.js";
import { asObject, type JsonObject } from "./json.js";

export class ToolCalls {
  /** As OpenAI writes them in a message, and with what else the provider adds: they may have to be sent back. */
  readonly all: JsonObject[] = [];
  /** The last call of an index, of an id, and of both: a part belongs to the last one that it fits. */
  readonly #byIndex = new Map<number, JsonObject>();
  readonly #byId = new Map<string, JsonObject>();
  readonly #byBoth = new Map<number, Map<string, JsonObject>>();

  /** `areWhole` when every item is a call of its own, not a part of one. */
  add(items: readonly Json[], areWhole: boolean): void {
    for (const item of items) {
      const { index: given, ...part } = asObject(item) ?? {};
      if (Object.keys(part).length === 0) continue;
      const index = typeof given === "number" ? given : undefined;
      const id = typeof part.id === "string" && part.id !== "" ? part.id : undefined;
      const call = (areWhole ? undefined : this.#find(index, id)) ?? this.#begin(index);
      if (id !== undefined && call.id === undefined) this.#name(call, index, id);
      merge(call, part);
    }
  }

  /** The call that a part belongs to; none for a new one. Some servers give no index, or all of them 0. */
  #find(index: number | undefined, id: string | undefined): JsonObject | undefined {
    if (index === undefined) return id === undefined ? this.all.at(-1) : this.#byId.get(id);
    const last = this.#byIndex.get(index);
    if (id === undefined || last === undefined || last.id === undefined) return last;
    return this.#byBoth.get(index)?.get(id);
  }

  #begin(index: number | undefined): JsonObject {
    const call: JsonObject = {};
    this.all.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }

  #name(call: JsonObject, index: number | undefined, id: string): void {
    this.#byId.set(id, call);
    if (index === undefined) return;
    const ofIndex = this.#byBoth.get(index) ?? new Map<string, JsonObject>();
    this.#byBoth.set(index, ofIndex.set(id, call));
  }
}

/** Adds a part to a call: its arguments grow, what is empty changes nothing, all else is set. */
function merge(call: JsonObject, part: JsonObject): void {
  for (const [key, value] of Object.entries(part)) {
    if (isEmpty(value)) continue;
    const called = key === "function" ? asObject(value) : undefined;
    if (called === undefined) {
      setField(call, key, value);
      continue;
    }
    const { arguments: more, ...rest } = called;
    const known = asObject(call.function);
    const target = known ?? {};
    for (const [name, field] of Object.entries(rest)) if (!isEmpty(field)) setField(target, name, field);
    target.arguments = joined(target.arguments, more);
    if (known === undefined) call.function = target;
  }
}

function isEmpty(value: Json): boolean {
  return value === null || value === "";
}

/** Some servers send the arguments as an object instead of its JSON. */
function joined(known: Json | undefined, more: Json | undefined): string {
  const addition = typeof more === "object" && more !== null ? JSON.stringify(more) : more;
  return (typeof known === "string" ? known : "") + (typeof addition === "string" ? addition : "");
}
