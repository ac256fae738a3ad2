// The chat API as any frontend calls it, with fetch. Nothing in here knows who answers.

const ADDRESS = "/api/v1/chat";

/** `onRequest` gets each request's method, url and body, and gives a function that is told the status and the body of the answer. */
export function chatApi(onRequest) {
  async function call(method, path, body) {
    const url = ADDRESS + path;
    const onAnswer = onRequest({ method, url, body });
    try {
      const options = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(url, { method, ...options });
      // Who answers may be something else than the API, such as a server's page for what it does not have.
      const answer = await response.json().catch(() => undefined);
      onAnswer(response.status, answer);
      if (!response.ok || answer === undefined) throw new Error(`${response.status}: ${wordsOf(answer?.detail)}`);
      return answer;
    } catch (error) {
      onAnswer();
      throw error;
    }
  }

  const at = (id) => `/conversations/${encodeURIComponent(id)}`;
  return {
    ask: (query, conversationId) => call("POST", "/message", { query, conversation_id: conversationId }),
    list: async () => (await call("GET", "/conversations")).conversations,
    open: (id) => call("GET", at(id)),
    remove: (id) => call("DELETE", at(id)),
  };
}

/** `detail` is text, or a list of what does not fit. */
function wordsOf(detail) {
  if (!Array.isArray(detail)) return detail ?? "not an answer of the chat API";
  return detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ");
}
