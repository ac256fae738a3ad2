import { readFile } from "node:fs/promises";
import { pagesForThisFile } from "./support/page.mjs";
import { test } from "node:test";
const { inPage } = pagesForThisFile();
test("cost", { timeout: 600000 }, async () => {
  const r = await inPage(async () => { const N = 100000, B = 1000;
    const memory = await openMemory();
    const plain = (await memory.createConversation()).id;
    const branched = (await memory.createConversation()).id;
    const text = "The share of the population with safely managed drinking water has grown. ".repeat(3);
    const ids = [];
    for (const id of [plain, branched])
      for (let at = 0; at < N; at += 1000) {
        const added = await memory.addMessages(id, Array.from({ length: 1000 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: `${at + i} ${text}` })));
        if (id === branched) ids.push(...added.map((m) => m.id));
      }
    const t0 = performance.now();
    let rnd = 7; const random = () => (rnd = (rnd * 48271) % 2147483647) / 2147483647;
    // branches at random places; each is a regenerated answer, then the main branch goes on
    let head = ids.at(-1); const made = [];
    for (let b = 0; b < B; b++) {
      const parent = ids[Math.floor(random() * ids.length)];
      const [m] = await memory.addMessages(branched, [{ role: "assistant", content: `branch ${b} ${text}`, parentId: b % 10 ? parent : head }]);
      made.push(m.id);
    }
    const build = (performance.now() - t0) / B;
    await memory.switchBranch(branched, head);
    for (const id of [plain, branched]) await memory.addMessages(id, Array.from({ length: 30 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: `${i} end ${text}` })));
    const time = async (work, n = 15) => { const all = []; await work(0); for (let i = 0; i < n; i++) { const t = performance.now(); await work(i); all.push(performance.now() - t); } all.sort((a, b) => a - b); return +all[n >> 1].toFixed(2); };
    const out = { build };
    for (const [name, id] of [["plain", plain], ["branched", branched]]) {
      out[name] = {
        newest1: await time(() => memory.getRecentMessages(id, 1)),
        newest20: await time(() => memory.getRecentMessages(id, 20)),
        thread50: await time(() => memory.getThread(id)),
        offset50000: await time(() => memory.getMessages(id, { offset: 50000, limit: 100 })),
        prompt: await time(() => memory.buildPrompt(id, "And now?"), 7),
        append: await time((i) => memory.addMessage(id, { role: "user", content: `x${i}` })),
      };
    }
    out.listNewest = await time(async () => memory.listBranches(branched, (await 0, made.at(-1))));
    out.listRandom = await time((i) => memory.listBranches(branched, made[(i * 37) % made.length]));
    out.listOld = await time((i) => memory.listBranches(branched, ids[(i * 6007) % ids.length]));
    out.switch = await time((i) => memory.switchBranch(branched, made[(i * 41) % made.length]), 7);
    out.threadOld = await time(async () => memory.getThread(branched));
    out.del = await time((i) => memory.deleteMessage(branched, made[i * 3]), 7);
    return out;
  }).catch((e) => e.message);
  console.log(JSON.stringify(r, null, 1));
});
