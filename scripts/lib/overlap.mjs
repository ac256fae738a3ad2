/** What past results must be, found the plain way: the answers by shared entities, then newest, and the best three. */
export function overlapping(messages, asked) {
  const same = (one, other) => one.normalize("NFKC").toLowerCase() === other.normalize("NFKC").toLowerCase();
  return messages.filter(({ role }) => role === "assistant").toReversed()
    .map(({ content, metadata }) => ({ content, shares: asked.filter((entity) => metadata.entities.some((named) => same(named, entity))) }))
    .filter(({ shares }) => shares.length > 0)
    .toSorted((one, other) => other.shares.length - one.shares.length)
    .slice(0, 3);
}
