// Whether another tab that tells its changes is still there to tell them.

/** How long after its last change a tab still counts as changing something, in milliseconds. */
const RESTLESS = 2_000;

/** Held by a tab while it changes things: when the tab dies, its last change may be stored and told to nobody. */
export class Author {
  readonly name: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #letGo: (() => void) | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Something was changed. A lock held for ever would keep the page out of the browser's cache for going back. */
  changes(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.rests(), RESTLESS);
    if (this.#letGo !== undefined) return;
    const held = new Promise<void>((resolve) => {
      this.#letGo = resolve;
    });
    // Refused in a page whose origin may have no locks; then the next change tells what is missing.
    globalThis.navigator?.locks?.request(this.name, () => held).catch(() => {});
  }

  /** It changes nothing any more. */
  rests(): void {
    clearTimeout(this.#timer);
    this.#letGo?.();
    this.#letGo = this.#timer = undefined;
  }
}

/** Hears when other tabs have come to rest, or died. */
export class Watch {
  readonly #watched = new Set<string>();
  readonly #atRest: () => void;
  #ending = new AbortController();

  constructor(atRest: () => void) {
    this.#atRest = atRest;
  }

  on(author: string): void {
    if (this.#watched.has(author)) return;
    this.#watched.add(author);
    const { signal } = this.#ending;
    const atRest = () => {
      this.#watched.delete(author);
      this.#atRest();
    };
    globalThis.navigator?.locks?.request(author, { signal }, atRest).catch(() => {});
  }

  end(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#watched.clear();
  }
}
