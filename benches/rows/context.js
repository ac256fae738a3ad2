// The context string must not cost more in a very long conversation than in a short one.
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";
import { messages } from "../workload.js";

export async function context(sizes) {
  const { ours } = await filled(sizes);
  const short = await ours.memory.create(messages(sizes.messagesEach));
  const long = await ours.memory.create(messages(sizes.total));
  const names = {
    short: `ours, ${sizes.messagesEach.toLocaleString("en")} messages`,
    long: `ours, ${sizes.total.toLocaleString("en")} messages`,
  };
  const built = {};
  const times = await takeTurns(
    {
      [names.long]: async () => { built.long = await ours.memory.context(long); },
      [names.short]: async () => { built.short = await ours.memory.context(short); },
    },
    { rounds: sizes.reads, warmUp: sizes.warmUp },
  );
  for (const text of Object.values(built)) check(text.split("\n").length === 10 && text.includes("\nAssistant: "), "not a context of ten messages");
  return { work: "context string of a long and a short conversation", times, bound: 1.3 };
}
