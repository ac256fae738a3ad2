// Everything of a user as a file, and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";
import { zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();

/** Defined in the page: memories with something in them, and what a file says but for its header. */
const prepare = `
  globalThis.filled = async (memory) => {
    await memory.updateUser({ fullName: "Ada Lovelace" });
    await memory.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
    const linear = await memory.createConversation({ persona: "critic", title: "Long" });
    await memory.addMessages(linear.id, Array.from({ length: 2500 }, (_, index) => ({
      role: index % 2 ? "assistant" : "user", content: "message " + index + " \\u{1F600}\\u2028", metadata: { index, "__proto__x": [null, 1.5] },
    })));
    const tree = await memory.createConversation();
    const [first] = await memory.addMessages(tree.id, [{ role: "user", content: "Question" }, { role: "assistant", content: "One" }]);
    const other = await memory.addMessage(tree.id, { role: "assistant", content: "Two", parentId: first.id });
    await memory.addMessage(tree.id, { role: "user", content: "On the second" });
    const [one] = (await memory.listBranches(tree.id, other.id)).filter((each) => each.id !== other.id);
    await memory.switchBranch(tree.id, one.id);
    await memory.pinConversation(tree.id, true);
    await memory.createConversation({ title: "Empty" });
    return { linear: linear.id, tree: tree.id };
  };
  globalThis.linesOf = async (blob) => (await blob.text()).split("\\n");
`;

test("what is exported is the same after it was imported elsewhere, but for the header", async () => {
  const { report, again, before, after, branch } = await inPage(
    async () => {
      const memory = await openMemory();
      const { tree } = await filled(memory);
      const file = await memory.exportAll();
      const other = await openMemory("somebody else");
      const report = await other.importAll(file);
      const again = await other.importAll(file);
      const branch = (await other.getMessages(tree)).map(({ content }) => content);
      return { report, again, branch, before: await linesOf(file), after: await linesOf(await other.exportAll()) };
    },
    undefined,
    { prepare },
  );
  assert.deepEqual(report, { conversations: 3, messages: 2504, skipped: 0, problems: [] });
  assert.deepEqual(again, { conversations: 0, messages: 0, skipped: 2504, problems: [] });
  assert.deepEqual(branch, ["Question", "One"]);
  assert.equal(before.length, 1 + 1 + 3 + 3 + 2504 + 1 + 1);
  assert.deepEqual(after.slice(1), before.slice(1));
  const header = JSON.parse(before[0]);
  assert.deepEqual([header.format, header.version, header.conversations, header.messages], ["conversation-memory", 1, 3, 2504]);
});

test("what is there stays, and what a copy has added comes back", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const { id } = await memory.createConversation({ title: "Here" });
      await memory.addMessages(id, [{ role: "user", content: "a" }, { role: "assistant", content: "b" }]);
      const copy = await openMemory("copy");
      await copy.importAll(await memory.exportAll());
      await copy.addMessage(id, { role: "user", content: "c" });
      await copy.renameConversation(id, "There");
      const report = await memory.importAll(await copy.exportAll());
      const title = (await memory.getConversation(id)).title;
      const continued = (await memory.getMessages(id)).map(({ content }) => content);
      // Now both have gone on by themselves.
      await memory.addMessage(id, { role: "user", content: "here" });
      await copy.addMessage(id, { role: "user", content: "there" });
      const diverged = await memory.importAll(await copy.exportAll());
      const messages = await memory.getMessages(id);
      const branches = await memory.listBranches(id, messages.at(-1).id);
      const { messageCount } = await memory.getConversation(id);
      const same = await memory.importAll(await copy.exportAll());
      return { report, title, continued, diverged, messages: messages.map(({ content }) => content), branches: branches.map(({ content }) => content), messageCount, same };
    },
    undefined,
    { prepare },
  );
  assert.deepEqual(found.report, { conversations: 0, messages: 1, skipped: 2, problems: [] });
  assert.equal(found.title, "Here");
  assert.deepEqual(found.continued, ["a", "b", "c"]);
  assert.deepEqual(found.diverged, { conversations: 0, messages: 1, skipped: 3, problems: [] });
  assert.deepEqual(found.messages, ["a", "b", "c", "here"]);
  assert.deepEqual(found.branches, ["here", "there"]);
  assert.equal(found.messageCount, 5);
  assert.deepEqual(found.same, { conversations: 0, messages: 0, skipped: 4, problems: [] });
});

test("of a torn or altered file what is whole is imported, and each other line is named", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const { id } = await memory.createConversation({ title: "Damaged" });
      await memory.addMessages(id, ["a", "b", "c", "d"].map((content) => ({ role: "user", content })));
      const lines = await linesOf(await memory.exportAll());
      const at = lines.findIndex((line) => line.includes('"content":"b"'));
      const conversation = lines.findIndex((line) => line.startsWith('{"type":"conversation"'));
      const files = {
        altered: lines.with(at, lines[at].replace('"content":"b"', '"content":"B"')),
        torn: [...lines.slice(0, at + 1), lines[at + 1].slice(0, 40)],
        headless: lines.slice(1),
        garbage: lines.with(0, "{{{{").with(at, "\u0000\u0001"),
        lost: lines.toSpliced(at, 1),
        nameless: lines.toSpliced(conversation, 1),
        swapped: lines.with(at, lines[at + 1]).with(at + 1, lines[at]),
      };
      const found = { line: at + 1 };
      for (const [name, given] of Object.entries(files)) {
        const other = await openMemory(name);
        const report = await other.importAll(new Blob([given.join("\n")]));
        const messages = await other.getMessages(id, { limit: 100 }).catch(() => []);
        const { title } = (await other.getConversation(id)) ?? {};
        found[name] = { report, title, contents: messages.map(({ content }) => content).join("") };
      }
      return found;
    },
    undefined,
    { prepare },
  );
  const { line } = found;
  const lines = ({ report }) => report.problems.map((problem) => problem.line);
  assert.equal(found.altered.contents, "acd");
  // The line, what followed it, and the sum.
  assert.deepEqual(lines(found.altered), [line, line + 1, line + 3]);
  assert.match(found.altered.report.problems[0].reason, /checksum does not fit/);
  assert.equal(found.torn.contents, "ab");
  assert.deepEqual(lines(found.torn), [line + 1, line + 2]);
  assert.equal(found.headless.contents, "abcd");
  assert.equal(found.garbage.contents, "acd");
  assert.deepEqual(lines(found.garbage), [1, line, line + 1, line + 3]);
  assert.equal(found.lost.contents, "acd");
  assert.deepEqual(lines(found.lost), [line, line + 2]);
  assert.equal(found.nameless.contents, "abcd");
  assert.equal(found.nameless.title, "New Conversation");
  assert.match(found.swapped.report.problems.at(-1).reason, /order/);
});

test("a file of which nothing is known is refused, and nothing is stored", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const found = {};
      const zip = new Blob([new Uint8Array([0x50, 0x4b, 3, 4, 1, 2, 3])]);
      for (const [name, content] of Object.entries({ empty: "", text: "hello", number: "17", array: "[1, 2]", object: '{"a": 1}', html: "<html>", zip })) {
        found[name] = await failure(() => memory.importAll(content instanceof Blob ? content : new Blob([content])));
      }
      for (const [name, value] of Object.entries({ none: undefined, text: "x", object: {}, fake: { [Symbol.toStringTag]: "Blob", size: 10 } })) {
        found[`argument ${name}`] = await failure(() => memory.importAll(value));
      }
      found.options = await failure(() => memory.importAll(new Blob([""]), { onProgress: 1 }));
      found.signal = await failure(() => memory.importAll(new Blob([""]), { signal: {} }));
      return { found, left: await memory.listConversations() };
    },
    undefined,
    { prepare },
  );
  for (const [name, error] of Object.entries(found.found)) {
    assert.equal(error.code, "invalid-input", `${name}: ${error.message}`);
    // What people choose by mistake is told in a sentence; of JSON it is also said what it lacks.
    const longest = ["array", "object", "number"].includes(name) ? 500 : 240;
    assert.ok(error.message.length < longest, `${name}: too long to be shown to people: ${error.message}`);
  }
  assert.match(found.found.text.message, /^source must be an export of .*, but what begins it is not JSON/);
  assert.deepEqual(found.left, []);
});

test("an import can be stopped and goes on where it was stopped; progress is told", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const { linear } = await filled(memory);
      const file = await memory.exportAll();
      const other = await openMemory("slow");
      const controller = new AbortController();
      const told = [];
      const stopped = await failure(() => 
        other.importAll(file, {
          signal: controller.signal,
          onProgress: (progress) => {
            told.push(progress);
            if (progress.done > 0.9 * progress.total) controller.abort();
          },
        }),
      );
      const part = (await other.getConversation(linear))?.messageCount;
      const report = await other.importAll(file, { onProgress: ({ done, total }) => told.push({ done, total }) });
      const lines = [(await linesOf(file)).slice(1), (await linesOf(await other.exportAll())).slice(1)];
      return { stopped, part, report, told, size: file.size, same: lines[0].join() === lines[1].join() };
    },
    undefined,
    { prepare },
  );
  assert.equal(found.stopped.code, "aborted");
  assert.ok(found.part > 0 && found.part < 2500, `${found.part} messages were there`);
  assert.equal(found.report.messages + found.report.skipped, 2504);
  assert.ok(found.same);
  assert.deepEqual(found.told.at(-1), { done: found.size, total: found.size });
  assert.ok(found.told.every(({ done, total }) => done <= total));
});

test("the same conversation twice in one file, the older one last, is merged and loses nothing", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Twice" });
    await memory.addMessages(id, numbered(20));
    const monday = await memory.exportAll();
    for (let index = 20; index < 40; index += 1) await memory.addMessage(id, { role: "user", content: `message ${index}` });
    const tuesday = await memory.exportAll();
    const other = await openMemory("other");
    const report = await other.importAll(new Blob([tuesday, monday]));
    const contents = (await other.getMessages(id)).map(({ content }) => content);
    return { report, contents, repaired: await other.repair() };
  });
  assert.deepEqual(found.contents, Array.from({ length: 40 }, (_, index) => `message ${index}`));
  assert.deepEqual([found.report.conversations, found.report.messages, found.report.skipped], [1, 40, 20]);
  assert.deepEqual(found.repaired, { rebuilt: 0, damaged: [] });
});

test("a conversation whose row is damaged is exported once, however long it is", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Damaged" });
    await memory.addMessages(id, numbered(2_500));
    const database = await rawDatabase();
    const store = database.transaction("conversations", "readwrite").objectStore("conversations");
    await settled(store.put({ ...(await settled(store.get(["user-1", id]))), title: 5 }));
    database.close();
    const file = await memory.exportAll();
    const other = await openMemory("other");
    const report = await other.importAll(file);
    return { report, count: (await other.getConversation(id)).messageCount };
  });
  assert.equal(found.count, 2_500);
  assert.equal(found.report.messages, 2_500);
  // What was damaged, and that its messages come without their conversation.
  assert.equal(found.report.problems.length, 2);
  assert.ok(found.report.problems.some(({ reason }) => /^conversations .* was damaged before it was exported: its field title/.test(reason)));
});

test("what IndexedDB holds and JSON does not is set aside in the file, and -0 keeps its sign", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Odd" });
    await memory.addMessages(id, [
      { role: "user", content: "zero", metadata: { zero: -0, list: [{ zero: -0 }, 0], text: "-0" } },
      { role: "user", content: "large" },
      { role: "user", content: "round" },
      { role: "user", content: "last" },
    ]);
    const database = await rawDatabase();
    const pages = database.transaction("pages", "readwrite").objectStore("pages");
    for (const page of await settled(pages.getAll())) {
      for (const message of page.messages) {
        if (message.content === "large") message.metadata = { number: 10n };
        if (message.content === "round") message.metadata.self = message.metadata;
      }
      await settled(pages.put(page));
    }
    database.close();
    const file = await memory.exportAll();
    const other = await openMemory("other");
    const report = await other.importAll(file);
    return {
      header: JSON.parse((await file.text()).split("\n")[0]),
      problems: report.problems.map(({ reason }) => reason),
      messages: (await other.getMessages(id)).map(({ content, metadata }) => exact([content, metadata])),
    };
  });
  assert.equal(found.header.messages, 2);
  assert.deepEqual(found.messages, [
    '["zero",{"zero":"negative zero","list":[{"zero":"negative zero"},0],"text":"-0"}]',
    '["last",{}]',
  ]);
  assert.equal(found.problems.filter((reason) => /^message .* was damaged before it was exported: it cannot be written as JSON/.test(reason)).length, 2);
});

test("a conversation whose line was damaged gets its name from a whole file", async () => {
  const { before, after, problems } = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Given", persona: "digital_twin_designer" });
    await memory.addMessages(id, numbered(3));
    await memory.pinConversation(id, true);
    const text = await (await memory.exportAll()).text();
    const other = await openMemory("other");
    const { problems } = await other.importAll(new Blob([text.replace('"title":"Given"', '"title":"Taken"')]));
    const before = await other.getConversation(id);
    await other.importAll(new Blob([text]));
    return { before, after: await other.getConversation(id), problems: problems.map(({ reason }) => reason) };
  });
  assert.deepEqual([before.title, before.messageCount], ["New Conversation", 3]);
  assert.deepEqual([after.title, after.personaName, after.pinned, after.messageCount], ["Given", "digital_twin_designer", true, 3]);
  assert.equal(problems.length, 3);
  assert.match(problems[1], /the line of conversation .* is missing before its messages/);
});

test("a message that is left out takes nothing along that follows it", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Gap" });
    const added = await memory.addMessages(id, numbered(5));
    const lines = (await (await memory.exportAll()).text()).split("\n");
    const { crc32 } = Object.fromEntries([["crc32", (bytes) => { let crc = -1; for (const byte of bytes) { crc ^= byte; for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1)); } return ~crc >>> 0; }]]);
    const sealed = (record) => {
      const text = JSON.stringify(record).slice(0, -1);
      return `${text},"crc":"${crc32(new TextEncoder().encode(text)).toString(16).padStart(8, "0")}"}`;
    };
    const at = lines.findIndex((line) => line.includes('"content":"message 2"'));
    const { crc, ...message } = JSON.parse(lines[at]);
    const wrong = { role: "nobody", time: "2026-11-22 15:04:05.000Z" };
    const found = [];
    for (const changed of [{ ...message, role: wrong.role }, { ...message, createdAt: wrong.time }]) {
      const other = await openMemory(JSON.stringify(changed).slice(-60));
      const report = await other.importAll(new Blob([lines.with(at, sealed(changed)).join("\n")]));
      const contents = (await other.getMessages(id)).map(({ content }) => content);
      found.push([contents.join(), report.problems.some(({ line }) => line === at + 1), await other.buildConversationContext(id) !== "", await other.repair()]);
    }
    return { found, added: added.length };
  });
  for (const one of found.found) assert.deepEqual(one, ["message 0,message 1,message 3,message 4", true, true, { rebuilt: 0, damaged: [] }]);
});

test("whatever lines have instead of texts is told or left out, and costs none of the others", async () => {
  const crc32 = (bytes) => {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
    }
    return (~crc >>> 0).toString(16).padStart(8, "0");
  };
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const texts = { object: '{"toString":1,"valueOf":1,"toJSON":1}', deep, number: "1e999" };
  const lines = {
    header: (odd) => `{"format":"conversation-memory","version":${odd}}`,
    file: (odd) => `{"type":"file","id":"a","mediaType":${odd},"size":${odd}}`,
    damaged: (odd) => `{"type":"damaged","record":${odd},"reason":${odd},"value":${odd}}`,
    end: (odd) => `{"type":"end","records":${odd},"checksum":${odd}}`,
    type: (odd) => `{"type":${odd},"id":"a"}`,
    ids: (odd) => `{"type":"message","id":${odd},"conversationId":"c","parentId":${odd},"seq":${odd},"role":"user","content":"x","metadata":${odd}}`,
    message: (odd) => `{"type":"message","id":"odd","conversationId":"c","role":${odd},"author":${odd},"content":${odd},"parts":${odd},"status":${odd},"createdAt":${odd}}`,
    conversation: (odd) => `{"type":"conversation","id":"odd","title":${odd},"personaName":${odd},"createdAt":${odd},"headId":${odd},"pinned":${odd},"more":${odd}}`,
    user: (odd) => `{"type":"user","email":${odd},"fullName":${odd},"createdAt":${odd},"more":${odd}}`,
    persona: (odd) => `{"type":"persona","name":"odd","displayName":${odd},"systemPrompt":${odd},"more":${odd}}`,
    draft: (odd) => `{"type":"draft","conversationId":"c","messageId":${odd},"parts":${odd},"more":${odd}}`,
  };
  const beside = (id, parts, metadata) => `{"type":"message","id":"${id}","conversationId":"c","parentId":"m2","role":"user","content":"${id}","parts":${parts},"metadata":${metadata},"status":"complete","createdAt":"2026-01-01T00:00:00.000Z"}`;
  const sealed = (line) => `${line.slice(0, -1)},"crc":"${crc32(Buffer.from(line.slice(0, -1)))}"}`;
  const whole = ['{"type":"conversation","id":"c","title":"Whole","createdAt":"2026-01-01T00:00:00.000Z"}', ...[1, 2].map((number) => `{"type":"message","id":"m${number}","conversationId":"c","parentId":${number === 1 ? null : '"m1"'},"role":"user","content":"message ${number}","metadata":{},"status":"complete","createdAt":"2026-01-01T00:00:00.000Z"}`)];
  const files = {};
  for (const [kind, line] of Object.entries(lines)) {
    for (const [name, odd] of Object.entries(texts)) files[`${kind}: ${name}`] = [...whole.slice(0, 2), line(odd), whole[2]].map(sealed).join("\n");
  }
  const [text, thought] = ['[{"type":"text","text":"m3"},{"type":"own","value":1}]', '{"reasoning":"why"}'];
  const each = [text, '[{"type":"text","text":"m3","value":-1e999}]', `[{"type":"text","text":"m3","value":${deep}}]`].flatMap((parts) => [thought, '{"number":1e999}', `{"deep":${deep}}`].map((metadata) => [parts, metadata]));
  each.forEach(([parts, metadata], index) => (files[`beside: ${index}`] = [...whole, beside("m3", parts, metadata)].map(sealed).join("\n")));
  const found = await inPage(async (files) => {
    const found = {};
    for (const [name, text] of Object.entries(files)) {
      const memory = await openMemory(name);
      const error = await failure(() => memory.importAll(new Blob([text])));
      const messages = await memory.getMessages("c").catch(() => []);
      const contents = messages.map(({ content }) => content).filter((content) => content.startsWith("message"));
      const beside = messages.filter(({ id }) => id === "m3").map(({ content, parts, metadata }) => [content, parts?.length ?? 0, Object.keys(metadata).join()]);
      found[name] = { error, contents, beside };
      await memory.close();
    }
    return found;
  }, files);
  for (const [name, { error, contents }] of Object.entries(found)) {
    assert.deepEqual([error.code, contents], ["none", ["message 1", "message 2"]], `${name}: ${error.message.slice(0, 300)}`);
  }
  // What is wrong with the one costs nothing of the other.
  const besides = each.map((_, index) => found[`beside: ${index}`].beside[0]);
  assert.deepEqual(besides, [2, 0, 0].flatMap((parts) => ["reasoning", "", ""].map((metadata) => ["m3", parts, metadata])));
});

test("an import is stopped also where it has nothing to store", onThisThread, async () => {
  const found = await inPage(async (archives) => {
    const owner = await openMemory("owner");
    await owner.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
    const people = await (await owner.exportAll()).text();
    const [header] = people.split("\n");
    const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const files = {
      lines: `${header}\n${"nonsense\n".repeat(100_000)}`,
      "one line": `${header}\n${"nonsense".repeat(400_000)}`,
      elements: `[${"1,".repeat(500_000)}1]`,
      "one element": `["${"1,".repeat(1_500_000)}"]`,
      small: "[1]",
      people,
      ...Object.fromEntries(Object.entries(archives).map(([name, archive]) => [name, bytesOf(archive)])),
    };
    const found = {};
    const { slice } = Blob.prototype;
    for (const [name, file] of Object.entries(files)) {
      const memory = await openMemory(name);
      const controller = new AbortController();
      const [source, told] = [new Blob([file]), []];
      // When something is told, or else when the third MiB is read.
      Blob.prototype.slice = function (start, ...more) {
        if (start === 2 * 1024 * 1024) controller.abort();
        return slice.call(this, start, ...more);
      };
      const onProgress = ({ done, total }) => {
        told.push(done);
        if (!name.startsWith("one")) controller.abort();
      };
      const code = await codeOf(() => memory.importAll(source, { signal: controller.signal, onProgress }));
      Blob.prototype.slice = slice;
      found[name] = [code, told.length, (await memory.listPersonas()).some((persona) => persona.name === "critic")];
      await memory.close();
    }
    return found;
  }, {
    attached: zip([{ name: "conversations.json", data: "[]" }, { name: "attached.jsonl", data: Buffer.alloc(6_000_000, 1), stored: true }]).toString("base64"),
    inner: zip([{ name: "export.zip", data: zip([{ name: "x", data: Buffer.alloc(6_000_000, 1), stored: true }]), stored: true }]).toString("base64"),
  });
  const once = ["aborted", 1, false];
  const never = ["aborted", 0, false];
  assert.deepEqual(found, { lines: once, "one line": once, elements: once, "one element": never, small: once, people: once, attached: never, inner: never });
});
