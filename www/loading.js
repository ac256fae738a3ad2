// Loads whole conversations into a memory: the sample, and files of dialogues. A conversation is there in full or not at all.
import { SAMPLE } from "./sample.js";
import { readDialogues } from "./sgd.js";

/** Creates a conversation and fills it. When that fails the conversation is removed again. */
async function filled(memory, options, fill) {
  const { id } = await memory.createConversation(options);
  try {
    await fill(id);
  } catch (error) {
    await memory.deleteConversation(id);
    throw error;
  }
  return id;
}

/** Stores the sample turn by turn, as a chat would. Gives the conversation's id. */
export function loadSample(memory) {
  return filled(memory, { title: SAMPLE.title, persona: SAMPLE.persona }, async (id) => {
    for (const { messages, chart } of SAMPLE.turns) {
      await memory.addMessages(id, messages);
      if (chart) await memory.storeVisualizationConfig(id, "bar", chart);
    }
  });
}

/**
 * Stores the dialogues of a Schema-Guided Dialogue file, one conversation and one `addMessages` each. Gives the
 * conversations' `ids` in the file's order, the number of `messages`, and `problems`: a sentence for each dialogue left out.
 */
export async function loadDialogues(memory, file, onProgress) {
  const { conversations, problems } = readDialogues(await file.text());
  const ids = [];
  let messages = 0;
  // The last one first: the list, newest on top, then stands in the file's order.
  for (const [index, conversation] of conversations.toReversed().entries()) {
    onProgress(index, conversations.length);
    try {
      ids.unshift(await filled(memory, { title: conversation.title }, (id) => memory.addMessages(id, conversation.messages)));
      messages += conversation.messages.length;
    } catch (error) {
      problems.push(`${conversation.title}: ${error.code ? `${error.code}: ` : ""}${error.message}`);
      // What is wrong with one dialogue's content says nothing about the next; a full or closed storage does.
      if (error.code !== "invalid-input") break;
    }
  }
  return { ids, messages, problems };
}
