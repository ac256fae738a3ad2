// What the strict servers refuse: Mistral's, those with the chat templates of Gemma, Mistral and older Llama, and those that
// hand prompts on to Anthropic.

/** Why such a server refuses these messages; undefined when it takes them. */
export function refusal(messages) {
  if (!Array.isArray(messages) || messages.length === 0) return "there are no messages";
  for (const [place, message] of messages.entries()) {
    const reason = refusalOf(message, place);
    if (reason !== undefined) return `messages[${place}]: ${reason}`;
  }
  return refusalOfOrder(messages);
}

function refusalOf({ role, content, tool_calls: calls }, place) {
  if (!["system", "user", "assistant", "tool"].includes(role)) return `the role ${JSON.stringify(role)} is unknown`;
  if (role === "system" && place > 0) return "a system message comes first or not at all";
  if (calls !== undefined && role !== "assistant") return "only the assistant calls tools";
  if (calls !== undefined && !(Array.isArray(calls) && calls.length > 0)) return "tool_calls is empty";
  if (isEmpty(content) && calls === undefined) return "the content is empty";
  return undefined;
}

/** Text, or parts of which each text says something; beside calls of tools it may be missing. */
function isEmpty(content) {
  if (!Array.isArray(content)) return typeof content !== "string" || content.trim() === "";
  return content.length === 0 || content.some(({ type, text }) => type === "text" && isEmpty(text));
}

function refusalOfOrder(messages) {
  const first = messages[0].role === "system" ? 1 : 0;
  if (messages[first]?.role !== "user") return "the conversation does not begin with the user";
  /** The calls that have no result yet. */
  let open = [];
  let last;
  for (const [place, { role, tool_calls: calls, tool_call_id: id }] of messages.entries()) {
    if (place < first) continue;
    if (role === "tool") {
      if (!open.includes(id)) return `messages[${place}]: no call right before it has the id ${JSON.stringify(id)}, or it was answered`;
      open = open.filter((other) => other !== id);
      last = "tool";
      continue;
    }
    if (open.length > 0) return `messages[${place}]: the calls ${open.join()} before it have no results`;
    if (role === "user" && last === "tool") return `messages[${place}]: a user behind the result of a tool`;
    if (role === last) return `messages[${place}]: two of the role ${role} in a row`;
    if (calls) {
      open = calls.map((call) => call?.id);
      if (open.some((one) => typeof one !== "string" || one === "")) return `messages[${place}]: a call has no id`;
      if (new Set(open).size < open.length) return `messages[${place}]: two calls have one id`;
    }
    last = role;
  }
  if (open.length > 0) return `the calls ${open.join()} have no results`;
  return last === "assistant" ? "the last message is the assistant's: nothing is asked" : undefined;
}
