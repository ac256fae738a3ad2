// A whole turn with a model that answers at once, beside the least that a turn is by hand: the question is written, the
// newest messages are read for the prompt and for what is recalled, the answer is written.
import { ConversationAgent } from "conversation-memory";
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";
import { message } from "../workload.js";

const DELTAS = 20_000;

export async function turn(sizes) {
  const { ours, rows } = await filled(sizes);
  const conversationId = ours.ids.at(-2);
  const rowsId = rows.ids.at(-2);
  const model = { generate: async (_, { onDelta }) => (onDelta("fine"), { text: "fine" }) };
  const agent = new ConversationAgent({ manager: ours.memory.manager, model });
  let result;
  const times = await takeTurns(
    {
      ours: async (round) => { result = await agent.processQuery(message(round).content, { conversationId }); },
      "raw, the four transactions": async (round) => {
        await rows.memory.append(rowsId, message(round));
        await rows.memory.newest(rowsId, 100);
        await rows.memory.newest(rowsId, 100);
        await rows.memory.append(rowsId, { role: "assistant", content: "fine", metadata: { entities: [], dimensions: [], insights: [] } });
      },
    },
    { rounds: sizes.reads, warmUp: sizes.warmUp },
  );
  check(result.answer === "fine", "the turn has no answer");
  return { work: "a turn with an instant model", times, bound: 1.3 };
}

/** What each part of an answer costs as it arrives, without the saves, which happen beside. */
export async function delta(sizes) {
  const { ours } = await filled(sizes);
  const times = { ours: [], "20 µs, the bound": Array(20).fill(0.02) };
  const model = {
    async generate(_, { onDelta }) {
      const start = performance.now();
      for (let count = 0; count < DELTAS; count++) onDelta("part");
      times.ours.push((performance.now() - start) / DELTAS);
      return { text: "part".repeat(DELTAS) };
    },
  };
  const agent = new ConversationAgent({ manager: ours.memory.manager, model });
  for (let round = 0; round < 20; round++) await agent.processQuery("q");
  return { work: "a part of an answer arrives", times, bound: 1 };
}
