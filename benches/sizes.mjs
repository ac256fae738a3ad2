// How much each row does. The bounds of issue 2 are about the full sizes.

export const FULL = {
  conversations: 1_000,
  messagesEach: 100,
  longConversation: 10_000,
  total: 100_000,
  branches: 1_000,
  appends: 640, // ten whole pages of 64, so that every fill of a page counts alike
  reads: 300,
  warmUp: 50,
  bulkRounds: 3,
  opens: 15,
  peerTurns: 150,
  peerOpens: 5,
  questions: 60,
  keystrokes: 200,
};

/** A tenth of the data, to see that everything works. */
export const QUICK = {
  conversations: 100,
  messagesEach: 100,
  longConversation: 1_000,
  total: 10_000,
  branches: 100,
  appends: 128,
  reads: 60,
  warmUp: 20,
  bulkRounds: 2,
  opens: 5,
  peerTurns: 30,
  peerOpens: 2,
  questions: 20,
  keystrokes: 40,
};
