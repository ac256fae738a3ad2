// What the hand-written contestants store: records with the very fields of the package's `Conversation` and `Message`.

/** An identifier of the shape of a UUID that sorts by `number`: the kindest kind for an index. */
export function identifier(number) {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** Whose conversations these are. */
export const USER = "bench";

export function newConversation(id) {
  const now = new Date().toISOString();
  return {
    id, userId: USER, personaName: "transformation_analyst", title: "New Conversation",
    createdAt: now, updatedAt: now, messageCount: 0, pinned: false,
  };
}

/** The record of a message that follows the head of `conversation`. */
export function messageRecord(conversation, { role, content, metadata }, id) {
  return {
    id, conversationId: conversation.id, parentId: conversation.headId, seq: conversation.messageCount,
    role, content, metadata, status: "complete", createdAt: new Date().toISOString(),
  };
}

/** The conversation after `added` became its head. */
export function withMessage(conversation, added) {
  const untitled = conversation.title === "New Conversation" && added.role === "user";
  return {
    ...conversation,
    title: untitled ? added.content.slice(0, 50) : conversation.title,
    messageCount: added.seq + 1, headId: added.id, updatedAt: added.createdAt,
  };
}

/** Several messages added in a row: their records, with identifiers counted from `firstId`, and the conversation after them. */
export function withMessages(conversation, messages, firstId = 0) {
  let current = conversation;
  const records = messages.map((message, index) => {
    const record = messageRecord(current, message, identifier(firstId + index));
    current = withMessage(current, record);
    return record;
  });
  return { conversation: current, records };
}

/** New conversations with the messages of each, as a list of { conversation, records }. */
export function toRecords(messagesOfEach, firstId = 0) {
  let nextId = firstId;
  return messagesOfEach.map((messages) => {
    const filled = withMessages(newConversation(identifier(nextId)), messages, nextId);
    nextId += messages.length;
    return filled;
  });
}
