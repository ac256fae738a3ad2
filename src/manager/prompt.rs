//! Prompts: what is said in the conversation, and what is recalled.

use super::ConversationManager;
use crate::{
    context::{self, Recollection, Snippet},
    error::{Error, Result},
    ledger::{Asked, Call, Leading, RecalledMessage},
    recall::rank::{Options, Query},
    records::{
        HistoryMessage, PastResult, Persona, Prompt, PromptLimits, PromptTurn, RecallScope, Role, limits,
        record::{Stored, read_field},
    },
};

/// So many more messages are recalled than are quoted: the history may hold some of them.
const SPARE_MESSAGES: usize = 16;

impl ConversationManager {
    /// The prompt for a question within a budget of tokens, and an account of what went in, what did not, and why.
    ///
    /// Considered are the newest `max_messages` of the active branch, or of what leads to the question of a turn, and earlier answers about entities that the query mentions (or what the turn has found). `count` says how many tokens
    /// a text takes; an estimate that errs high when nobody knows better.
    ///
    /// Fails with `not-found`, or with `invalid-input` when the query is blank and its message has no files, or does not fit with the persona's system prompt
    /// alone.
    pub async fn build_prompt(
        &self,
        conversation_id: &str,
        query: &str,
        limits: PromptLimits,
        turn: PromptTurn,
        count: impl Fn(&str) -> Result<u32> + 'static,
    ) -> Result<Prompt> {
        self.prompt(conversation_id, query, limits, turn, count).await?.await
    }

    /// The same as a call that is still to be run: what is recalled by what it says was found before.
    pub(crate) async fn prompt(
        &self,
        conversation_id: &str,
        query: &str,
        limits: PromptLimits,
        turn: PromptTurn,
        count: impl Fn(&str) -> Result<u32> + 'static,
    ) -> Result<Call<Prompt>> {
        // A stored question may ask by its files alone.
        if query.trim().is_empty() && turn.question_id.is_none() {
            return Err(Error::invalid("query", "a question: servers refuse an empty one"));
        }
        let recalled = match &turn.data {
            None => self.recollections(conversation_id, query, limits).await,
            Some(_) => Vec::new(),
        };
        let PromptLimits { max_tokens, max_messages, recall_limit, .. } = limits;
        let given = turn.data.as_ref().map(Snippet::all_in);
        // The context string has its own number of messages.
        let read = (max_messages.max(10), if given.is_some() { 0 } else { recall_limit });
        let query = query.to_owned();
        let asked = turn.entities.map_or_else(|| Asked::Mentions(query.clone()), Asked::About);
        let media_types = turn.media_types.unwrap_or_default();
        let make = move |persona: Option<Persona>,
                         leading: Leading,
                         (results, recalled): (Vec<PastResult>, Vec<Snippet>)| {
            let question = HistoryMessage::read_all(leading.question.as_slice())?.pop();
            let messages = HistoryMessage::read_all(&leading.messages)?;
            let newest = |count: usize| messages.get(messages.len().saturating_sub(count)..).unwrap_or_default();
            let history = newest(max_messages as usize);
            let system = persona.map_or_else(String::new, |persona| persona.system_prompt);
            let found = given.clone().unwrap_or_else(|| results.into_iter().map(Into::into).chain(recalled).collect());
            let recall_limit = recall_limit as usize;
            let (question, media_types) = (question.as_ref(), media_types.as_slice());
            let (system, found, query) = (&*system, &*found, &*query);
            let material = context::PromptInput { system, history, found, recall_limit, query, question, media_types };
            let mut prompt = context::build(material, max_tokens, &count)?;
            prompt.context = context::transcript(&messages, 10, 200);
            Ok(Stored::new(&prompt))
        };
        let (user_id, question) = (&self.user_id, turn.question_id);
        Ok(self.ledger.with_material(user_id, conversation_id, read, asked, (question, recalled), make))
    }

    /// What was said before that answers a question: in this conversation, where it is longer than the history, or everywhere, as it is
    /// asked for. Nothing when that cannot be read: it is no reason not to ask.
    async fn recollections(&self, id: &str, query: &str, limits: PromptLimits) -> Vec<RecalledMessage<Snippet>> {
        let PromptLimits { max_messages, recall_limit, recall_scope, .. } = limits;
        let is_long = async || match self.ledger.length_hint(&self.user_id, id) {
            Some(length) => length > u64::from(max_messages),
            None => self.get_conversation(id).await.is_ok_and(|conversation| {
                conversation.is_some_and(|conversation| conversation.message_count > u64::from(max_messages))
            }),
        };
        let scope = match recall_scope {
            Some(RecallScope::User) if recall_limit > 0 => None,
            Some(RecallScope::Conversation) if recall_limit > 0 && is_long().await => Some(id),
            _ => return Vec::new(),
        };
        let question = Query::of(&super::recall::ends_of(query));
        let options = Options {
            limit: (recall_limit as usize).saturating_add(SPARE_MESSAGES).min(limits::RECALLED),
            roles: &[Role::User, Role::Assistant],
            ..Default::default()
        };
        let found = self.find((query, &question), &options, scope).await;
        let Ok((answer, found)) = found else { return Vec::new() };
        let mut recalled = Vec::new();
        for (_, message, indexed) in found {
            let value = message.value();
            let text = |field| read_field::<String>(value, field).unwrap_or_default();
            let (content, seq) = (text("content"), read_field(value, "seq"));
            if only_asks(&content) {
                continue;
            }
            let matched = answer.matches(limits::indexed(&content)).words;
            let (Ok(seq), Ok(created_at), false) = (seq, read_field(value, "createdAt"), matched.is_empty()) else {
                continue;
            };
            let author = value.get("author").text().unwrap_or_else(|| text("role"));
            let title = (indexed.id != id).then(|| indexed.title.clone());
            let recollection = Recollection { message_id: text("id"), title, created_at, author, content, matched };
            let (conversation_id, snippet) = (indexed.id.clone(), Snippet::Message(Box::new(recollection)));
            let revisions = (indexed.log.revision, indexed.log.reworded);
            recalled.push(RecalledMessage { conversation_id, seq, revisions, snippet });
        }
        recalled
    }
}

/// Whether a text is one question and nothing else: it says nothing that helps with an answer.
fn only_asks(text: &str) -> bool {
    let question = text.trim_end().strip_suffix(['?', '？', '؟']);
    question.is_some_and(|question| !question.contains(['.', '!', '?', '。', '！', '？', '؟', '\n']))
}

#[cfg(test)]
mod tests {
    use super::only_asks;

    #[test]
    fn a_question_alone_says_nothing() {
        for text in ["How healthy is education?", "教育の状況は？ ", "أين تعيش؟"] {
            assert!(only_asks(text), "{text}");
        }
        for text in ["Ida moved to Oslo. Did you know?", "Oslo", "", "My key is 7\nright?"] {
            assert!(!only_asks(text), "{text}");
        }
    }
}
