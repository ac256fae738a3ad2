//! Prompts: what is said in the conversation, and what is recalled.

use super::ConversationManager;
use crate::{
    context::{self, Recollection, Snippet},
    error::{Error, Result},
    ledger::{Asked, Call, IndexedConversation, Leading, RecalledMessage},
    recall::rank::{Options, Query},
    records::{
        HistoryMessage, MessageStatus, PastResult, Persona, Prompt, PromptLimits, PromptTurn, RecallScope, Role,
        limits,
        record::{Stored, read_field},
    },
    text::fold,
    value::Value,
};

/// So many more messages are recalled than are quoted: the history may hold some of them.
const SPARE_MESSAGES: usize = 16;

/// A message without a word of the question is quoted when it scores at least so much of what the best one does: it was found by
/// what it answers or stands beside, by its author, its date or its meaning.
const ENOUGH: f32 = 0.5;

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
        let Ok((answer, found)) = self.find((query, &question), &options, scope).await else { return Vec::new() };
        let best = found.first().map_or(0.0, |(hit, ..)| hit.score);
        let mut recalled = Vec::new();
        for (hit, message, indexed) in found {
            let content: String = read_field(message.value(), "content").unwrap_or_default();
            let matched = answer.matches(limits::indexed(&content)).words;
            // What answers a question may have no word of it.
            if !only_asks(&content) && (!matched.is_empty() || hit.score >= best * ENOUGH) {
                recalled.extend(quotable(message.value(), &indexed, id, matched));
            }
        }
        if scope.is_some() {
            return recalled;
        }
        let known = self.index.names();
        let mentioned = known.names.mentioned_in(&fold(&super::recall::ends_of(query)));
        let mentioned: Vec<String> =
            mentioned.into_iter().filter_map(|index| known.spellings.get(index).cloned()).collect();
        let answers = self.answers_about(&mentioned, Some(id), recall_limit as usize).await.unwrap_or_default();
        let answers = answers.into_iter().filter_map(|(wanted, message, overlap)| {
            let is_known = recalled.iter().any(|one| one.conversation_id == wanted.indexed.id && one.seq == wanted.seq);
            if is_known { None } else { quotable(&message, &wanted.indexed, id, overlap) }
        });
        // By turns: of either kind there may be more than are quoted.
        let mut answers = answers.collect::<Vec<_>>().into_iter();
        let mut all = Vec::new();
        for one in recalled {
            all.push(one);
            all.extend(answers.next());
        }
        all.extend(answers);
        all
    }
}

/// A message that was found, as a prompt for a conversation quotes it. None when it is damaged.
fn quotable(
    message: &Value,
    indexed: &IndexedConversation,
    id: &str,
    matched: Vec<String>,
) -> Option<RecalledMessage<Snippet>> {
    let (role, status) = (message.get("role"), message.get("status"));
    // Nobody has answered it, or is to: no prompt has it.
    if role.is(Role::User.name())
        && [MessageStatus::Queued, MessageStatus::Failed].iter().any(|one| status.is(one.name()))
    {
        return None;
    }
    let text = |field| read_field::<String>(message, field).unwrap_or_default();
    let (seq, created_at) = (read_field(message, "seq").ok()?, read_field(message, "createdAt").ok()?);
    let author = message.get("author").text().unwrap_or_else(|| text("role"));
    let title = (indexed.id != id).then(|| indexed.title.clone());
    let (message_id, content) = (text("id"), text("content"));
    let recollection = Recollection { message_id, title, created_at, author, content, matched };
    let (conversation_id, snippet) = (indexed.id.clone(), Snippet::Message(Box::new(recollection)));
    let (revision, reworded) = (indexed.log.revision, indexed.log.reworded);
    Some(RecalledMessage { conversation_id, seq, revision, reworded, snippet })
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
