// The prompt must not cost much more in a very long conversation than in a short one.
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";
import { messages } from "../workload.js";

/** What a prompt takes at most by default, in tokens. */
const BUDGET = 16_384;

export async function prompt(sizes) {
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
      [names.long]: async () => { built.long = await ours.memory.prompt(long); },
      [names.short]: async () => { built.short = await ours.memory.prompt(short); },
    },
    { rounds: sizes.reads, warmUp: sizes.warmUp },
  );
  for (const { messages, tokens } of Object.values(built)) check(messages.length > 5 && tokens <= BUDGET, "not a prompt within its budget");
  return { work: "prompt of a long and a short conversation", times, bound: 1.5 };
}
