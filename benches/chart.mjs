// The chart of the README: bars of the rows that compare with other libraries. In each row the longest bar is as wide as the
// chart allows, so bars of different rows say nothing about each other.
import { Failure } from "../scripts/lib/log.mjs";
import { inWords, judge } from "./table.mjs";

const WIDTH = 460;
const MARGIN = 16;
const NAMES = 182; // the column of names
const BAR = { height: 14, step: 20, widest: 186 };
const HEADING = 16;
const GAP = 18;
const LINE = 17;

const STYLE = `
  svg { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --own: #0a5dc2; --other: #b7bfc8; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --own: #58a6ff; --other: #4b535d; } }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
  .heading { font-weight: 600; font-size: 13px; }
  .soft { fill: var(--soft); }
  .own { font-weight: 600; }
  .paper { fill: var(--paper); }
  rect.own { fill: var(--own); }
  rect.other { fill: var(--other); }`;

/** An SVG of a file that `--json` wrote. Rows with `chart`, its heading, are drawn. */
export function chart({ run, results }) {
  const rows = results.filter((result) => result.chart).map(drawn);
  if (rows.length === 0) throw new Failure("The file has no rows that compare with other libraries: peers, recall.");
  const parts = [];
  let y = MARGIN + 8;
  for (const { heading, bars } of rows) {
    parts.push(text(MARGIN, y + 4, heading, "heading"));
    y += HEADING;
    for (const bar of bars) {
      parts.push(drawBar(bar, y));
      y += BAR.step;
    }
    y += GAP;
  }
  const chromium = run.chromium.match(/\d+/)?.[0];
  parts.push(text(MARGIN, y, "Medians; shorter is better. Each group has a scale of its own.", "soft"));
  parts.push(text(MARGIN, y + LINE, `Chromium ${chromium}, its IndexedDB on ${run.backend}.`, "soft"));
  const height = y + LINE + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">conversation-memory beside other libraries</title>
<desc id="desc">${escaped(rows.map(inSentence).join(" "))}</desc>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>
${parts.join("\n")}
</svg>
`;
}

function drawn(result) {
  const { own, unit, medians } = judge(result);
  const longest = Math.max(...Object.values(medians));
  const bars = Object.entries(medians).map(([name, value]) => ({
    name: name === own ? "conversation-memory" : name,
    value: inWords(value, unit),
    width: Math.max((value / longest) * BAR.widest, 1),
    kind: name === own ? "own" : "other",
  }));
  return { heading: result.chart, bars };
}

function drawBar({ name, value, width, kind }, y) {
  const x = MARGIN + NAMES;
  const bar = `<rect class="${kind}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" rx="2"/>`;
  const baseline = y + BAR.height - 3;
  return [text(MARGIN, baseline, name, kind), bar, text(x + width + 6, baseline, value, kind)].join("");
}

function text(x, y, content, kind) {
  return `<text class="${kind}" x="${Number(x.toFixed(1))}" y="${y}">${escaped(content)}</text>`;
}

function inSentence({ heading, bars }) {
  return `${heading}: ${bars.map(({ name, value }) => `${name} ${value}`).join(", ")}.`;
}

function escaped(content) {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
}
