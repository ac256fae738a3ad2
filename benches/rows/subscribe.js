// What a subscription adds to an append.
import { openOurs } from "../contestants/ours.js";
import { check, takeTurns } from "../measure.js";
import { messages } from "../workload.js";

export async function subscribe({ appends, warmUp, messagesEach }) {
  const [heard, quiet] = [await openOurs("subscribe-heard"), await openOurs("subscribe-quiet")];
  const ids = [await heard.create(messages(messagesEach)), await quiet.create(messages(messagesEach))];
  const added = messages(warmUp + appends);
  let changes = 0;
  heard.manager.subscribe(() => { changes += 1; });
  const times = await takeTurns(
    {
      ours: (round) => heard.append(ids[0], added[round]),
      "ours, nobody subscribed": (round) => quiet.append(ids[1], added[round]),
    },
    { rounds: appends, warmUp },
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  check(changes === added.length, `${changes} changes were heard, not ${added.length}`);
  return { work: "append with a subscription", times, bound: 1.1 };
}
