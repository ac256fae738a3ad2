import { useEffect } from "react";
import { useMemory } from "conversation-memory/react";
import { ActionBarPrimitive, AttachmentPrimitive, AuiIf, BranchPickerPrimitive, ComposerPrimitive, ErrorPrimitive, MessagePrimitive, ThreadPrimitive, useAuiState } from "@assistant-ui/react";

/** Makes the branch that is looked at the active one, so that searches and the next page find it. */
function useRememberedBranch() {
  const { memory } = useMemory();
  const id = useAuiState(({ threadListItem }) => threadListItem.remoteId);
  const last = useAuiState(({ thread }) => (thread.isRunning ? undefined : thread.messages.at(-1)?.id));
  useEffect(() => {
    if (id && last) memory?.switchBranch(id, last).catch(() => {}); // one that is not stored yet will be the active one
  }, [memory, id, last]);
}

/** The thread that is shown, of assistant-ui's own parts. */
export function Thread({ onMenu }: { onMenu: (isOpen: boolean) => void }) {
  useRememberedBranch();
  const title = useAuiState(({ threadListItem }) => threadListItem.title);
  return (
    <ThreadPrimitive.Root className="main" onClick={() => onMenu(false)}>
      <header className="bar">
        <button type="button" className="menu" onClick={(event) => (event.stopPropagation(), onMenu(true))}>Chats</button>
        <h2>{title ?? "New chat"}</h2>
      </header>
      <ThreadPrimitive.Viewport className="thread">
        <AuiIf condition={({ thread }) => thread.isEmpty && !thread.isLoading}>
          <div className="empty">
            <h2>Ask something</h2>
            <p className="quiet">Whatever is said here is still there after a reload.</p>
          </div>
        </AuiIf>
        <div className="messages">
          <ThreadPrimitive.Messages components={{ UserMessage, AssistantMessage, EditComposer }} />
        </div>
      </ThreadPrimitive.Viewport>
      <ComposerPrimitive.Root className="ask">
        <div className="chosen"><ComposerPrimitive.Attachments>{() => <Chosen />}</ComposerPrimitive.Attachments></div>
        <div className="row">
          <ComposerPrimitive.AddAttachment>Picture</ComposerPrimitive.AddAttachment>
          <ComposerPrimitive.Input rows={1} placeholder="Message" aria-label="Message" />
          <AuiIf condition={({ thread }) => !thread.isRunning}><ComposerPrimitive.Send className="primary">Ask</ComposerPrimitive.Send></AuiIf>
          <AuiIf condition={({ thread }) => thread.isRunning}><ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel></AuiIf>
        </div>
      </ComposerPrimitive.Root>
    </ThreadPrimitive.Root>
  );
}

function UserMessage() {
  return (
    <MessagePrimitive.Root className="message user">
      <MessagePrimitive.Attachments>
        {({ attachment: { id, name, content } }) => {
          const picture = content?.find((part) => part.type === "image");
          return picture ? <img key={id} src={picture.image} alt={name} /> : <p key={id} className="quiet">{name}</p>;
        }}
      </MessagePrimitive.Attachments>
      <div className="text"><MessagePrimitive.Parts /></div>
      <ActionBarPrimitive.Root className="actions">
        <Branches />
        <ActionBarPrimitive.Edit>Edit</ActionBarPrimitive.Edit>
      </ActionBarPrimitive.Root>
    </MessagePrimitive.Root>
  );
}

function AssistantMessage() {
  return (
    <MessagePrimitive.Root className="message assistant">
      <div className="text"><MessagePrimitive.Parts /></div>
      <MessagePrimitive.Error>
        <ErrorPrimitive.Root className="problem"><ErrorPrimitive.Message /></ErrorPrimitive.Root>
      </MessagePrimitive.Error>
      <ActionBarPrimitive.Root className="actions" hideWhenRunning>
        <Branches />
        <ActionBarPrimitive.Reload>Again</ActionBarPrimitive.Reload>
      </ActionBarPrimitive.Root>
    </MessagePrimitive.Root>
  );
}

function Branches() {
  return (
    <BranchPickerPrimitive.Root hideWhenSingleBranch className="branches">
      <BranchPickerPrimitive.Previous aria-label="Previous version">‹</BranchPickerPrimitive.Previous>
      <span><BranchPickerPrimitive.Number /> / <BranchPickerPrimitive.Count /></span>
      <BranchPickerPrimitive.Next aria-label="Next version">›</BranchPickerPrimitive.Next>
    </BranchPickerPrimitive.Root>
  );
}

function EditComposer() {
  return (
    <MessagePrimitive.Root className="message user">
      <ComposerPrimitive.Root className="edit">
        <ComposerPrimitive.Input rows={3} aria-label="The question in other words" />
        <div>
          <ComposerPrimitive.Cancel>Cancel</ComposerPrimitive.Cancel>
          <ComposerPrimitive.Send className="primary">Ask</ComposerPrimitive.Send>
        </div>
      </ComposerPrimitive.Root>
    </MessagePrimitive.Root>
  );
}

function Chosen() {
  return (
    <AttachmentPrimitive.Root>
      <AttachmentPrimitive.Name /> <AttachmentPrimitive.Remove>×</AttachmentPrimitive.Remove>
    </AttachmentPrimitive.Root>
  );
}
