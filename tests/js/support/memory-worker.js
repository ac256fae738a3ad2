// A worker of an application's own for its memory, which the page can have fail. (Workers have no import map.)
import "/node_modules/conversation-memory/dist/worker.js";

const { transaction } = IDBDatabase.prototype;
const orders = new BroadcastChannel("orders");

orders.onmessage = ({ data }) => {
  if (data === "fail") {
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException("out of order", "UnknownError");
    };
  } else if (data === "work") {
    IDBDatabase.prototype.transaction = transaction;
  } else if (data === "hang") {
    orders.postMessage("does hang");
    for (;;);
  }
  orders.postMessage(`does ${data}`);
};
