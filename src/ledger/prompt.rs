//! What a prompt is made of.

use super::{
    Call, Ledger,
    branch::found,
    conversations::{ConversationRow, Place},
    log,
    past::{Asked, earlier, results},
    users::persona_of_all,
};
use crate::{
    error::{Error, Result},
    ledger::Selection,
    model::{
        Message, PastResult, Persona,
        record::{Stored, read_field},
    },
    store::{Range, Rows, Step, Table},
};

impl Ledger {
    /// What is made of a persona, of the newest messages, and of earlier answers about what is asked. Without a question they
    /// are those of the active branch, and the persona is the conversation's; with one they are what leads to the question,
    /// wherever it stands, and the persona is the one that was asked.
    pub fn with_material<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        (newest, recalled): (u32, u32),
        asked: Asked,
        question: Option<String>,
        make: impl Fn(Option<Persona>, Vec<Stored<Message>>, Vec<PastResult>) -> Result<Stored<T>> + 'static,
    ) -> Call<T> {
        let (ledger, place, guess) = (self.clone(), Place::of(user_id, id), self.guess(&Place::of(user_id, id)));
        self.read(&[Table::Conversations, Table::Pages, Table::Personas], move |rows| {
            // All of them, because which one it is only the row will tell.
            rows.expect(Table::Personas, Range::of(&[&place.user_id]));
            if recalled > 0 {
                ledger.expect_results(rows, &place, &asked, recalled as usize);
            }
            let selection = Selection::Newest(newest.saturating_add(u32::from(question.is_some())));
            let (row, mut messages) = log::select(rows, &place, selection, guess.as_ref())?;
            let mut persona_name = row.conversation.persona_name.clone();
            if let Some(id) = &question {
                let question = match earlier(&row, Some(id)) {
                    // It is the newest message.
                    None => messages.pop(),
                    Some(id) => {
                        let (question, leading) = leading_to(rows, &place, &row, id, newest)?;
                        messages = leading;
                        Some(question)
                    }
                };
                let asked = question.and_then(|question| question.value().get("metadata").get("persona").text());
                persona_name = asked.unwrap_or(persona_name);
            }
            let mut persona = persona_of_all(rows, &place.user_id, &persona_name)?;
            if persona.is_none() {
                persona = persona_of_all(rows, &place.user_id, &row.conversation.persona_name)?;
            }
            let mut results_found = Vec::new();
            if recalled > 0 {
                let past = ledger.past(rows, &place, &row, question.as_deref())?;
                let ranked = past.rank(&asked.entities(&past), recalled as usize);
                results_found = results(rows, &place, &row.log, &ranked)?;
            }
            ledger.remember(rows, &row);
            Ok(make(persona, messages, results_found)?)
        })
    }
}

/// A message, and at most `count` of the messages that lead to it, the newest of them, in their order.
pub fn leading_to(
    rows: &mut Rows,
    place: &Place,
    row: &ConversationRow,
    message_id: &str,
    count: u32,
) -> Step<(Stored<Message>, Vec<Stored<Message>>)> {
    let message = found(rows, place, row, message_id)?;
    let seq: u64 = read_field(message.value(), "seq").map_err(Error::damaged_message)?;
    if !row.log.branched {
        let from = seq.saturating_sub(u64::from(count));
        let leading = log::read_log(rows, place, &row.log, from, seq)?;
        return Ok((message, leading));
    }
    let mut there = row.clone();
    (there.conversation.head_id, there.log.head_seq) = (Some(message_id.to_owned()), seq);
    let mut leading = log::newest_of_branch(rows, place, &there, count.saturating_add(1))?;
    leading.pop();
    Ok((message, leading))
}
