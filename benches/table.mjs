// From the measured values of each contestant to medians, ratios and the printed table.

export function median(numbers) {
  return quantile(numbers, 0.5);
}

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * One row with its verdicts. `times` has the values of each contestant, by name: milliseconds, or bytes if the row's `unit` says
 * so. The first contestant is ours. `bound` holds against the fastest of the others, or of those in `against` where the row
 * names them; `bounds` has one for each name. Without either there are no verdicts. Of several `runs` the median ratio counts.
 * `cannot` says of a contestant without values why it has none.
 */
export function judge({ work, times, runs = [times], unit = "ms", bound, against, bounds }) {
  const [own, ...others] = Object.keys(times);
  const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  if (bound !== undefined) {
    const rivals = against ?? others;
    bounds = { [rivals.reduce((fastest, name) => (medians[name] < medians[fastest] ? name : fastest))]: bound };
  }
  const verdicts = Object.entries(bounds ?? {}).map(([name, limit]) => {
    const ratio = median(runs.map((run) => median(run[own]) / median(run[name])));
    return { work, name, ratio, bound: limit, met: ratio <= limit };
  });
  return { work, own, unit, medians, verdicts };
}

export function table(results) {
  const lines = [["work", "contestant", "median", "10 % – 90 %", "turns", "ours / this", "bound", ""]];
  for (const result of results) {
    const { work, own, unit, medians, verdicts } = judge(result);
    lines.push("");
    Object.entries(result.times).forEach(([name, all], index) => {
      const verdict = verdicts.find((each) => each.name === name);
      lines.push([
        index === 0 ? work : "",
        name,
        inWords(medians[name], unit),
        `${inWords(quantile(all, 0.1), unit)} – ${inWords(quantile(all, 0.9), unit)}`,
        String(all.length),
        name === own ? "" : `${(verdict?.ratio ?? medians[own] / medians[name]).toFixed(2)} ×`,
        verdict ? `≤ ${verdict.bound} ×` : "",
        verdict ? (verdict.met ? "met" : "MISSED") : "",
      ]);
    });
    for (const [name, why] of Object.entries(result.cannot ?? {})) lines.push(["", `${name}: ${why}`, ...Array(6).fill("")]);
  }
  return align(lines);
}

/** A value with its unit, in about three digits. */
export function inWords(value, unit) {
  if (unit === "bytes") return value >= 1e6 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e3)} KB`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${digits(value)} ms`;
}

function digits(value) {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

/** Cells padded to their columns; the first two to the left, the rest to the right. */
function align(lines) {
  const cells = lines.filter(Array.isArray);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const pad = (cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return lines.map((line) => (Array.isArray(line) ? line.map(pad).join("  ").trimEnd() : line)).join("\n");
}
