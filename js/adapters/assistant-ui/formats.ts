// Messages of runtimes that keep their own kind, such as the AI SDK's: what a format makes of them is stored.

import type { GenericThreadHistoryAdapter, MessageFormatAdapter, MessageFormatItem, MessageFormatRepository } from "@assistant-ui/react";
import type { UIMessage } from "ai";
import type { Role } from "../../core/core.js";
import type { Message, NewMessage } from "../../manager/records.js";
import { toNewMessage, toUIMessage } from "../ai-sdk/ui-messages.js";
import { plain } from "../json.js";
import type { Fields } from "./files.js";
import { deleteMessages, rememberStored, storeMessage, updateMessage, type ThreadAccess } from "./store.js";

/** Where the memory keeps what a format has made of a message besides its role and its parts. */
const FORMATTED = "assistantUiFormat";

interface Kept {
  format: string;
  content: Fields;
}

export function formatted<M, S extends Record<string, unknown>>(access: ThreadAccess, format: MessageFormatAdapter<M, S>): GenericThreadHistoryAdapter<M> {
  return {
    load: async () => {
      const id = access.known();
      if (id === undefined) return { messages: [] };
      const { headId, messages } = await access.manager.getTree(id);
      rememberStored(access.manager, id, messages);
      const decoded = await Promise.all(messages.map((message: Message) => fromStored(access, format, message)));
      const known = decoded.filter((item): item is MessageFormatItem<M> => item !== undefined);
      const head = known.some(({ message }) => format.getId(message) === headId) ? { headId: headId ?? null } : {};
      return { ...head, messages: known } satisfies MessageFormatRepository<M>;
    },
    append: async (item) => storeMessage(access, toStored(format, item)),
    update: async (item) => void (await updateMessage(access, toStored(format, item))),
    delete: (items) => deleteMessages(access, items.map(({ message }) => format.getId(message))),
  };
}

function toStored<M, S extends Record<string, unknown>>(format: MessageFormatAdapter<M, S>, item: MessageFormatItem<M>): NewMessage & { id: string } {
  const id = format.getId(item.message);
  const encoded: Fields = plain(format.encode(item));
  const { role, parts, ...rest } = encoded;
  const isOfParts = isRole(role) && Array.isArray(parts);
  const kept: Kept = { format: format.format, content: isOfParts ? rest : encoded };
  const fields = isOfParts ? toNewMessage({ id, role, parts } as UIMessage) : { id, role: roleOf(encoded), content: textOf(encoded) };
  return { ...fields, parentId: item.parentId, metadata: { [FORMATTED]: kept } as never };
}

/** undefined for a message of another format. What the agent has stored is read as messages of the AI SDK are. */
async function fromStored<M, S extends Record<string, unknown>>({ manager }: ThreadAccess, format: MessageFormatAdapter<M, S>, message: Message): Promise<MessageFormatItem<M> | undefined> {
  const { id, parentId = null } = message;
  const kept = message.metadata[FORMATTED] as unknown as Kept | undefined;
  const decode = (content: Fields) => format.decode({ id, parent_id: parentId, format: format.format, content: content as S });
  if (kept === undefined ? !format.format.startsWith("ai-sdk") : kept.format !== format.format) return undefined;
  if (kept !== undefined && message.parts === undefined) return decode(kept.content);
  const { role, parts, metadata } = await toUIMessage(manager, message);
  return decode({ role, parts, ...(kept ? kept.content : metadata !== undefined && { metadata }) });
}

const ROLES = ["user", "assistant", "system"];
const isRole = (role: unknown): role is Exclude<Role, "tool"> => ROLES.includes(role as string);

/** Of a message whose format names it otherwise. */
function roleOf({ role, type }: Fields): Role {
  if (isRole(role)) return role;
  return role === "human" || type === "human" ? "user" : "assistant";
}

const textOf = ({ content }: Fields): string => (typeof content === "string" ? content : "");
