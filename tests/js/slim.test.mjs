// The slim entry: the application brings the module itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage: inAnyPage } = pagesForThisFile();

const inPage = (work, argument) =>
  inAnyPage(work, argument, {
    file: "blank.html",
    prepare: () => {
      globalThis.wasmAddress = "/node_modules/conversation-memory/dist/memory.wasm";
      globalThis.writeAndRead = async ({ ConversationManager }) => {
        const memory = await ConversationManager.open({ userId: "user-1" });
        const { id } = await memory.createConversation();
        await memory.addMessage(id, { role: "user", content: "hello" });
        return (await memory.getMessages(id)).map((message) => message.content);
      };
    },
  });

// Each runs in the page and gives what `init` is called with.
const sources = {
  "an ArrayBuffer": async () => (await fetch(wasmAddress)).arrayBuffer(),
  "a Uint8Array": async () => new Uint8Array(await (await fetch(wasmAddress)).arrayBuffer()),
  "a WebAssembly.Module": async () => WebAssembly.compile(await (await fetch(wasmAddress)).arrayBuffer()),
  "a Response": async () => fetch(wasmAddress),
  "a Response without the content type of WebAssembly": async () =>
    new Response(await (await fetch(wasmAddress)).arrayBuffer(), { headers: { "content-type": "text/plain" } }),
  "a URL": async () => new URL(wasmAddress, location.href),
};

for (const [name, source] of Object.entries(sources)) {
  test(`init with ${name}`, async () => {
    const contents = await inPage(async (source) => {
      const slim = await import("conversation-memory/slim");
      await slim.init(await (0, eval)(`(${source})`)());
      return writeAndRead(slim);
    }, source.toString());
    assert.deepEqual(contents, ["hello"]);
  });
}

test("open before init is refused with an error that names init; afterwards it works", async () => {
  const { error, contents } = await inPage(async () => {
    const slim = await import("conversation-memory/slim");
    const error = await slim.ConversationManager.open({ userId: "user-1" }).catch((reason) => reason);
    const seen = { own: slim.isMemoryError(error), code: error.code, message: error.message };
    await slim.init(new URL(wasmAddress, location.href));
    return { error: seen, contents: await writeAndRead(slim) };
  });
  assert.equal(error.own, true, error.message);
  assert.match(error.message, /\binit\b/);
  assert.deepEqual(contents, ["hello"]);
});

// Each runs in the page and gives what is no module of ours.
const wrongSources = {
  "too few bytes": () => new Uint8Array([1, 2, 3]),
  "a WebAssembly module that is not ours": () => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]),
  "a Response that is no WebAssembly": () => new Response("text", { headers: { "content-type": "application/wasm" } }),
  "a Response that says not found": () => new Response("not found", { status: 404 }),
  "a URL of something else": () => new URL("data:text/plain,nothing"),
  nothing: () => undefined,
  null: () => null,
  "a number": () => 5,
  "an object": () => ({}),
};

for (const [name, source] of Object.entries(wrongSources)) {
  test(`init with ${name} fails, and can be tried again`, async () => {
    const { failure, contents } = await inPage(async (source) => {
      const slim = await import("conversation-memory/slim");
      const failure = await (async () => slim.init((0, eval)(`(${source})`)()))().then(
        () => "none",
        (error) => (slim.isMemoryError(error) ? "MemoryError" : String(error)),
      );
      await slim.init(await (await fetch(wasmAddress)).arrayBuffer());
      return { failure, contents: await writeAndRead(slim) };
    }, source.toString());
    assert.equal(failure, "MemoryError");
    assert.deepEqual(contents, ["hello"]);
  });
}

test("init may be called twice, also at once, and the memories stay", async () => {
  const contents = await inPage(async () => {
    const slim = await import("conversation-memory/slim");
    const address = new URL(wasmAddress, location.href);
    await Promise.all([slim.init(address), slim.init(address)]);
    const memory = await slim.ConversationManager.open({ userId: "user-1" });
    const { id } = await memory.createConversation();
    await slim.init(address);
    await memory.addMessage(id, { role: "user", content: "still the same" });
    return (await memory.getMessages(id)).map((message) => message.content);
  });
  assert.deepEqual(contents, ["still the same"]);
});

test("both entries in one page work side by side on the same database", async () => {
  const contents = await inPage(async () => {
    const [whole, slim] = await Promise.all([import("conversation-memory"), import("conversation-memory/slim")]);
    await slim.init(new URL(wasmAddress, location.href));
    const [first, second] = [
      await whole.ConversationManager.open({ userId: "user-1" }),
      await slim.ConversationManager.open({ userId: "user-1" }),
    ];
    const { id } = await first.createConversation();
    await second.addMessage(id, { role: "user", content: "from slim" });
    return (await first.getMessages(id)).map((message) => message.content);
  });
  assert.deepEqual(contents, ["from slim"]);
});
