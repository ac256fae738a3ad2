// Google's activities: questions to Gemini with their answers. There is nothing in them that says which conversation one
// belongs to, so what follows closely is one. The file has the newest first.

/** The longest that somebody is silent within a conversation. */
const SILENCE_MS = 30 * 60 * 1000;

/** One of a person's activities in a product of Google. */
export interface Activity {
  header: string;
  time: string;
  products?: unknown;
}

/** Those of a conversation, the oldest first, as the importer reads them. */
export interface ActivityGroup {
  geminiActivities: Activity[];
  line: number;
  size: number;
}

export function isActivity(value: unknown): value is Activity {
  const { header, time } = Object(value) as Record<string, unknown>;
  return typeof header === "string" && typeof time === "string";
}

/** The names of products are translated, those names in them are not. */
export function isOfGemini({ header, products }: Activity): boolean {
  const names: unknown[] = Array.isArray(products) ? [header, ...products] : [header];
  return names.some((name) => typeof name === "string" && /gemini|bard/i.test(name));
}

/** Puts activities together that follow closely upon one another. */
export class Activities {
  #group: ActivityGroup | undefined;
  #last = NaN;

  /** Adds one; gives the group that ends with it. */
  add(activity: Activity, line: number, size: number): ActivityGroup | undefined {
    const time = Date.parse(activity.time);
    const isClose = Math.abs(time - this.#last) <= SILENCE_MS;
    this.#last = time;
    if (this.#group !== undefined && isClose) {
      this.#group.geminiActivities.push(activity);
      this.#group.size += size;
      return undefined;
    }
    const ended = this.end();
    this.#group = { geminiActivities: [activity], line, size };
    return ended;
  }

  /** The last group. */
  end(): ActivityGroup | undefined {
    const group = this.#group;
    this.#group = undefined;
    group?.geminiActivities.reverse().sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
    return group;
  }
}
