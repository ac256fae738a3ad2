// The strict mode of the test server: what it refuses, and what it takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, modelServer, refusal, saying } from "./support/model-server.mjs";

const system = { role: "system", content: "Be brief." };
const user = { role: "user", content: "q" };
const assistant = { role: "assistant", content: "a" };
const calling = (...ids) => ({ role: "assistant", content: "", tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })) });
const result = (id, content = "72") => ({ role: "tool", tool_call_id: id, content });

test("prompts that every server takes", () => {
  for (const messages of [
    [user],
    [system, user],
    [system, user, assistant, user],
    [user, calling("x"), result("x")],
    [user, calling("x", "y"), result("y"), result("x"), assistant, user],
    [user, { ...calling("x"), content: null }, result("x"), calling("y"), result("y")],
    [{ role: "user", content: [{ type: "text", text: "q" }, { type: "image_url", image_url: { url: "data:," } }] }],
  ]) {
    assert.equal(refusal(messages), undefined, JSON.stringify(messages));
  }
});

test("prompts that some server refuses, and why", () => {
  for (const [messages, reason] of [
    [[], /no messages/],
    [undefined, /no messages/],
    [[{ role: "robot", content: "q" }], /role "robot" is unknown/],
    [[system], /begin with the user/],
    [[assistant, user], /begin with the user/],
    [[system, assistant, user], /begin with the user/],
    [[user, system, user], /messages\[1\]: a system message/],
    [[system, system, user], /messages\[1\]: a system message/],
    [[user, user], /messages\[1\]: two of the role user/],
    [[user, assistant, assistant, user], /messages\[2\]: two of the role assistant/],
    [[user, assistant], /nothing is asked/],
    [[{ ...user, content: "" }], /messages\[0\]: the content is empty/],
    [[{ ...user, content: " \n" }], /the content is empty/],
    [[{ ...user, content: null }], /the content is empty/],
    [[{ ...user, content: [] }], /the content is empty/],
    [[{ ...user, content: [{ type: "text", text: "" }] }], /the content is empty/],
    [[{ ...system, content: "" }, user], /the content is empty/],
    [[user, { ...assistant, content: "" }, user], /messages\[1\]: the content is empty/],
    [[user, { ...assistant, tool_calls: [] }, user], /tool_calls is empty/],
    [[{ ...user, tool_calls: calling("x").tool_calls }, result("x")], /only the assistant/],
    [[user, calling("x"), result("x", "")], /messages\[2\]: the content is empty/],
    [[user, calling("x"), result("x"), user], /messages\[3\]: a user behind the result of a tool/],
    [[user, result("x")], /messages\[1\]: no call right before it has the id "x"/],
    [[user, assistant, result("x")], /messages\[2\]: no call/],
    [[user, calling("x"), result("y")], /messages\[2\]: no call/],
    [[user, calling("x"), result("x"), result("x")], /messages\[3\]: no call/],
    [[user, calling("x"), result("x"), assistant, result("x")], /messages\[4\]: no call/],
    [[user, calling("x")], /the calls x have no results/],
    [[user, calling("x", "y"), result("x"), user], /messages\[3\]: the calls y/],
    [[user, calling("x"), user, result("x")], /messages\[2\]: the calls x/],
    [[user, calling("x", "x"), result("x")], /two calls have one id/],
    [[user, calling(undefined), result(undefined)], /a call has no id/],
  ]) {
    assert.match(refusal(messages) ?? "taken", reason, JSON.stringify(messages));
  }
});

test("a strict server answers 400 with the reason, another one what was planned", async () => {
  for (const strict of [true, false]) {
    const server = await modelServer({ strict });
    try {
      server.plan(answers.stream(saying("72")));
      const body = JSON.stringify({ messages: [user, user] });
      const response = await fetch(`${server.url}/chat/completions`, { method: "POST", body });
      assert.equal(response.status, strict ? 400 : 200);
      assert.match(await response.text(), strict ? /"message":"messages\[1\]: two of the role user/ : /72/);
      assert.equal(server.requests.length, 1);
    } finally {
      await server.close();
    }
  }
});
