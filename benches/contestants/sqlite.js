// SQLite's own WebAssembly build, as its documentation advises: in a worker, its files in OPFS (opfs-sahpool, the fastest,
// which one tab at a time can use). `synchronous` is SQLite's: "full" (its default) flushes every commit to the disk, "off"
// hands it to the operating system, as the others do. This is the page's side; sqlite-worker.js does the work.

export async function openSqlite(databaseName, synchronous = "full") {
  const worker = new Worker(new URL("./sqlite-worker.js", import.meta.url), { type: "module" });
  const waiting = [];
  worker.onmessage = ({ data: { result, error } }) => {
    const { resolve, reject } = waiting.shift(); // answers come in the order of the calls
    if (error) reject(new Error(error));
    else resolve(result);
  };
  worker.onerror = ({ message }) => waiting.shift()?.reject(new Error(message));
  const call = (name) => (...parameters) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage({ name, parameters });
    });

  await call("open")(databaseName, synchronous);
  return {
    bulkAdd: call("bulkAdd"), append: call("append"), newest: call("newest"), list: call("list"), countMessages: call("countMessages"),
    async close() {
      await call("close")();
      worker.terminate();
    },
  };
}
