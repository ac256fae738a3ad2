// A server that speaks OpenAI's chat completions on this machine, and misbehaves as it is told to.
import { createServer } from "node:http";
import { refusal } from "./refusal.mjs";

export { refusal };

/** Whether servers refuse what the strictest refuse, where a test does not say. */
export const STRICT = true;

/** A chunk of a stream, as OpenAI sends it. */
export const chunk = (delta, rest = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model: "little-model-2026",
  choices: [{ index: 0, delta, finish_reason: null, ...rest }],
});
export const finish = (reason = "stop") => chunk({}, { finish_reason: reason });
export const usage = (choices, input = 12, output = 34) => ({
  choices,
  usage: { prompt_tokens: input, completion_tokens: output },
});

/** The events of a stream as text; strings are data as they are. */
export const events = (chunks, newline = "\n") =>
  chunks.map((data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}${newline}${newline}`).join("");

/** A stream that says these words and ends as OpenAI's do. */
export const saying = (...words) => events([...words.map((content) => chunk({ content })), finish(), "[DONE]"]);

const send = (response, status, headers, body) => response.writeHead(status, headers).end(body);

/** What the server can do with a request. */
export const answers = {
  /** Text as an event stream, in one piece. */
  stream: (text) => (response) => send(response, 200, { "content-type": "text/event-stream" }, text),
  /** The same, so many bytes at a time. */
  bySize: (text, size) => async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.socket.setNoDelay(true);
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += size) {
      await new Promise((written) => response.write(bytes.subarray(start, start + size), written));
      await new Promise(setImmediate); // or the next bytes travel in the same packet
    }
    response.end();
  },
  /** Any status, headers and body. */
  plain: (status, headers, body) => (response) => send(response, status, headers, body),
  json: (value, status = 200) => answers.plain(status, { "content-type": "application/json" }, JSON.stringify(value)),
  /** So much text, and then the connection is cut as if a cable had been. */
  cutAfter: (text) => (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text, () => setTimeout(() => response.socket.destroy(), 200));
  },
  /** So much text, and then nothing more; without text not even headers. */
  stall: (text) => (response) => {
    if (text === undefined) return;
    response.writeHead(200, { "content-type": "text/event-stream" }).write(text);
  },
  /** No response at all. */
  hangUp: () => (response) => response.socket.destroy(),
};

/**
 * Starts the server. `plan(...)` says what it does with the requests to come, the last of them for ever; `requests` are
 * those it got since, with their headers, their body and a promise of when the client has left. A `strict` one answers a
 * prompt that some server would refuse with 400, whatever is planned.
 */
export async function modelServer({ strict = STRICT } = {}) {
  let planned = [];
  const requests = [];
  const server = createServer(async (request, response) => {
    // Pages of any origin may ask, as they may ask servers that are meant for them.
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "authorization, content-type");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers } = request;
    const closed = new Promise((resolve) => response.once("close", resolve));
    requests.push({ method, url, headers, body: JSON.parse(Buffer.concat(parts).toString()), at: performance.now(), closed });
    const refused = strict ? refusal(requests.at(-1).body.messages) : undefined;
    if (refused !== undefined) return send(response, 400, { "content-type": "application/json" }, JSON.stringify({ error: { message: refused } }));
    const step = planned.length > 1 ? planned.shift() : planned[0];
    await step(response, requests.at(-1));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    plan(...steps) {
      planned = steps;
      requests.length = 0;
    },
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
