// What a run found, as it is printed and as it stands in docs/guarantees.md.

/** A line for each kill, in columns. */
export const killHead = ["kill", "work", "after", "acknowledged", "lost", "half there", "there, untold"];
export const killCells = ({ number, work, delay, acknowledged, lost, half, extra }) =>
  [number, work, `${delay} ms`, acknowledged, lost.length, half.length, extra].map(String);

const WIDTHS = [4, -8, 8, 12, 5, 10, 13];
export const killLine = (cells) =>
  cells.map((cell, column) => (WIDTHS[column] < 0 ? cell.padEnd(-WIDTHS[column]) : cell.padStart(WIDTHS[column]))).join("  ");

const number = (value) => value.toLocaleString("en-US");

/** The sums of each part of a run: what, and what came of it. */
const ROWS = {
  kills({ rows, writes, worst, lostAtEnd, halfAtEnd }) {
    // What is found missing only at the end, in databases that were not looked at again, is missing all the same.
    const atEnd = { lost: lostAtEnd.length, half: halfAtEnd.length };
    const sum = (count) => rows.reduce((all, row) => all + row[count].length, atEnd[count]);
    const survived = rows.filter(({ lost, half }) => lost.length + half.length === 0).length;
    return [
      ["browsers killed", `${survived} of ${rows.length} survived`],
      ["writes acknowledged before a kill", `${number(writes)}: ${sum("lost")} lost, ${sum("half")} half there`],
      ["answers that were arriving", `at most the last ${worst.milliseconds} ms (${number(worst.characters)} characters) lost`],
    ];
  },
  tabs: ({ tabs, writes, ...found }) => [
    ["tabs × writes", `${tabs} × ${number(Math.round(writes / tabs))}: ${found.lost} lost, ${found.doubled} doubled, ${found.reordered} out of order`],
    ["tabs meanwhile", `${found.closed} closed, ${found.crashed} crashed, ${found.reloaded} loaded anew, ${found.slept} times asleep`],
    ["events heard", `${number(found.heard)}: ${found.missed} missed, ${found.doubledEvents} doubled, ${found.misordered} out of order, ${found.late} not before the next change`],
  ],
  quota: ({ cases }) => [["cases of a full disk", `${cases.filter(({ fault }) => fault === undefined).length} of ${cases.length} as promised`]],
  generated: ({ calls, panics }) => [["generated calls", `${number(calls)}: ${panics} panics`]],
  engines: (engines) => [["engines", engines.join(", ")]],
};

/** The rows of those parts that there are. */
export const summary = (found) =>
  Object.keys(ROWS).flatMap((part) => (found[part] === undefined ? [] : ROWS[part](found[part])));

export function plain(rows) {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, result]) => `${what.padEnd(width)}  ${result}`).join("\n");
}

export const markdown = (rows) => ["| fault | what came of it |", "|---|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");

/** Everything that is not as promised, as sentences. */
export function complaints({ kills, tabs, quota, generated }) {
  const found = kills.rows.flatMap(({ number, lost, half }) => [
    ...lost.map((what) => `kill ${number}: lost: ${what}`),
    ...half.map((what) => `kill ${number}: half there: ${what}`),
  ]);
  found.push(...kills.lostAtEnd.map((what) => `at the end: lost: ${what}`), ...kills.halfAtEnd.map((what) => `at the end: half there: ${what}`));
  for (const count of ["lost", "doubled", "reordered", "missed", "doubledEvents", "misordered"]) {
    if (tabs[count] > 0) found.push(`tabs: ${count}: ${tabs[count]}`);
  }
  found.push(...tabs.faults.map((what) => `tabs: ${what}`));
  for (const { name, fault } of quota.cases) if (fault !== undefined) found.push(`full disk: ${name}: ${fault}`);
  if (generated && (generated.panics > 0 || generated.failed)) found.push(`generated calls: see above (${generated.panics} panics)`);
  return found;
}
