// The body of POST message.

import { type Problem, unprocessable } from "./http-error.js";

export interface MessageRequest {
  query: string;
  conversationId: string | undefined;
  persona: string | undefined;
}

/** Reads the fields; all that do not fit are named. Fields that are not known are left alone. */
export function readMessageRequest(body: unknown): MessageRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw unprocessable({ loc: ["body"], msg: "Input should be a valid dictionary or object", type: "model_attributes_type" });
  }
  const given = body as Record<string, unknown>;
  const problems: Problem[] = [];
  const report = (name: string, msg: string, type: string): undefined => {
    problems.push({ loc: ["body", name], msg, type });
  };
  const string = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === "string" ? value : report(name, "Input should be a valid string", "string_type");
  };
  const text = (name: string): string | undefined => {
    const value = string(name);
    return value?.trim() === "" ? report(name, "String should not be blank", "string_too_short") : value;
  };
  const optional = (name: string, read: typeof string) => (given[name] == null ? undefined : read(name));

  const query = given["query"] === undefined ? report("query", "Field required", "missing") : text("query");
  const conversationId = optional("conversation_id", string);
  const persona = optional("persona", text);
  if (query === undefined || problems.length > 0) throw unprocessable(...problems);
  return { query, conversationId, persona };
}
