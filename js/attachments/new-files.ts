// Messages whose parts bring files: all of it is checked, then the files are stored, and last the messages with what refers
// to them.

import type { BegunTurn, Core, Message, MessageChange, NewMessage, Part, TurnRequest, Upload } from "../core/core.js";
import type { GivenChange, GivenMessage } from "../validation/arguments.js";
import type { GivenPart, NewFilePart } from "../validation/file-part.js";
import type { Uploads } from "./uploads.js";

/** What may have parts, of which some are files to store. */
type Given = GivenMessage | GivenChange;

/** The same with all of its files stored. */
type WithStoredFiles<G extends Given> = G extends GivenMessage ? NewMessage : MessageChange;

/** What is asked, with files that are not stored yet. */
export type GivenQuestion = Omit<TurnRequest, "content" | "parts" | "uploads"> & { parts: GivenPart[] };

/** Stands for the id of a file that is not stored yet. */
const ANY_ID = "0".repeat(64);

const isFile = (part: GivenPart): part is NewFilePart => part.type === "file" && "blob" in part;

/** Whether any of these brings a file. */
export function bringFiles(given: readonly Given[]): boolean {
  return given.some(({ parts }) => parts?.some(isFile));
}

/** The same where none brings a file. */
export function asStored<G extends Given>(given: G): WithStoredFiles<G> {
  return given as unknown as WithStoredFiles<G>;
}

/** Adds messages with their files. Errors name the only one as `message`, and several by their place among `messages`. */
export async function storeMessages(core: Core, uploads: Uploads, conversationId: string, given: GivenMessage[], argument: "message" | "messages"): Promise<Message[]> {
  const argumentOf = (index: number) => (argument === "message" ? argument : `messages[${index}]`);
  for (const [index, each] of given.entries()) await check(core, argumentOf(index), each);
  await checkConversation(core, conversationId);
  const stored: Upload[] = [];
  const messages: NewMessage[] = [];
  for (const [index, each] of given.entries()) messages.push(await withFilesStored(uploads, blobOf(argumentOf(index)), each, stored));
  return core.addMessages(conversationId, messages, stored, argument === "message");
}

/** Changes a message and stores its new files. */
export async function storeChange(core: Core, uploads: Uploads, [conversationId, messageId]: [string, string], given: GivenChange): Promise<Message> {
  await check(core, "change", { ...given, role: "user", status: undefined });
  await checkConversation(core, conversationId);
  const stored: Upload[] = [];
  const change = await withFilesStored(uploads, blobOf("change"), given, stored);
  return core.updateMessage(conversationId, messageId, change, stored);
}

/** Begins a turn whose question brings files, which errors name as `files`. */
export async function storeQuestion(core: Core, uploads: Uploads, conversationId: string, { parts, ...request }: GivenQuestion): Promise<BegunTurn> {
  const given = { role: "user", parts } as GivenMessage;
  await check(core, "query", given);
  if (request.creates !== true) await checkConversation(core, conversationId);
  const stored: Upload[] = [];
  const texts = parts.findIndex(isFile);
  const question = await withFilesStored(uploads, (index) => `files[${index - texts}]`, given, stored);
  return core.ask(conversationId, { ...request, parts: question.parts, uploads: stored });
}

/** Refuses what could not be stored before any byte is. */
async function check(core: Core, argument: string, given: GivenMessage): Promise<void> {
  const parts = given.parts?.map((part) => (isFile(part) ? reference(part, ANY_ID) : part));
  await core.checkMessage(argument, { ...given, parts } as NewMessage);
}

/** Rejects with `not-found` when it is not there: adding nothing writes nothing. */
async function checkConversation(core: Core, conversationId: string): Promise<void> {
  await core.addMessages(conversationId, []);
}

/** What the files of a message are called in errors. */
const blobOf = (argument: string) => (index: number) => `${argument}.parts[${index}].blob`;

/** Stores the files of a message, and gives it as it is to be stored; what was stored is added to `stored`. */
async function withFilesStored<G extends Given>(uploads: Uploads, argumentOf: (index: number) => string, given: G, stored: Upload[]): Promise<WithStoredFiles<G>> {
  const parts: Part[] = [];
  for (const [index, part] of (given.parts ?? []).entries()) {
    if (!isFile(part)) {
      parts.push(part);
      continue;
    }
    const upload = await uploads.add(argumentOf(index), part.blob, part.mediaType);
    stored.push(upload);
    parts.push(reference(part, upload.id));
  }
  return { ...given, parts: given.parts && parts } as unknown as WithStoredFiles<G>;
}

/** The part as it is stored: all that was given, and the file by its id. */
function reference({ blob, type, name, mediaType, ...others }: NewFilePart, attachment: string): Part {
  return { type, ...others, attachment, ...(name !== undefined && { name }), mediaType, size: blob.size } as Part;
}
