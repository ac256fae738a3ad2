// Which threads are archived. A conversation has no such mark, so it is kept beside the memory: in the site's localStorage.

/** The ids of a user's archived conversations, the same in all tabs; without localStorage only as long as the page is there. */
export class Archived {
  readonly #key: string;
  #own: string[] = [];

  constructor(userId: string) {
    this.#key = `conversation-memory: archived conversations of ${userId}`;
  }

  has(id: string): boolean {
    return this.#read().includes(id);
  }

  set(id: string, isArchived: boolean): void {
    const others = this.#read().filter((other) => other !== id);
    this.#write(isArchived ? [...others, id] : others);
  }

  clear(): void {
    this.#write([]);
  }

  #read(): string[] {
    try {
      const ids: unknown = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      return Array.isArray(ids) ? ids : [];
    } catch {
      return this.#own;
    }
  }

  #write(ids: string[]): void {
    this.#own = ids;
    try {
      if (ids.length > 0) localStorage.setItem(this.#key, JSON.stringify(ids));
      else localStorage.removeItem(this.#key);
    } catch {
      // There is none, or no room in it: it is known in this page.
    }
  }
}
