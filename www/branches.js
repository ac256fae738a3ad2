// Where a conversation has branches: the alternatives at each message that is shown.

/** A map from a message's id to the ids of all alternatives there, itself among them; messages without any are left out. */
export async function branchesOf(memory, conversation, messages) {
  // An alternative has the same parent, and so a later place in the log than the message before. Where everything later
  // in the log is shown, there is none to look for.
  const asked = messages.filter((_, index) => {
    const since = messages[index - 1]?.seq ?? (messages[0].parentId === undefined ? -1 : 0);
    return conversation.messageCount - 1 - since > messages.length - index;
  });
  const found = await Promise.all(asked.map(({ id }) => memory.listBranches(conversation.id, id)));
  return new Map(found.map((some, index) => [asked[index].id, some.map(({ id }) => id)]).filter(([, ids]) => ids.length > 1));
}
