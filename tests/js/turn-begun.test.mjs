// `onBegin` of a turn: told once, as soon as the question is stored, with the ids that question and answer have.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const prepare = await readFile(new URL("support/turns.js", import.meta.url), "utf8");

test("a turn says its conversation, its question and its answer when the question is stored, also one that waits", async () => {
  const seen = await inPage(async () => {
    const { agent, memory, calls } = await makeAgent();
    const told = [];
    const call = (name) => ({ onBegin: (turn) => told.push({ name, ...turn }), onDelta: () => told.push({ name, delta: true }) });
    const faults = [];
    const check = async (name, result) => {
      const own = told.filter((each) => each.name === name);
      const [begun, ...others] = own;
      if (others.some((each) => !each.delta)) faults.push([name, own]);
      const answer = (await memory.getMessages(begun.conversationId)).find(({ id }) => id === begun.messageId);
      if (result.messageId !== begun.messageId || result.conversationId !== begun.conversationId || answer.parentId !== begun.questionId) faults.push([name, begun, result]);
      return begun;
    };
    const first = agent.processQuery("one", call("first"));
    await until(() => told.length === 1);
    const early = await memory.getMessages(told[0].conversationId);
    // While it runs, another one waits.
    const { conversationId } = told[0];
    const second = agent.processQuery("two", { ...call("second"), conversationId });
    await until(() => told.some(({ name }) => name === "second"));
    const waits = (await memory.getMessages(conversationId)).at(-1).status;
    await until(() => calls.length === 1);
    calls[0].say("1");
    calls[0].end("1");
    await until(() => calls.length === 2);
    calls[1].end("2");
    const begun = await check("first", await first);
    await check("second", await second);
    for (const [name, ask] of [["again", () => agent.regenerate(conversationId, begun.messageId, call("again"))], ["edit", () => agent.editAndResend(conversationId, begun.questionId, "1?", call("edit"))]]) {
      const before = calls.length;
      const turn = ask();
      await until(() => calls.length > before);
      calls.at(-1).end(name);
      await check(name, await turn);
    }
    setOnline(false);
    const offline = await agent.processQuery("three", { ...call("offline"), conversationId }).catch((error) => error);
    setOnline(true);
    const last = told.find(({ name }) => name === "offline");
    // What the application throws is reported, and costs nothing.
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    const thrown = agent.processQuery("four", { onBegin: () => { throw new Error("mine"); } });
    await until(() => calls.some(({ query }) => query === "four"));
    calls.find(({ query }) => query === "four").end("4");
    const { answer } = await thrown;
    const wrong = await failure(() => agent.processQuery("five", { onBegin: 7 }));
    return { faults, early: early.map(({ content }) => content), waits, offline: [offline.messageId === last.questionId, offline.conversationId === last.conversationId], reported, answer, wrong: [wrong.code, wrong.argument] };
  }, undefined, { prepare });
  assert.deepEqual(seen, { faults: [], early: ["one"], waits: "queued", offline: [true, true], reported: ["mine"], answer: "4", wrong: ["invalid-input", "onBegin"] });
});
