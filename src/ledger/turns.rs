//! Turns under way: answers that are still arriving, and questions that wait for the network.

use std::rc::Rc;

use super::{
    Call, Draft, Ledger, Parent,
    conversations::{ConversationRow, Place, row},
    log, messages,
};
use crate::{
    error::Error,
    model::{
        ChangeKind, Intent, Message, MessageStatus, Settlement, Timestamp, Waiting,
        record::{Field, Stored, list},
    },
    recall::Past,
    store::{Range, Rows, Stop, Table},
};

const TABLES: &[Table] = &[Table::Conversations, Table::Pages, Table::Drafts];

/// What is made of the past of a conversation.
pub type FromPast<T> = Rc<dyn Fn(&Past) -> T>;

/// What comes with messages that end a turn, or begin one.
#[derive(Clone, Default)]
pub struct Settled {
    /// The ids of what waits no more.
    pub gone: Vec<String>,
    /// What waits from now on.
    pub waiting: Option<Waiting>,
    /// Whether the head of the active branch stays where it is, unless the messages follow it.
    pub aside: bool,
    /// What the conversation says of the question.
    pub understand: Option<FromPast<Intent>>,
}

impl Ledger {
    /// Adds messages, and with them what else the turn comes to. The question is understood along with that where what
    /// the conversation was about is at hand: reading all of it would keep others from writing.
    pub fn settle(
        &self,
        user_id: &str,
        id: &str,
        drafts: Vec<Draft>,
        settled: Settled,
        at: Timestamp,
    ) -> Call<Settlement> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        let has_waited = settled.waiting.is_some() || !settled.gone.is_empty();
        self.write(if has_waited { TABLES } else { messages::TABLES }, move |rows| {
            if settled.understand.is_some() {
                ledger.expect_past(rows, &place);
            }
            let mut row = row(rows, &place)?;
            let is_known = follows_head(&row, &drafts) && ledger.has_past_at_hand(&place, &row.log);
            let intent = match settled.understand.as_ref().filter(|_| is_known) {
                None => None,
                Some(understand) => match ledger.past(rows, &place, &row, None) {
                    Ok(past) => Some(understand(&past)),
                    // A message that cannot be read must not keep a question from being stored.
                    Err(Stop::Failed(_)) => None,
                    Err(unread) => return Err(unread),
                },
            };
            let messages = ledger.add(rows, &place, &mut row, &drafts, settled.aside, at)?;
            settled.gone.iter().for_each(|message_id| forget(rows, &place, message_id));
            if let Some(waiting) = &settled.waiting {
                rows.put(Table::Drafts, waiting.write());
            }
            Ok(Stored::new(&Settlement { messages, intent }))
        })
    }

    /// Saves what has arrived of an answer.
    pub fn save_draft(&self, draft: Waiting) -> Call<bool> {
        self.write(&[Table::Conversations, Table::Drafts], move |rows| {
            // Of a conversation that was deleted meanwhile nothing must come back.
            row(rows, &Place::of(&draft.user_id, &draft.conversation_id))?;
            rows.put(Table::Drafts, draft.write());
            Ok(Stored::new(&true))
        })
    }

    /// Changes the status of a message, and whether it waits.
    pub fn set_status(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        status: MessageStatus,
        waiting: Option<Waiting>,
    ) -> Call<Message> {
        let (place, message_id) = (Place::of(user_id, id), message_id.to_owned());
        self.write(TABLES, move |rows| {
            let mut row = row(rows, &place)?;
            let found = log::find(rows, &place, &row, &message_id)?;
            let (page, message) = found.ok_or_else(|| Error::no_message(&message_id))?;
            let changed = message.value().with("status", status.write());
            page.replace(rows, &place, &changed);
            row.tell(rows, ChangeKind::MessageUpdated, Some(&message_id));
            row.put(rows);
            match &waiting {
                Some(waiting) => rows.put(Table::Drafts, waiting.write()),
                None => forget(rows, &place, &message_id),
            }
            Ok(Stored::known(changed))
        })
    }

    /// What waits, in the order of its ids within a conversation. What is damaged must not hide the rest.
    pub fn waiting(&self, user_id: &str) -> Call<Vec<Waiting>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Drafts], move |rows| {
            let found = rows.list(Table::Drafts, Range::of(&[&user_id]))?;
            Ok(list(found.iter().filter_map(|row| Waiting::read(row).ok()).map(|waiting| Stored::new(&waiting))))
        })
    }
}

/// Whether the messages go on where the active branch ends.
fn follows_head(row: &ConversationRow, drafts: &[Draft]) -> bool {
    let head = row.conversation.head_id.as_deref();
    drafts.first().is_some_and(|draft| match &draft.parent {
        Parent::Head => true,
        Parent::Message(id) => head == Some(id),
        Parent::Nothing => head.is_none(),
    })
}

fn forget(rows: &mut Rows, place: &Place, message_id: &str) {
    rows.delete(Table::Drafts, Range::of(&[&place.user_id, &place.id, message_id]));
}
