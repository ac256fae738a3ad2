//! What a prompt is made of.

use super::{
    Call, Ledger,
    log::{leading_to, position},
    past::{Asked, earlier, results},
    recall::revision_of,
    rows::{ConversationKey, persona_of_all},
};
use crate::{
    error::Result,
    ledger::Selection,
    records::{Message, PastResult, Persona, record::Stored},
    store::{Range, Table},
};

/// A message that was recalled, and where it is.
#[derive(Clone)]
pub struct RecalledMessage<T> {
    /// Its conversation.
    pub conversation_id: String,
    /// Its position there, …
    pub seq: u64,
    /// … at this revision of the conversation …
    pub revision: u64,
    /// … and with the words of this one.
    pub reworded: u64,
    /// What is made of it.
    pub snippet: T,
}

/// The question, where one was named, and the messages that lead to it; otherwise the newest of the active branch.
pub struct Leading {
    /// The message that asks.
    pub question: Option<Stored<Message>>,
    /// In chronological order.
    pub messages: Vec<Stored<Message>>,
}

impl Ledger {
    /// What is made of a persona, of the newest messages, and of earlier answers about what is asked. Without a question they
    /// are those of the active branch, and the persona is the conversation's; with one they are what leads to the question,
    /// wherever it stands, and the persona is the one that was asked. Of what was recalled of the same conversation only what leads to
    /// the question is left.
    pub fn with_material<T: 'static, S: Clone + 'static>(
        &self,
        user_id: &str,
        id: &str,
        (newest, recalled): (u32, u32),
        asked: Asked,
        (question, recollections): (Option<String>, Vec<RecalledMessage<S>>),
        make: impl Fn(Option<Persona>, Leading, (Vec<PastResult>, Vec<S>)) -> Result<Stored<T>> + 'static,
    ) -> Call<T> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        const TABLES: &[Table] = &[Table::Conversations, Table::Pages, Table::Runs, Table::Segments, Table::Personas];
        self.read(TABLES, move |tx| {
            for one in recollections.iter().filter(|one| one.conversation_id != key.id) {
                tx.prefetch(Table::Conversations, Range::of(&[&key.user_id, &one.conversation_id]));
            }
            // All of them, because which one it is only the row will tell.
            tx.prefetch(Table::Personas, Range::of(&[&key.user_id]));
            if recalled > 0 {
                ledger.expect_results(tx, &key, &asked, recalled as usize);
            }
            let selection = Selection::Newest(newest.saturating_add(u32::from(question.is_some())));
            let (row, mut messages) = ledger.select(tx, &key, selection)?;
            let mut persona_name = row.conversation.persona_name.clone();
            let mut asking = None;
            if let Some(id) = &question {
                asking = match earlier(&row, Some(id)) {
                    // It is the newest message.
                    None => messages.pop(),
                    Some(id) => {
                        let (question, leading) = leading_to(tx, &key, &row, id, newest)?;
                        messages = leading;
                        Some(question)
                    }
                };
                let asked = asking.as_ref().and_then(|question| question.value().get("metadata").get("persona").text());
                persona_name = asked.unwrap_or(persona_name);
            }
            let mut persona = persona_of_all(tx, &key.user_id, &persona_name)?;
            if persona.is_none() {
                persona = persona_of_all(tx, &key.user_id, &row.conversation.persona_name)?;
            }
            let mut results_found = Vec::new();
            if recalled > 0 {
                let past = ledger.past(tx, &key, &row, question.as_deref())?;
                let ranked = past.rank(&asked.entities(&past), recalled as usize);
                results_found = results(tx, &key, &row.log, &ranked)?;
            }
            let leading = match &asking {
                Some(question) => row.runs(tx)?.parent(position(question)?),
                None => row.head_seq(),
            };
            let branch = row.runs(tx)?.branch(leading).all();
            let mut recalled = Vec::new();
            for one in &recollections {
                let is_there = if one.conversation_id == key.id {
                    // The question may have been added since.
                    one.reworded == row.log.reworded && branch.contains(one.seq)
                } else {
                    let other = ConversationKey::of(&key.user_id, &one.conversation_id);
                    let other = tx.list(Table::Conversations, Range::of(&other.parts()))?.pop();
                    other.is_some_and(|other| revision_of(&other) == one.revision)
                };
                if is_there {
                    recalled.push(one.snippet.clone());
                }
            }
            ledger.remember(tx, &row);
            Ok(make(persona, Leading { question: asking, messages }, (results_found, recalled))?)
        })
    }
}
