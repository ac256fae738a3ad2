// How long a page works on what it does.

/**
 * Begins to record how long the page's own thread works on each task. On a machine that does other things too, this says
 * more than the clock. Only Chromium can; the others give undefined.
 */
export async function traced(browser, page) {
  if (!browser.startTracing) return async () => undefined;
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  return async () => {
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const threads = new Map();
    for (const { name, args, pid, tid } of traceEvents) if (name === "thread_name") threads.set(`${pid} ${tid}`, args.name);
    const tasks = traceEvents.filter(({ name, dur, pid, tid }) => /RunTask/.test(name) && dur > 0 && threads.get(`${pid} ${tid}`) === "CrRendererMain");
    return tasks.map(({ tdur = 0 }) => tdur / 1_000).sort((one, other) => other - one);
  };
}
