// Elements made in code. Strings become text nodes, never markup, so what people write cannot become part of the page.

/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * A new element. An attribute that starts with "on" and holds a function is a listener; true sets an attribute
 * without a value; false and undefined leave it out.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
