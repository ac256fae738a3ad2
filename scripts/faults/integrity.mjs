// What a database must look like, derived from the messages alone: the package has no part in this.

const UNTITLED = "New Conversation";

/**
 * What is wrong with the raw records of one user, as sentences. `titled` names the conversations that were given a title:
 * that of any other follows from its messages.
 */
export function faultsOf(records, { userId = "ada", titled = new Set() } = {}) {
  const faults = [];
  const own = (store) => records[store].filter((row) => (row.userId ?? row.id) === userId);
  if (own("users").length !== 1) faults.push(`${own("users").length} profiles`);
  const damaged = records.damaged === undefined ? [] : own("damaged");
  if (damaged.length > 0) faults.push(`${damaged.length} records were set aside as damaged`);

  const pages = new Map();
  for (const page of own("pages")) pages.set(page.conversationId, [...(pages.get(page.conversationId) ?? []), page]);
  const conversations = new Map(own("conversations").map((row) => [row.id, row]));
  const personas = new Set(own("personas").map(({ name }) => name));
  for (const store of ["pages", "runs", "segments", "vectors", "drafts", "references"]) {
    for (const { conversationId } of own(store)) {
      if (!conversations.has(conversationId)) faults.push(`${store}: one of ${conversationId}, which is not there`);
    }
  }
  // Nobody is writing: what was arriving when the browser died has become a message when the memory was opened.
  for (const { conversationId, kind } of own("drafts")) if (kind === "answer") faults.push(`${conversationId}: a draft is left`);
  faults.push(...faultsOfFiles(records, own));
  for (const [id, row] of conversations) {
    const say = (what) => faults.push(`${id}: ${what}`);
    if (!personas.has(row.personaName)) say(`its persona ${row.personaName} is not there`);
    const runs = own("runs").filter(({ conversationId }) => conversationId === id);
    checkConversation(row, pages.get(id) ?? [], runs, { say, isTitled: titled.has(id) });
  }
  return faults;
}

/** What is wrong with the files to which messages refer. */
function faultsOfFiles(records, own) {
  const faults = [];
  const [byConversation, byFile] = [new Map(), new Map()];
  const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  for (const { conversationId, messages } of own("pages")) {
    for (const { attachment } of messages.flatMap((message) => message?.parts ?? [])) {
      if (attachment === undefined) continue;
      add(byConversation, `${conversationId} ${attachment}`);
      add(byFile, attachment);
    }
  }
  const counted = new Map(own("references").map(({ conversationId, fileId, count }) => [`${conversationId} ${fileId}`, count]));
  const same = (one, other) => one.size === other.size && [...one].every(([key, count]) => other.get(key) === count);
  if (!same(byConversation, counted)) faults.push(`references: ${counted.size} rows, and messages refer to ${byConversation.size} files`);
  const files = own("files");
  if (!same(byFile, new Map(files.map(({ id, references }) => [id, references])))) faults.push(`files: ${files.length} rows that are not counted as messages refer to them`);
  const bytes = new Map();
  for (const { upload, size } of own("chunks")) bytes.set(upload, (bytes.get(upload) ?? 0) + size);
  for (const { id, content } of files) {
    if (content && (bytes.get(content.upload) ?? 0) !== content.size) faults.push(`file ${id}: ${bytes.get(content.upload)} of ${content.size} bytes`);
  }
  const known = new Set([...files.map(({ content }) => content?.upload), ...own("uploads").map(({ id }) => id)]);
  for (const upload of bytes.keys()) if (!known.has(upload)) faults.push(`chunks: bytes of ${upload}, which is nothing`);
  return faults;
}

/** The messages of a conversation in the order of its log. */
export const logOf = (records, id) =>
  records.pages
    .filter(({ conversationId }) => conversationId === id)
    .sort((one, other) => one.firstSeq - other.firstSeq)
    .flatMap(({ messages }) => messages.filter((message) => message !== null));

function checkConversation(row, pages, stored, { say, isTitled }) {
  pages.sort((one, other) => one.firstSeq - other.firstSeq);
  const places = new Map();
  let next = 0;
  let deleted = 0;
  const runs = [];
  for (const { firstSeq, messages } of pages) {
    if (firstSeq !== next) say(`a page begins at ${firstSeq} instead of ${next}`);
    if (messages.length === 0) say(`the page at ${firstSeq} is empty`);
    for (const message of messages) {
      // In the place of one that was deleted.
      if (message === null) {
        if (!runs.at(-1)?.endsWith("deleted ")) runs.push(`${next} deleted `);
        deleted += 1;
        next += 1;
        continue;
      }
      const { id, seq, parentId, conversationId } = message;
      if (seq !== next) say(`a message has seq ${seq} instead of ${next}`);
      if (conversationId !== row.id) say(`message ${seq} says it belongs to ${conversationId}`);
      if (places.has(id)) say(`message ${id} is there twice`);
      if (parentId !== undefined && !places.has(parentId)) say(`message ${seq} follows ${parentId}, which is not before it`);
      const parent = parentId === undefined ? -1 : places.get(parentId);
      // The first message of a run is named, but for that of the log.
      if (next === 0 || parent !== next - 1) runs.push(`${next} ${parent < 0 ? "root" : parent} ${next === 0 ? "" : id}`);
      places.set(id, next);
      next += 1;
    }
  }
  const messages = pages.flatMap((page) => page.messages.filter((message) => message !== null));
  const { messageCount, headId, title, updatedAt, createdAt, log } = row;
  if (messageCount !== next - deleted) say(`messageCount is ${messageCount}, there are ${next - deleted} messages`);
  if (log.deleted !== deleted) say(`${deleted} messages were deleted, the log says ${log.deleted}`);
  if (log.end !== next) say(`the log ends at ${log.end} instead of ${next}`);
  if (next === deleted ? headId !== undefined : !places.has(headId)) say(`its head ${headId} is not there`);
  else if (next > deleted && places.get(headId) !== log.headSeq) say(`headSeq is ${log.headSeq}, the head is at ${places.get(headId)}`);
  const expected = runs.length > 1 || runs[0] === "0 deleted " ? runs : [];
  const rows = stored.sort((one, other) => one.firstSeq - other.firstSeq);
  const found = rows.flatMap((row) => row.runs.split(";").map((run, at) => `${run} ${row.ids[at]}`));
  if (`${found}` !== `${expected}`) say(`its runs are ${found} instead of ${expected}`);
  if (log.runs !== expected.length) say(`the log says that it has ${log.runs} runs instead of ${expected.length}`);
  const starts = new Set([0, next, ...pages.map(({ firstSeq }) => firstSeq)]);
  if (!starts.has(log.smallFrom)) say(`no page begins at smallFrom ${log.smallFrom}`);
  if (log.revision < 1 + next) say(`revision ${log.revision} is less than its ${next} messages and its creation`);
  if (!isTitled && title !== titleFrom(messages)) say(`the title is ${JSON.stringify(title)} instead of ${titleFrom(messages)}`);
  if (messages.some((message) => message.createdAt > updatedAt) || createdAt > updatedAt) say(`updatedAt ${updatedAt} is too early`);
}

/** Texts of a fault run are ASCII, so a code point is a letter. */
function titleFrom(messages) {
  const words = messages.find(({ role, content }) => role === "user" && content.trim() !== "")?.content.trimStart();
  if (words === undefined) return UNTITLED;
  return words.length > 50 ? `${words.slice(0, 50)}...` : words;
}
