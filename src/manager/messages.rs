//! Messages and branches.

use std::rc::Rc;

use super::ConversationManager;
use crate::{
    error::{Error, Result},
    ledger::{Argument, Call, NewEntry, Selection},
    records::{
        Conversation, Cursor, DEFAULT_PERSONA, Message, MessageChange, MessagePosition, MessageStatus, Metadata,
        NewMessage, Page, Thread, ThreadSelection, Timestamp, Tree, Upload, limits,
    },
};

impl ConversationManager {
    /// Adds a message at the end of the active branch, or after its `parent_id`, which begins a new branch and makes it
    /// the active one. Moves `updatedAt`; the first user message names an untitled conversation.
    ///
    /// A message that has an id of the application's and is there already is not added again.
    ///
    /// Fails with `not-found` (conversation or parent) or `invalid-input` (too large; neither content nor parts, or content
    /// that is not what the parts say; an id that another message has).
    pub fn add_message(&self, conversation_id: &str, message: NewMessage) -> Call<Message> {
        let added = self.add_messages_with_files(conversation_id, vec![message], Vec::new(), |_| Argument::Message);
        added.map(|added| added.items().remove(0))
    }

    /// Adds several messages in their order, all or none. Without a `parent_id` a message follows the one before it.
    pub fn add_messages(&self, conversation_id: &str, messages: Vec<NewMessage>) -> Call<Vec<Message>> {
        self.add_messages_with_files(conversation_id, messages, Vec::new(), Argument::Messages)
    }

    /// The same of messages whose files were uploaded for them: these become files with the messages, or are removed where the
    /// same bytes are there. `argument` says what errors call a message by its place.
    pub fn add_messages_with_files(
        &self,
        conversation_id: &str,
        messages: Vec<NewMessage>,
        uploads: Vec<Upload>,
        argument: fn(usize) -> Argument,
    ) -> Call<Vec<Message>> {
        Call::checked(|| {
            // One look at the clock: the conversation is updated when its newest message is created.
            let at = self.now();
            let entries = messages.into_iter().enumerate();
            let entries = entries.map(|(index, message)| self.entry(argument(index), message, at));
            let entries = entries.collect::<Result<_>>()?;
            Ok(self.ledger.append_with_files(&self.user_id, conversation_id, entries, uploads, at))
        })
    }

    /// A message to add that is within the limits.
    fn entry(&self, argument: Argument, mut message: NewMessage, at: Timestamp) -> Result<NewEntry> {
        let content = limits::check_message(&argument.name(), &mut message)?;
        Ok(NewEntry {
            argument,
            is_given: message.id.is_some(),
            id: message.id.unwrap_or_else(|| self.environment.new_id()),
            role: message.role,
            author: message.author,
            content,
            parts: message.parts,
            metadata: message.metadata,
            parent: message.parent_id,
            status: message.status.unwrap_or(MessageStatus::Complete),
            created_at: message.created_at.unwrap_or(at),
            keep_head: false,
        })
    }

    /// Messages of the active branch in chronological order, the page counted from the oldest.
    pub fn get_messages(&self, conversation_id: &str, page: Page) -> Call<Vec<Message>> {
        self.ledger.messages(&self.user_id, conversation_id, Selection::Page(page))
    }

    /// The newest messages of the active branch in chronological order.
    pub fn get_recent_messages(&self, conversation_id: &str, count: u32) -> Call<Vec<Message>> {
        self.ledger.messages(&self.user_id, conversation_id, Selection::Newest(count))
    }

    /// A screen of the active branch: its newest messages, or those before or behind a cursor that another screen gave; each
    /// with its alternatives, and with them the answer that is arriving. Fails with `not-found` (conversation, or the message
    /// of the cursor), or with `invalid-input` when a text is no cursor or both are given.
    pub fn get_thread(
        &self,
        conversation_id: &str,
        before: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Call<Thread> {
        let position = |argument: &str, text: &str| {
            MessagePosition::parse(text).ok_or_else(|| Error::invalid(argument, "a cursor that getThread gave"))
        };
        Call::checked(|| {
            let from = match (before, after) {
                (None, None) => Cursor::Newest,
                (Some(before), None) => Cursor::Before(position("before", before)?),
                (None, Some(after)) => Cursor::After(position("after", after)?),
                (Some(_), Some(_)) => return Err(Error::invalid("after", "left out where before is given")),
            };
            Ok(self.ledger.thread(&self.user_id, conversation_id, ThreadSelection { from, limit }))
        })
    }

    /// Every message of every branch, parents before their children. Fails with `not-found`.
    pub fn get_tree(&self, conversation_id: &str) -> Call<Tree> {
        self.ledger.tree(&self.user_id, conversation_id)
    }

    /// Replaces the metadata of a message. Fails with `not-found` or `invalid-input` (too large).
    pub fn update_message_metadata(
        &self,
        conversation_id: &str,
        message_id: &str,
        metadata: Metadata,
    ) -> Call<Message> {
        Call::checked(|| {
            limits::check_metadata("metadata", &metadata)?;
            Ok(self.ledger.set_metadata(&self.user_id, conversation_id, message_id, metadata))
        })
    }

    /// Changes what is named of a message: its content, parts, metadata or status. Fails with `not-found` or `invalid-input`
    /// (too large; content that is not what the parts say; the status "queued").
    pub fn update_message(&self, conversation_id: &str, message_id: &str, change: MessageChange) -> Call<Message> {
        self.update_message_with_files(conversation_id, message_id, change, Vec::new())
    }

    /// The same of a message whose new files were uploaded for it.
    pub fn update_message_with_files(
        &self,
        conversation_id: &str,
        message_id: &str,
        change: MessageChange,
        uploads: Vec<Upload>,
    ) -> Call<Message> {
        Call::checked(|| {
            let mut change = change;
            if let Some(parts) = &change.parts {
                limits::check_parts("change.parts", parts)?;
            }
            if change.content.is_some() || change.parts.is_some() {
                change.content = Some(limits::content_of("change", change.content, change.parts.as_ref())?);
            }
            if let Some(metadata) = &change.metadata {
                limits::check_metadata("change.metadata", metadata)?;
            }
            limits::check_status("change.status", change.status)?;
            Ok(self.ledger.update_with_files(&self.user_id, conversation_id, message_id, change, uploads, self.now()))
        })
    }

    /// Removes a message, of whatever branch, and nothing that names it stays: what followed it follows its parent; where it
    /// was the head, the newest message that continues its parent becomes it; a conversation that was named after it is named
    /// after the first user message that is left; a turn that was to answer it is over. False when there was none. Fails with
    /// `not-found` when there is no such conversation.
    pub fn delete_message(&self, conversation_id: &str, message_id: &str) -> Call<bool> {
        self.ledger.delete_message(&self.user_id, conversation_id, message_id)
    }

    /// The alternatives at this point: the message and its siblings, the oldest first. Fails with `not-found`.
    pub fn list_branches(&self, conversation_id: &str, message_id: &str) -> Call<Vec<Message>> {
        self.ledger.branches(&self.user_id, conversation_id, message_id)
    }

    /// Makes the branch through this message the active one, up to its newest continuation. The conversation keeps its
    /// place in the list. Fails with `not-found`.
    pub fn switch_branch(&self, conversation_id: &str, message_id: &str) -> Call<Conversation> {
        self.ledger.switch_branch(&self.user_id, conversation_id, message_id)
    }

    /// A new conversation with copies of the messages up to and including this one, of the same persona and title. Fails
    /// with `not-found`.
    pub fn fork_conversation(&self, conversation_id: &str, message_id: &str) -> Call<Conversation> {
        let id = self.environment.new_id();
        let at = self.now();
        let conversation = Conversation::new(id, &self.user_id, DEFAULT_PERSONA, None, at);
        let environment = Rc::clone(&self.environment);
        let new_id = move || environment.new_id();
        self.ledger.fork(&self.user_id, conversation_id, message_id, conversation, new_id)
    }
}
