// conversation-memory/react: questions with pictures and files, and how these are shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { pagesWithReact } from "./support/react/pages.mjs";

for (const { version, inPage } of await pagesWithReact(pagesForThisFile())) {
  const named = (name) => `React ${version}: ${name}`;

  test(named("a question with files begins a chat, also without words, and its model is given them"), async () => {
    const seen = await inPage(async () => {
      const model = { ...patientModel(), mediaTypes: ["image/*"] };
      const { ConversationAgent } = await import("conversation-memory");
      const told = [];
      const chat = watch(() => {
        const [id, setId] = React.useState();
        const turn = hooks.useTurn(id, { persona: "digital_twin_designer", onConversation: (id) => (told.push(id), setId(id)) });
        return { turn, thread: hooks.useThread(id) };
      });
      show(h(hooks.MemoryProvider, { open: () => openMemory(), agent: (manager) => new ConversationAgent({ manager, model }) }, h(chat.Component)));
      const files = [new File(["abc"], "a.png", { type: "image/png" }), new File(["de"], "b.txt", { type: "text/plain" })];
      // While the memory is still opening.
      const asked = chat.last.turn.ask("Which bird?", { files });
      await until(() => model.calls.length === 1 && chat.last.thread.messages.length > 0);
      const [question] = chat.last.thread.messages;
      const parts = question.parts.map(({ type, text, name, size, attachment }) => [type, text ?? name, size ?? null, typeof attachment]);
      const given = model.calls[0].prompt.messages.at(-1);
      model.calls[0].end("An owl.");
      const { answer, conversationId } = await asked;
      const blank = chat.last.turn.ask("  ", { files: files.slice(0, 1) });
      await until(() => model.calls.length === 2);
      model.calls[1].end("The same.");
      await blank;
      await until(() => chat.last.thread.messages.length === 4);
      const refused = await chat.last.turn.ask(" ", { files: [] });
      await until(() => chat.last.turn.error !== undefined);
      const { personaName } = await openMemory().then((memory) => memory.getConversation(conversationId));
      return {
        parts, answer, personaName, refused: refused ?? null, code: chat.last.turn.error.code,
        told: told.length === 1 && told[0] === conversationId,
        given: [given.content, given.files.map(({ name, mediaType, blob }) => [name, mediaType, blob.size])],
        second: chat.last.thread.messages[2].parts.map(({ type, name }) => [type, name]),
      };
    });
    assert.deepEqual(seen.parts, [["text", "Which bird?", null, "undefined"], ["file", "a.png", 3, "string"], ["file", "b.txt", 2, "string"]]);
    assert.deepEqual(seen.given, ["[1 file: b.txt]\n\nWhich bird?", [["a.png", "image/png", 3]]]);
    assert.deepEqual([seen.answer, seen.personaName, seen.told], ["An owl.", "digital_twin_designer", true]);
    assert.deepEqual(seen.second, [["file", "a.png"]]);
    assert.deepEqual([seen.refused, seen.code], [null, "invalid-input"]);
  });

  test(named("what a form gives: a FileList, an input without a file, and a blank question of which nothing is stored"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const chat = watch(() => {
        const [id, setId] = React.useState();
        return { turn: hooks.useTurn(id, { onConversation: setId }), thread: hooks.useThread(id) };
      });
      show(h(hooks.MemoryProvider, { memory, agent }, h(chat.Component)));
      const form = document.body.appendChild(document.createElement("form"));
      form.innerHTML = '<input name="files" type="file" multiple>';
      const [input] = form.elements;
      const filesOf = () => new FormData(form).getAll("files");
      const chosen = filesOf().map(({ name, size }) => [name, size]); // what a browser makes of none
      const refused = [await chat.last.turn.ask(" ", { files: filesOf() }), await chat.last.turn.ask("", { files: input.files }), await chat.last.turn.ask("")];
      await until(() => chat.last.turn.error !== undefined);
      const nothing = [refused.some((result) => result !== undefined), chat.last.turn.error.code, (await memory.listConversations()).length];
      const ask = async (text, files) => {
        const count = model.calls.length;
        const asked = chat.last.turn.ask(text, { files });
        form.reset(); // right behind it, as forms do
        await until(() => model.calls.length === count + 1);
        model.calls.at(-1).end();
        await asked;
        await until(() => chat.last.thread.messages.length === 2 * (count + 1));
        return chat.last.thread.messages.at(-2).parts?.map(({ type, name, text }) => name ?? text ?? type) ?? null;
      };
      const choose = (...names) => {
        const chosen = new DataTransfer();
        for (const name of names) chosen.items.add(new File([name === "empty.txt" ? "" : "abc"], name, { type: "text/plain" }));
        input.files = chosen.files;
      };
      const asked = [await ask("one?", filesOf()), await ask("two?", input.files), await ask("none?", null)];
      choose("a.txt", "empty.txt");
      asked.push(await ask("three?", input.files));
      choose("b.txt");
      asked.push(await ask("four?", filesOf()));
      const wrong = [];
      for (const files of [["text"], 7, "text"]) {
        await chat.last.turn.ask("five?", { files });
        await until(() => chat.last.turn.error !== undefined);
        wrong.push(chat.last.turn.error.code);
      }
      return { chosen, nothing, asked, wrong, stored: (await memory.getMessages((await memory.listConversations())[0].id)).length };
    });
    assert.deepEqual(seen.chosen, [["", 0]]);
    assert.deepEqual(seen.nothing, [false, "invalid-input", 0]);
    assert.deepEqual(seen.asked, [null, null, null, ["three?", "a.txt", "empty.txt"], ["four?", "b.txt"]]);
    assert.deepEqual([seen.wrong, seen.stored], [["invalid-input", "invalid-input", "invalid-input"], 10]);
  });

  test(named("two questions asked at once in a new chat are one conversation, in their order"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const told = [];
      const chat = watch(() => ({ turn: hooks.useTurn(undefined, { onConversation: (id) => told.push(id) }) }));
      show(h(hooks.MemoryProvider, { memory, agent }, h(chat.Component)));
      await until(() => chat.last !== undefined);
      const first = chat.last.turn.ask("one", { files: [new Blob(["a"])] });
      const second = chat.last.turn.ask("two");
      await until(() => model.calls.length === 1);
      model.calls[0].end("first");
      await first;
      await until(() => model.calls.length === 2);
      model.calls[1].end("second");
      const { conversationId } = await second;
      const messages = await memory.getMessages(conversationId);
      return { said: messages.map(({ content }) => content), count: (await memory.listConversations()).length, told: told.length };
    });
    assert.deepEqual(seen, { said: ["one", "first", "two", "second"], count: 1, told: 1 });
  });

  test(named("a file has an address while it is shown, and none after"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const blobs = ["one", "two"].map((text) => ({ type: "file", blob: new Blob([text], { type: "image/png" }) }));
      const { parts } = await memory.addMessage(id, { role: "user", parts: blobs });
      const [one, two] = parts.map(({ attachment }) => attachment);
      const file = watch(({ id }) => hooks.useAttachment(id));
      const render = (id) => h(hooks.MemoryProvider, { memory }, h(file.Component, { id }));
      const revoked = new Set();
      const revoke = URL.revokeObjectURL.bind(URL);
      URL.revokeObjectURL = (url) => (revoked.add(url), revoke(url));
      // What is gone is not asked for: the browser would note that as an error of the page.
      const read = async (url) => (revoked.has(url) ? "gone" : (await fetch(url)).text());
      const shown = show(render(one));
      const early = [file.frames[0].isLoading, file.frames[0].url ?? null];
      await until(() => file.last.url);
      const first = file.last.url;
      const steps = [await read(first), file.last.blob.type, file.last.isLoading];
      shown.render(render(two));
      const between = [file.last.isLoading, file.last.url ?? null];
      await until(() => file.last.url);
      const second = file.last.url;
      steps.push(await read(second), await read(first));
      shown.render(render("0".repeat(64)));
      await until(() => !file.last.isLoading);
      const missing = [file.last.url ?? null, file.last.error ?? null];
      shown.render(render(undefined));
      const none = [file.last.isLoading, file.last.url ?? null];
      shown.render(render(7));
      await until(() => file.last.error);
      const wrong = file.last.error.code;
      shown.render(render(two));
      await until(() => file.last.url);
      const third = file.last.url;
      shown.unmount();
      return { early, steps, between, missing, none, wrong, after: [await read(second), await read(third)] };
    });
    assert.deepEqual(seen.early, [true, null]);
    assert.deepEqual(seen.steps, ["one", "image/png", false, "two", "gone"]);
    assert.deepEqual([seen.between, seen.missing, seen.none], [[true, null], [null, null], [false, null]]);
    assert.deepEqual([seen.wrong, seen.after], ["invalid-input", ["gone", "gone"]]);
  });

  test(named("a file that is forgotten is not shown any more"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const { parts } = await memory.addMessage(id, { role: "user", parts: [{ type: "file", blob: new Blob(["one"], { type: "image/png" }) }] });
      const file = watch(() => hooks.useAttachment(parts[0].attachment));
      show(h(hooks.MemoryProvider, { memory }, h(file.Component)));
      await until(() => file.last.url);
      await memory.forgetEverything();
      await until(() => file.last.blob === undefined && !file.last.isLoading);
      return file.last.url ?? null;
    });
    assert.equal(seen, null);
  });
}
