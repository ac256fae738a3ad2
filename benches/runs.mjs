// Several runs of the same rows, so that a row that swings is judged by the median of its runs.

/** The results of the first run, with the values of all: together in `times`, and run by run in `runs`. */
export function mergeRuns(all) {
  return all[0].map((result, row) => {
    const runs = all.map((results) => results[row].times);
    const together = ([name]) => [name, runs.flatMap((times) => times[name])];
    return { ...result, times: Object.fromEntries(Object.entries(result.times).map(together)), runs };
  });
}
