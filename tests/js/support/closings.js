// In a page of tests in which the browser closes the connection to a database: it is closed at a place that the test
// names, as browsers do. What a real browser does is in closed-by-browser.test.mjs too.

const { open } = IDBFactory.prototype;
const { transaction, close } = IDBDatabase.prototype;
const { commit } = IDBTransaction.prototype;

const connections = new Set();
const live = new Map();
let closed = 0;

/** How many connections of this page were closed. */
globalThis.closings = () => closed;

IDBFactory.prototype.open = function (...parts) {
  const request = open.apply(this, parts);
  request.addEventListener("success", () => {
    connections.add(request.result);
    request.result.addEventListener("close", () => (closed += 1));
  });
  return request;
};

IDBDatabase.prototype.close = function () {
  connections.delete(this);
  close.call(this);
};

/** Closes a connection as a browser does: what is under way on it is aborted, and then it says so, unless it never does. */
function closeNow(database, isTold = true) {
  for (const [begun, of] of live) {
    if (of !== database) continue;
    try {
      begun.abort();
    } catch {
      // it has ended
    }
  }
  close.call(database);
  if (isTold) setTimeout(() => database.dispatchEvent(new Event("close")));
}

/** Closes all connections of this page. */
globalThis.closeAll = (isTold) => [...connections].forEach((database) => closeNow(database, isTold));

/** How many transactions were begun and commits asked for since the last `closeAt`. */
globalThis.counted = { begun: 0, committed: 0 };
let planned = {};

/**
 * Plans the closing of a connection, at the n-th transaction from now on that is begun or committed:
 * "before" it is begun, "within" it, "instead" of its commit, or "after" that, when it is stored and nobody hears of it.
 */
globalThis.closeAt = (how, n) => {
  planned = { how, n };
  counted.begun = counted.committed = 0;
};

IDBDatabase.prototype.transaction = function (...parts) {
  const { how, n } = planned;
  counted.begun += 1;
  if (how === "before" && counted.begun === n) closeNow(this);
  const begun = transaction.apply(this, parts);
  live.set(begun, this);
  // Before all others, since those on the way down come first.
  const ended = (event) => {
    live.delete(begun);
    if (event.type !== "complete" || !begun.isSwallowed) return;
    event.stopImmediatePropagation();
    begun.dispatchEvent(new Event("abort"));
    closeNow(this);
  };
  begun.addEventListener("complete", ended, true);
  begun.addEventListener("abort", ended, true);
  if (how === "within" && counted.begun === n) setTimeout(closeNow, 0, this);
  return begun;
};

IDBTransaction.prototype.commit = function () {
  const { how, n } = planned;
  counted.committed += 1;
  if (counted.committed !== n || how === "before" || how === "within") return commit.call(this);
  if (how === "instead") return closeNow(live.get(this));
  this.isSwallowed = true;
  return commit.call(this);
};
