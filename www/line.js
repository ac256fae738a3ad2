// A line through a few points, drawn by hand.
import { element } from "./dom.js";

const WIDTH = 340;
const HEIGHT = 130;
const EDGE = { top: 22, side: 26, bottom: 22 };
/** More would write over each other. */
const MOST_LABELS = 8;

/** `points` are { label, value }, at least two. */
export function lineChart(title, points) {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index) => EDGE.side + (index / (points.length - 1)) * (WIDTH - 2 * EDGE.side);
  const y = (value) => EDGE.top + (high === low ? 0.5 : (high - value) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom - 8);
  const every = Math.ceil(points.length / MOST_LABELS);
  const path = points.map(({ value }, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const floor = HEIGHT - EDGE.bottom;
  const spoken = points.map(({ label, value }) => `${label}: ${value}`).join(", ");
  return element("figure", { class: "chart line" },
    title === "" ? undefined : element("figcaption", { dir: "auto" }, title),
    shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": spoken },
      shape("path", { class: "area", d: `${path}L${x(points.length - 1)} ${floor}L${x(0)} ${floor}Z` }),
      shape("line", { class: "floor", x1: EDGE.side / 2, x2: WIDTH - EDGE.side / 2, y1: floor, y2: floor }),
      shape("path", { class: "stroke", d: path }),
      ...points.flatMap(({ label, value }, index) => [
        shape("circle", { cx: x(index), cy: y(value), r: 3.5 }),
        ...(index % every === 0 ? [
          words("figure", x(index), y(value) - 9, String(value)),
          words("label", x(index), HEIGHT - 6, label),
        ] : []),
      ])));
}

const words = (className, x, y, content) => shape("text", { class: className, x, y, "text-anchor": "middle" }, content);

function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
