// The check of the layers finds a use that goes up and a circle, and lets types and tests go where they like.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkLayers } from "../../scripts/lib/layers.mjs";

/** What the check says of a source tree; "" when nothing. */
async function faultsIn(files) {
  const folder = await mkdtemp(join(tmpdir(), "layers-"));
  try {
    for (const [path, text] of Object.entries({ "js/errors.ts": "", "src/lib.rs": "pub use error::Code;\npub use records::*;", ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    checkLayers(folder);
    return "";
  } catch (error) {
    return error.message;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the layers: what goes down is let through", async () => {
  const faults = await faultsIn({
    "js/agent/turn.ts": 'import type { A } from "./agent.js";\nimport { b } from "../errors.js";',
    "js/agent/agent.ts": 'import {\n  turn,\n} from "./turn.js";\n// import "../public.js";',
    "src/records/mod.rs": "mod limits;\npub use limits::{self, LIMIT};\nuse crate::{error::{Error, Result}, value::Value};",
    "src/records/limits.rs": "//! [`x`](crate::ledger::x)\nuse super::Name;\n#[cfg(test)]\nmod tests { use crate::ledger::Ledger; }",
    "src/error.rs": "",
    "src/value.rs": "use crate::Code;",
  });
  assert.equal(faults, "");
});

test("the layers: what goes up, sideways or in a circle is named with its file", async () => {
  const lines = (await faultsIn({
    "js/errors.ts": 'import type { Agent } from "./agent/agent.js";',
    "js/agent/agent.ts": 'export * from "./turn.js";',
    "js/agent/turn.ts": 'import { agent } from "./agent.js";',
    "js/loose.ts": 'import "./errors.js";',
    "src/records/mod.rs": "mod limits;\nmod message;\nuse limits::LIMIT;",
    "src/records/limits.rs": "use super::message::Message;\nconst MOST: usize = crate::recall::MOST;",
    "src/records/message.rs": "use super::LIMIT;",
    "src/recall.rs": "",
    "src/value.rs": "use crate::Message;",
  })).split("\n");
  assert.deepEqual(lines.slice(0, -1), [
    "js/errors.ts: errors uses agent, which does not stand below it",
    "js/loose.ts: js/loose stands in no order",
    "src/records/limits.rs: records uses recall, which does not stand below it",
    "src/value.rs: value uses records, which does not stand below it",
    "js/agent: agent uses turn uses agent",
    "src/records: limits uses message uses limits",
  ]);
});
