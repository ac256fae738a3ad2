// openAICompatible: the key is in no error, wherever a server or a function of the application puts it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { answers, chunk, events, modelServer } from "./support/model-server.mjs";
import { everythingIn, failure, generate, importPackage } from "./support/models.mjs";

const { openAICompatible } = await importPackage();

/** With signs that JSON encoders and addresses spell differently. */
const KEY = 'sk-Proj/4+7="A&b\\<>\'9z';
const SPELLINGS = [
  KEY,
  JSON.stringify(KEY).slice(1, -1),
  JSON.stringify(KEY).slice(1, -1).replaceAll("/", "\\/"),
  [...KEY].map((character) => (/\w/.test(character) ? character : `\\u00${character.charCodeAt().toString(16)}`)).join(""),
  encodeURIComponent(KEY),
  KEY.toUpperCase(),
];

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", apiKey: KEY, ...options });

async function assertHidden(model, spellings = SPELLINGS) {
  const error = await failure(() => generate(model), "model");
  const all = everythingIn(error) + inspect(error, { depth: 9, showHidden: true });
  for (const spelling of spellings) assert.ok(!all.includes(spelling), `${spelling} is in ${all}`);
  assert.ok(all.includes("[redacted]"), "the test would pass without any key in it");
}

test("in the bodies of refusals, pages, broken chunks, errors in the stream and empty answers", async () => {
  for (const spelling of SPELLINGS) {
    const words = `wrong key ${spelling}, ${spelling}.`;
    for (const plan of [
      answers.plain(401, {}, words),
      answers.json({ error: { message: words } }, 400),
      answers.plain(401, {}, `{"error":{"message":"${words}"}}`),
      answers.plain(200, { "content-type": "text/html" }, `<p>${words}`),
      answers.stream(`data: {"${words}\n\n`),
      answers.stream(events([chunk({ content: "a" }), { error: { message: words } }])),
      answers.stream(events([chunk({}, { finish_reason: `${words}` })])),
    ]) {
      server.plan(plan);
      await assertHidden(modelOf());
    }
  }
});

test("where a body is cut: not even a part of the key is left", async () => {
  const start = KEY.slice(0, 4);
  for (const length of [300, 4096, 64 * 1024]) {
    for (let before = length - KEY.length - 40; before <= length + 12; before += 1) {
      for (const filling of ["x", `${KEY} `]) {
        const body = filling.repeat(Math.ceil(before / filling.length)).slice(-before) + KEY.repeat(20);
        if (filling !== "x" && before % 7 !== 0) continue;
        const fetch = async () => new Response(body, { status: 400 });
        const error = await failure(() => generate(modelOf({ fetch })), "model");
        const all = everythingIn(error);
        // The filling itself may begin in the middle of a key; a beginning of one must be nowhere.
        assert.ok(!all.includes(start), `${before} before ${length}`);
        assert.ok(error.cause.body.length <= 4096);
      }
    }
  }
});

test("where the words of a server are cut that the message repeats", async () => {
  for (let before = 280; before <= 300; before += 1) {
    const message = "x".repeat(before) + KEY;
    const fetch = async () => Response.json({ error: { message } }, { status: 400 });
    const error = await failure(() => generate(modelOf({ fetch })), "model");
    assert.ok(!everythingIn(error).includes(KEY.slice(0, 4)), `after ${before} characters`);
  }
});

test("where a body full of long keys is cut", async () => {
  const apiKey = `begin${"0123456789".repeat(300)}`;
  const fetch = async () => new Response(apiKey.repeat(40), { status: 400 });
  const error = await failure(() => generate(modelOf({ apiKey, fetch })), "model");
  assert.ok(!everythingIn(error).includes("0123456789"));
});

test("in what a fetch of the application throws, in all of its properties and causes", async () => {
  const thrown = () => {
    const error = new TypeError(`no route for Bearer ${KEY}`, { cause: Object.assign(new Error(KEY), { code: KEY }) });
    return Object.assign(error, { config: { headers: { authorization: `Bearer ${KEY}` } }, code: "ECONNRESET" });
  };
  await assertHidden(modelOf({ fetch: () => Promise.reject(thrown()) }));
  const error = await failure(() => generate(modelOf({ fetch: () => Promise.reject(thrown()) })), "model");
  assert.deepEqual([error.cause.name, error.cause.code, error.unreachable], ["TypeError", "ECONNRESET", true]);
  await assertHidden(modelOf({ fetch: () => Promise.reject(`thrown as text ${KEY}`) }));
});

test("keys in the address are keys too, as they were written there and as they are meant", async () => {
  for (const name of ["key", "api-key", "api_key", "access_token", "sig", "client%5Fsecret"]) {
    for (const [value, meant] of [
      [encodeURIComponent(KEY), KEY],
      ["a+b+c+d+e", "a b c d e"],
      ["%D0%BA%D0%BB%D1%8E%D1%87%2012345", "ключ 12345"],
    ]) {
      const spellings = [value, meant, JSON.stringify(meant).slice(1, -1)];
      const address = `${server.url}?api-version=2024-02-01&${name}=${value}`;
      const refused = answers.plain(401, {}, `2024-02-01 ${spellings.join(" ")}`);
      server.plan(refused);
      const model = modelOf({ baseURL: address, apiKey: undefined });
      await assertHidden(model, spellings);
      const error = await failure(() => generate(model), "model");
      assert.match(error.cause.body, /^2024-02-01 \[redacted\]/, "what is no key is shown");
      assert.ok(server.requests[0].url.endsWith(new URL(address).search), "and the server still gets it");
      const fetch = (url) => Promise.reject(new TypeError("no", { cause: new Error(`to ${url}`) }));
      await assertHidden(modelOf({ baseURL: address, apiKey: undefined, fetch }), spellings);
    }
  }
});

test("where nothing was thrown, there is no cause", async () => {
  const half = `${events([chunk({ content: "half" })])}data: {"cho`;
  const error = await failure(() => generate(modelOf({ fetch: async () => new Response(half) })), "model");
  assert.match(error.message, /broke off after 4 characters/);
  assert.equal("cause" in error, false);
});

test("keys in headers are keys too, with and without their scheme; other headers are not", async () => {
  const headers = { Authorization: "Bearer abcdefgh12", "X-Api-Key": "12345678-key", "X-Title": "digital twin" };
  server.plan(answers.plain(401, {}, "abcdefgh12 12345678-key digital twin"));
  const error = await failure(() => generate(modelOf({ headers })), "model");
  assert.equal(error.cause.body, "[redacted] [redacted] digital twin");
});

test("in the model itself when it is printed, and in errors of wrong options", async () => {
  const printed = inspect(modelOf(), { depth: 9, showHidden: true }) + JSON.stringify(modelOf());
  assert.ok(!printed.includes(KEY));
  for (const options of [{ apiKey: `${KEY}\n` }, { baseURL: KEY }, { headers: { "x-key": `${KEY}\n.` } }, { headers: KEY }]) {
    const error = await failure(async () => modelOf(options), "invalid-input");
    assert.ok(!(everythingIn(error) + inspect(error)).includes(KEY.slice(0, 4)), JSON.stringify(options));
  }
});
