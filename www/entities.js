// Entities between metadata, the page's chips and its comma-separated fields.

const named = (list) => (Array.isArray(list) ? list : [])
  .map((item) => (typeof item === "string" ? item : item?.name))
  .filter((name) => typeof name === "string" && name.trim() !== "");

/** The entities a message's metadata names, as the memory reads them for past results. */
export function entitiesOf(metadata) {
  const { entities, dimensions } = metadata;
  const found = Array.isArray(entities) || entities === null || typeof entities !== "object"
    ? named(entities)
    : Object.entries(entities).flatMap(([key, value]) => {
        if (typeof value === "string") return [value];
        const strings = Array.isArray(value) && value.every((item) => typeof item === "string");
        return strings ? value : [key];
      });
  return [...new Set([...found, ...named(dimensions)])];
}

/** `Education, "Washington, D.C."` → ["Education", "Washington, D.C."]: quotes hold a comma together. */
export function splitEntities(text) {
  const parts = text.match(/\s*"[^"]*"\s*(?=,|$)|[^,]+/g) ?? [];
  const entities = parts.map((part) => part.trim().replace(/^"(.*)"$/, "$1").trim());
  return [...new Set(entities.filter((entity) => entity !== ""))];
}

/** The reverse of `splitEntities`. */
export const joinEntities = (entities) =>
  entities.map((entity) => (entity.includes(",") ? `"${entity}"` : entity)).join(", ");
