/** The name of a heading's place, as the pages of repositories have it: a link to it works there and on the site. */
export function slugOf(heading) {
  const kept = heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "");
  return kept.replaceAll(" ", "-");
}
