// Functions of the application.

/** Calls it. What it throws is its own fault, which must neither stop our work nor go unheard: it becomes uncaught. */
export function call<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
