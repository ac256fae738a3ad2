// The turns under way: which conversation is being answered, with what words so far, and how to stop it.
import { ConversationAgent } from "conversation-memory";

/**
 * `onChange(conversationId, change)` hears of a turn: "asked", "begun" (its question is stored), "more" (words came) and
 * "ended". Turns that waited for the network are answered by the agent itself and told in the same way.
 */
export function turns(memory, model, onChange) {
  const live = new Map();
  /** A call of the model knows no conversation; but its signal is that of its turn. */
  const conversationOf = new WeakMap();

  const agent = new ConversationAgent({
    manager: memory,
    layers: {
      // What the agent does by itself as well; here it tells that a turn has begun.
      retrieveData({ entities }, { conversationId, signal }) {
        conversationOf.set(signal, conversationId);
        begin(conversationId);
        return entities.length > 0 ? memory.getRelevantPastResults(conversationId, entities.slice(0, 1000)) : [];
      },
    },
    model: {
      generate(prompt, call) {
        const id = conversationOf.get(call.signal);
        return model.generate(prompt, { ...call, onDelta(text) {
          call.onDelta(text);
          hear(id, text);
        } });
      },
    },
  });

  function begin(id) {
    const turn = live.get(id);
    if (turn) Object.assign(turn, { begun: true, text: "", question: undefined, before: undefined });
    else live.set(id, { begun: true, text: "" });
    onChange(id, "begun");
  }

  function hear(id, text) {
    const turn = live.get(id);
    if (turn === undefined || turn.abort?.signal.aborted) return;
    turn.text += text;
    onChange(id, "more");
  }

  /** Runs a turn that the person asked for. Gives its error, when there was one. */
  async function run(id, shown, work) {
    const abort = new AbortController();
    live.set(id, { text: "", begun: false, abort, ...shown });
    onChange(id, "asked");
    try {
      await work({ signal: abort.signal });
    } catch (error) {
      if (error.code !== "aborted") return error;
    } finally {
      live.delete(id);
      await onChange(id, "ended");
    }
    return undefined;
  }

  /** Answers what waits, and tells when all of it is done. */
  async function answerWaiting() {
    await agent.flushQueue();
    for (const [id, turn] of live) if (turn.abort === undefined) live.delete(id);
    await onChange(undefined, "ended");
  }

  return {
    /** The turn under way in a conversation: { text, begun, question?, before?, after? }. */
    of: (id) => live.get(id),
    ask: (id, question) => run(id, { question }, (call) => agent.processQuery(question, { conversationId: id, ...call })),
    /** Another answer to a question. */
    again: (id, questionId) => run(id, { after: questionId }, (call) => agent.regenerate(id, questionId, call)),
    /** The question in other words. */
    edit: (id, questionId, question) => run(id, { question, before: questionId }, (call) => agent.editAndResend(id, questionId, question, call)),
    cancel: (id, questionId) => agent.cancelQueued(questionId, id),
    stop: (id) => live.get(id)?.abort?.abort(),
    answerWaiting,
  };
}
