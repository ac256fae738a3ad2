// From the times of each contestant to medians, ratios and the printed table.

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
 * One row's verdict. The first contestant is ours; the bound holds against the fastest of the others, or of those in
 * `against` where the row names them. Without a bound, `met` is undefined.
 */
export function judge({ work, times, bound, against }) {
  const [own, ...others] = Object.keys(times);
  const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const rivals = against ?? others;
  const best = rivals.reduce((fastest, name) => (medians[name] < medians[fastest] ? name : fastest));
  const ratio = medians[own] / medians[best];
  return { work, own, best, medians, ratio, bound, met: bound === undefined ? undefined : ratio <= bound };
}

export function table(results) {
  const lines = [["work", "contestant", "median", "10 % – 90 %", "turns", "ours / this", "bound", ""]];
  for (const result of results) {
    const { work, own, best, medians, bound, met } = judge(result);
    lines.push("");
    Object.entries(result.times).forEach(([name, all], index) => {
      const isBest = name === best;
      lines.push([
        index === 0 ? work : "",
        name,
        milliseconds(medians[name]),
        `${milliseconds(quantile(all, 0.1))} – ${milliseconds(quantile(all, 0.9))}`,
        String(all.length),
        name === own ? "" : `${(medians[own] / medians[name]).toFixed(2)} ×`,
        isBest && bound !== undefined ? `≤ ${bound} ×` : "",
        isBest && met !== undefined ? (met ? "met" : "MISSED") : "",
      ]);
    });
  }
  return align(lines);
}

function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3)} ms`;
}

/** Cells padded to their columns; the first two to the left, the rest to the right. */
function align(lines) {
  const cells = lines.filter(Array.isArray);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const pad = (cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return lines.map((line) => (Array.isArray(line) ? line.map(pad).join("  ").trimEnd() : line)).join("\n");
}
