// Metadata: any JSON object, returned exactly; replaced as a whole by updateMessageMetadata.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("any JSON object comes back exactly: values, key order, -0, __proto__ and lone surrogates", async () => {
  const differences = await inPage(async () => {
    const samples = {
      empty: {},
      primitives: { nothing: null, yes: true, no: false, text: "", number: 0 },
      "negative zero": { zero: -0, list: [-0, 0] },
      numbers: {
        list: [1e308, 5e-324, -1e-7, 1e21, 123456789012345680000, 0.1, 0.1 + 0.2, 1 / 3, 2 ** 53, -(2 ** 53) + 1],
        extremes: [Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 4294967296, -2147483649, 1.5, 100],
      },
      nested: { a: [{ b: [[], [[]], {}] }, { c: { d: { e: null } } }] },
      "prototype keys": JSON.parse('{"__proto__":{"polluted":1},"constructor":1,"toString":"x","list":[{"__proto__":null}]}'),
      "unicode keys": { ключ: 1, "鍵": 2, "🔑": 3, "": 4, " ": 5, "a\u0000b": 6, "e\u0301": 7, "\u00e9": 8, "a.b": 9, '"': 10 },
      "key order": { z: 1, a: 2, m: { y: 1, b: 2 }, 2: "two", 1: "one" },
      "lone surrogates": { "\ud800": "\udfff", text: "a\ud83d", list: ["\ude42\ud83d"] },
      escapes: { text: "\u0000\u0001\b\f\n\r\t\"\\/\u007f\u2028\u2029\ufeff\uffff" },
      "names of our own": { id: 1, content: 2, entities: 3, metadata: { metadata: {} }, $serde_json: "x" },
      "private serde keys": { "$serde_json::private::RawValue": "{}", "$serde_json::private::Number": "1" },
    };
    const { memory, id } = await openConversation();
    const messages = Object.values(samples).map((metadata) => ({ role: "assistant", content: "x", metadata }));
    const returned = await memory.addMessages(id, messages);
    await memory.close();
    const again = await openMemory();
    const found = await again.getMessages(id);
    const expected = Object.values(samples).map(exact);
    const differences = [];
    for (const [index, name] of Object.keys(samples).entries()) {
      const updated = await again.updateMessageMetadata(id, found[0].id, samples[name]);
      const readings = { returned: returned[index], found: found[index], updated };
      for (const [way, { metadata }] of Object.entries(readings)) {
        if (exact(metadata) !== expected[index]) differences.push(`${name}, ${way}: ${exact(metadata)}`);
      }
    }
    if ({}.polluted !== undefined) differences.push("a prototype was polluted");
    return differences;
  });
  assert.deepEqual(differences, []);
});

test("without metadata, or with undefined, it is an empty object", async () => {
  const metadata = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "x" });
    await memory.addMessage(id, { role: "user", content: "x", metadata: undefined });
    return (await memory.getMessages(id)).map((message) => message.metadata);
  });
  assert.deepEqual(metadata, [{}, {}]);
});

test("objects that JSON can hold are taken, wherever they come from", async () => {
  const found = await inPage(async () => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const samples = [
      { kept: 1, dropped: undefined, inner: { dropped: undefined, list: [1] } },
      Object.assign(Object.create(null), { plain: true }),
      frame.contentWindow.eval("({ from: ['another', { window: 1 }] })"),
      Object.freeze({ frozen: Object.freeze([1]) }),
      { get computed() { return 42; } },
      { same: [1], twice: null },
    ];
    samples[5].twice = samples[5].same;
    const { memory, id } = await openConversation();
    for (const metadata of samples) await memory.addMessage(id, { role: "user", content: "x", metadata });
    return (await memory.getMessages(id)).map((message) => exact(message.metadata));
  });
  assert.deepEqual(found, [
    '{"kept":1,"inner":{"list":[1]}}',
    '{"plain":true}',
    '{"from":["another",{"window":1}]}',
    '{"frozen":[1]}',
    '{"computed":42}',
    '{"same":[1],"twice":[1]}',
  ]);
});

test("metadata may be 1 MiB of JSON text and not one character more", async () => {
  const [codes, length] = await inPage(async () => {
    const { memory, id } = await openConversation();
    const ofLength = (length) => ({ a: "x".repeat(length - '{"a":""}'.length) });
    const add = (metadata) => codeOf(() => memory.addMessage(id, { role: "user", content: "x", metadata }));
    const codes = [await add(ofLength(1024 * 1024)), await add(ofLength(1024 * 1024 + 1))];
    const [message] = await memory.getMessages(id);
    const update = (metadata) => codeOf(() => memory.updateMessageMetadata(id, message.id, metadata));
    codes.push(await update(ofLength(1024 * 1024)), await update(ofLength(1024 * 1024 + 1)));
    return [codes, JSON.stringify((await memory.getMessages(id))[0].metadata).length];
  });
  assert.deepEqual(codes, ["none", "invalid-input", "none", "invalid-input"]);
  assert.equal(length, 1024 * 1024);
});

test("nesting: 900 levels are kept, 1,100 are refused, and 100,000 do not bring the module down", async () => {
  const [codes, same] = await inPage(async () => {
    const { memory, id } = await openConversation();
    const nested = (levels, wrap) => {
      let value = {};
      for (let level = 1; level < levels; level += 1) value = wrap(value);
      return { a: value };
    };
    const codes = [];
    for (const wrap of [(value) => ({ a: value }), (value) => [value]]) {
      for (const levels of [900, 1_100, 100_000]) {
        const metadata = nested(levels, wrap);
        codes.push(await codeOf(() => memory.addMessage(id, { role: "user", content: "x", metadata })));
      }
    }
    const found = await memory.getMessages(id);
    return [codes, exact(found[0].metadata) === exact(nested(900, (value) => ({ a: value })))];
  });
  assert.deepEqual(codes, ["none", "invalid-input", "invalid-input", "none", "invalid-input", "invalid-input"]);
  assert.ok(same);
});

test("a metadata update replaces the whole, in an old and in a new page of messages, and touches nothing else", async () => {
  const { before, old, recent, after, conversations } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(200).map((message) => ({ ...message, metadata: { a: 1, b: 2 } })));
    const before = await memory.getMessages(id, { limit: 1000 });
    const conversations = [await memory.getConversation(id)];
    await laterMillisecond();
    const old = await memory.updateMessageMetadata(id, before[3].id, { b: 3 });
    const recent = await memory.updateMessageMetadata(id, before[199].id, { c: [] });
    await memory.close();
    const again = await openMemory();
    conversations.push(await again.getConversation(id));
    return { before, old, recent, after: await again.getMessages(id, { limit: 1000 }), conversations };
  });
  assert.deepEqual(old, { ...before[3], metadata: { b: 3 } });
  assert.deepEqual(recent, { ...before[199], metadata: { c: [] } });
  const expected = before.map((message, index) => (index === 3 ? old : index === 199 ? recent : message));
  assert.deepEqual(after, expected);
  assert.deepEqual(conversations[1], conversations[0], "the conversation changed");
});

test("metadata of a message outside the active branch can be updated too", async () => {
  const found = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [first, second] = await memory.addMessages(id, numbered(2));
    await memory.addMessage(id, { role: "user", content: "instead", parentId: first.id });
    await memory.updateMessageMetadata(id, second.id, { left: "behind" });
    await memory.addMessage(id, { role: "user", content: "back", parentId: second.id });
    return (await memory.getMessages(id)).map((message) => message.metadata);
  });
  assert.deepEqual(found, [{}, { left: "behind" }, {}]);
});

test("an unknown message, or one of another conversation, is not-found", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await memory.createConversation();
    const message = await memory.addMessage(id, { role: "user", content: "x" });
    return [
      await codeOf(() => memory.updateMessageMetadata(id, "01890000-0000-7000-8000-000000000000", {})),
      await codeOf(() => memory.updateMessageMetadata(other.id, message.id, {})),
      await codeOf(() => memory.updateMessageMetadata(id, "", {})),
    ];
  });
  assert.deepEqual(codes, ["not-found", "not-found", "not-found"]);
});
