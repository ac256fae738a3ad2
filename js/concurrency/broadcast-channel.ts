// A channel to the other tabs of the origin.

/** None where the browser has no channels, or forbids them. */
export function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}
