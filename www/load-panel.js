// The buttons that load whole conversations, and the bar that shows how far they are.
import { byId } from "./dom.js";
import { loadDialogues, loadSample } from "./loading.js";
import { attempt, notify } from "./notice.js";

const PROBLEMS_TOLD = 3;

/** `goTo` opens a conversation by its id. */
export function loadPanel(memory, goTo) {
  const sample = byId("load-sample");
  const file = byId("dialogues");

  sample.addEventListener("click", async () => {
    sample.disabled = true;
    await attempt(async () => goTo(await loadSample(memory)));
    sample.disabled = false;
  });

  file.addEventListener("change", async () => {
    if (file.files.length === 0) return;
    file.disabled = true;
    progress(0, 1);
    const loaded = await attempt(() => loadDialogues(memory, file.files[0], progress));
    byId("progress").hidden = true;
    file.disabled = false;
    // Emptied, so that choosing the same file again counts as a change.
    file.value = "";
    if (loaded) await attempt(() => tell(loaded));
  });

  function progress(done, all) {
    byId("progress").hidden = false;
    byId("progress-text").textContent = `Loading dialogue ${done + 1} of ${all}`;
    byId("progress-bar").max = all;
    byId("progress-bar").value = done;
  }

  async function tell({ ids, messages, problems }) {
    if (problems.length > 0) {
      const more = problems.length > PROBLEMS_TOLD ? ` And ${problems.length - PROBLEMS_TOLD} more.` : "";
      notify(`Not loaded: ${counted(problems.length, "dialogue")}. ${problems.slice(0, PROBLEMS_TOLD).join(". ")}.${more}`, { error: true });
    }
    if (ids.length === 0) return;
    notify(`Loaded ${counted(ids.length, "dialogue")}, ${counted(messages, "message")}.`);
    await goTo(ids[0]);
  }
}

const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
