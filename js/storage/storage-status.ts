// What the browser says of the storage of this site as a whole.

/** How much there is, and whether the browser may evict it. */
export interface StorageStatus {
  /** Whether the browser keeps this site's data even when space gets short. */
  persisted: boolean;
  /** About how many bytes this site uses, of all its databases and caches; missing where the browser does not say. */
  usageBytes?: number;
  /** About how many it may use. */
  quotaBytes?: number;
}

export async function storageStatus(): Promise<StorageStatus> {
  const storage = globalThis.navigator?.storage;
  const isPersisted = await answerOf(() => storage?.persisted?.());
  const estimate = await answerOf(() => storage?.estimate?.());
  return {
    persisted: isPersisted ?? false,
    ...(estimate?.usage !== undefined && { usageBytes: estimate.usage }),
    ...(estimate?.quota !== undefined && { quotaBytes: estimate.quota }),
  };
}

export async function requestPersistence(): Promise<boolean> {
  // Workers have no such method: only a page can ask.
  return (await answerOf(() => globalThis.navigator?.storage?.persist?.())) ?? false;
}

/** What the browser says; nothing when it refuses to. */
async function answerOf<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
