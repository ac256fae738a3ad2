// For panels that ask again while an earlier question is still under way: only the newest answer is shown.
import { attempt } from "./notice.js";

/** Gives a function (work, show). `show` gets the result of `work`, undefined when it failed, unless a later call came. */
export function newest() {
  let calls = 0;
  return async (work, show) => {
    const call = ++calls;
    const result = await attempt(work);
    if (call === calls) show(result);
  };
}
