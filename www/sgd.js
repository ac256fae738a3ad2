// Schema-Guided Dialogue files (google-research-datasets/dstc8-schema-guided-dialogue) as conversations.
// Pure: text in, plain data out. The page and the headless demonstration use the same conversion.

const ROLES = { USER: "user", SYSTEM: "assistant" };
/** Values the format uses as signs; they name nothing. */
const SIGNS = new Set(["dontcare", "True", "False"]);

/**
 * Reads a file of dialogues. Gives `conversations` ({ title, messages }), ready for `addMessages`, and `problems`, one
 * sentence for each dialogue that does not fit; such a dialogue is left out as a whole.
 * Throws when the file as a whole is not such a file.
 */
export function readDialogues(text) {
  let dialogues;
  try {
    dialogues = JSON.parse(text);
  } catch (error) {
    throw new Error(`This file is not JSON: ${error.message}`);
  }
  if (!Array.isArray(dialogues)) throw new Error("This file is JSON, but not a list of dialogues. A Schema-Guided Dialogue file is a list at its top.");
  if (dialogues.length === 0) throw new Error("This file is an empty list: there are no dialogues in it.");

  const conversations = [];
  const problems = [];
  for (const [index, dialogue] of dialogues.entries()) {
    try {
      conversations.push(conversationOf(dialogue));
    } catch (error) {
      const id = typeof dialogue?.dialogue_id === "string" ? ` (${dialogue.dialogue_id})` : "";
      problems.push(`Dialogue ${index + 1}${id}: ${error.message}`);
    }
  }
  return { conversations, problems };
}

/** One dialogue as { title, messages }. Throws with what does not fit. */
export function conversationOf(dialogue) {
  check(isObject(dialogue), "it is not an object");
  const { dialogue_id: id, services, turns } = dialogue;
  check(typeof id === "string" && id !== "", "dialogue_id is missing");
  check(Array.isArray(services) && services.length > 0 && services.every(isString), "services is not a list of names");
  check(Array.isArray(turns) && turns.length > 0, "turns is not a list with at least one turn");
  const canonicalOf = new Map();
  return {
    // "Restaurants_2" is the second schema of one service; people know it as "Restaurants".
    title: `${unique(services.map((service) => service.replace(/_\d+$/, ""))).join(", ")} · ${id}`,
    messages: turns.map((turn, index) => messageOf(turn, `turn ${index + 1}`, canonicalOf)),
  };
}

function messageOf(turn, place, canonicalOf) {
  check(isObject(turn), `${place} is not an object`);
  check(Object.hasOwn(ROLES, turn.speaker), `${place} has the speaker ${JSON.stringify(turn.speaker)}, not "USER" or "SYSTEM"`);
  check(isString(turn.utterance), `${place} has no utterance`);
  check(Array.isArray(turn.frames) && turn.frames.every(isObject), `${place} has no list of frames`);
  return { role: ROLES[turn.speaker], content: turn.utterance, metadata: metadataOf(turn.frames, place, canonicalOf) };
}

/**
 * A person's turn has its values as said ("half past 11"), and repeats those of earlier turns; answers name canonical ones
 * ("11:30"). `canonicalOf` learns one from the other by the dialogue's actions, so that both name the same entity.
 */
function metadataOf(frames, place, canonicalOf) {
  const acts = [];
  const slots = new Map();
  const put = (slot, values) => slots.set(slot, unique([...(slots.get(slot) ?? []), ...values]));

  for (const { service, actions, state, service_call: call } of frames) {
    const key = (slot, value) => JSON.stringify([service, slot, value]);
    check(Array.isArray(actions) && actions.every(isObject), `${place} has a frame without a list of actions`);
    for (const { act, slot, values = [], canonical_values: canonical = values } of actions) {
      check(isString(act) && isString(slot), `${place} has an action without act or slot`);
      acts.push(act);
      const named = strings(canonical, `${place}, act ${act}`);
      // An intent is what the person wants done, not a thing they speak about.
      if (named.length > 0 && slot !== "intent" && !act.endsWith("_INTENT")) put(slot, named);
      for (const [index, said] of strings(values, `${place}, act ${act}`).entries()) canonicalOf.set(key(slot, said), named[index]);
    }
    for (const [slot, values] of Object.entries(state?.slot_values ?? {})) {
      const said = strings(values, `${place}, slot ${slot}`);
      put(slot, said.map((value) => canonicalOf.get(key(slot, value)) ?? value));
    }
    for (const [slot, value] of Object.entries(call?.parameters ?? {})) put(slot, strings([value], `${place}, service call, ${slot}`));
  }

  const named = [...slots.values()].flat().filter((value) => value !== "" && !SIGNS.has(value));
  // "Simply Fondue" and "simply fondue" are one entity; the first spelling stays.
  const entities = [...new Map(named.toReversed().map((value) => [value.normalize("NFKC").toLowerCase(), value])).values()].toReversed();
  const serviceCalls = frames.flatMap((frame) => frame.service_call ?? []);
  const serviceResults = frames.flatMap((frame) => frame.service_results ?? []);
  return {
    entities, slots: Object.fromEntries(slots), acts: unique(acts),
    ...(serviceCalls.length > 0 && { serviceCalls }),
    ...(serviceResults.length > 0 && { serviceResults }),
  };
}

const isString = (value) => typeof value === "string";
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const unique = (values) => [...new Set(values)];

function strings(values, place) {
  check(Array.isArray(values) && values.every(isString), `${place} has values that are not strings`);
  return values.map((value) => value.trim());
}

function check(holds, problem) {
  if (!holds) throw new Error(problem);
}
