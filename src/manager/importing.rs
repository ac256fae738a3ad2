//! A file on its way into the memory: what of it was seen so far, part by part.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use super::ConversationManager;
use crate::{
    environment::Environment,
    error::Result,
    hashing::Set,
    ledger::{Call, ConversationPart, Fence, FileMessage, KnownIds, Ledger, sanitized},
    records::{
        Conversation, Import, ImportProblem, Imported, MessageStatus, Metadata, Parts, PendingTurn, Persona, Role,
        Timestamp, Upload, User, limits,
        record::{Field, Fit, read_field},
    },
    text::has,
    value::Value,
};

/// An import under way. Its calls come one after the other; after one has failed the import is over.
#[derive(Clone)]
pub struct Importing {
    inside: Rc<Inside>,
}

struct Inside {
    ledger: Ledger,
    environment: Rc<dyn Environment>,
    user_id: String,
    default_persona: String,
    fence: Fence,
    // The conversation of which there may be more to come.
    open: RefCell<Open>,
}

/// What the file has of a conversation so far.
#[derive(Default)]
struct Open {
    conversation: Option<Conversation>,
    ids: Set<Rc<str>>,
    // The messages that were left out, and by the index of each what it followed.
    lost: BTreeMap<String, usize>,
    before_lost: Vec<Option<String>>,
    last: Option<Rc<str>>,
    head_position: Option<u64>,
    known: Rc<RefCell<KnownIds>>,
}

impl ConversationManager {
    /// Begins an import. What is deleted from now on does not come back by it.
    pub async fn begin_import(&self) -> Result<Importing> {
        let (ledger, environment) = (self.ledger.clone(), Rc::clone(&self.environment));
        let (user_id, default_persona) = (self.user_id.clone(), self.default_persona.clone());
        let fence = ledger.enter_fence(&user_id, self.now()).await?;
        let open = RefCell::default();
        Ok(Importing { inside: Rc::new(Inside { ledger, environment, user_id, default_persona, fence, open }) })
    }
}

impl Importing {
    /// Merges parts of conversations with what is there, in one transaction. What is not whole is left out or mended, and
    /// told. Only the first part may go on with a conversation, the one with which the last call ended. None when
    /// everything was forgotten since the import began: nothing more is stored.
    pub fn take(&self, parts: Vec<Import>) -> Call<Option<Vec<Imported>>> {
        self.take_with_files(parts, Vec::new())
    }

    /// The same of messages whose files were uploaded for them.
    pub fn take_with_files(&self, parts: Vec<Import>, uploads: Vec<Upload>) -> Call<Option<Vec<Imported>>> {
        let Inside { ledger, user_id, fence, open, .. } = &*self.inside;
        let mut open = open.borrow_mut();
        let parts = parts.into_iter().map(|import| {
            if import.begins {
                *open = Open::default();
            }
            self.inside.part(&mut open, import)
        });
        ledger.import(user_id, fence.clone(), parts.collect(), uploads)
    }

    /// Takes over a profile and personas, unless there are some that were changed or made here; what does not fit is left
    /// out. False when everything was forgotten since the import began: nothing is stored.
    pub fn take_people(&self, user: Value, personas: Vec<Value>) -> Call<bool> {
        let Inside { ledger, user_id, fence, .. } = &*self.inside;
        let now = self.inside.now();
        let user = User::read(&user.with("id", user_id.as_str().into())).unwrap_or_else(|_| User::new(user_id, now));
        let personas = personas.iter().filter_map(|persona| Persona::read(persona).ok());
        let personas = personas.filter(|persona| limits::check_line("name", &persona.name).is_ok());
        ledger.import_people(user, personas.collect(), fence.clone(), now)
    }

    /// Takes over a turn that was not over when the file was written, unless its conversation did not come along. None
    /// when everything was forgotten since the import began; otherwise whether it goes on.
    pub fn take_draft(&self, record: Value) -> Call<Option<bool>> {
        let inside = &*self.inside;
        inside.ledger.import_turn(inside.turn(&record), inside.fence.clone(), inside.now())
    }

    /// Takes over a file, if messages refer to it. None when everything was forgotten since the import began.
    pub fn take_file(&self, upload: Upload) -> Call<Option<bool>> {
        let inside = &*self.inside;
        inside.ledger.import_file(&inside.user_id, upload, inside.fence.clone())
    }
}

impl Inside {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.environment.milliseconds())
    }

    /// The turn that a record is; none when it is none that could be kept.
    fn turn(&self, record: &Value) -> Option<PendingTurn> {
        let id = |field| id_of(&record.get(field));
        let message_id = id("messageId")?;
        let content = record.get("content").text().unwrap_or_default();
        (content.len() <= limits::CONTENT_BYTES).then_some(PendingTurn {
            user_id: self.user_id.clone(),
            conversation_id: id("conversationId")?,
            since: Some(message_id.clone()),
            message_id,
            question_id: id("questionId")?,
            again: record.get("again").boolean().unwrap_or(false),
            failed: record.get("failed").boolean(),
            head_id: None,
            end: 0,
            queued: record.get("queued").boolean().unwrap_or(true),
            cancelled: false,
            owner: None,
            content,
            reasoning: record.get("reasoning").text(),
            saved_at: self.now(),
        })
    }

    /// What of a part is to be merged, and what of it is not whole. What the file has of the conversation so far goes on.
    fn part(&self, open: &mut Open, import: Import) -> (Vec<ImportProblem>, Option<ConversationPart>) {
        let Import { conversation: given, messages, .. } = import;
        let mut problems = Vec::new();
        let over = open.known.borrow().over;
        let begins = open.conversation.is_none();
        if begins && !over {
            open.begin(&given, &messages, self, &mut problems);
        }
        let Some(conversation) = open.conversation.clone().filter(|_| !over) else { return (problems, None) };
        let id = given.get("id");
        let whole = (0..).zip(messages).filter_map(|(index, message)| match open.whole(&id, index, message) {
            Ok(given) => Some(given),
            Err(reason) => {
                problems.push(ImportProblem { index: Some(index), reason });
                None
            }
        });
        let messages = whole.collect();
        let (head_position, known) = (open.head_position, Rc::clone(&open.known));
        let part = ConversationPart { conversation, messages, begins, head_position, known };
        (problems, Some(part))
    }
}

impl Open {
    fn begin(&mut self, given: &Value, messages: &[Value], inside: &Inside, problems: &mut Vec<ImportProblem>) {
        let mut tell = |reason| problems.push(ImportProblem { index: None, reason });
        if id_of(&given.get("id")).is_none() {
            self.known.borrow_mut().over = true;
            return tell("the conversation is left out: its id does not fit".to_owned());
        }
        let first = messages.iter().find_map(|message| read_field(message, "createdAt").ok());
        // Another product's conversations have none.
        let given = &match given.get("personaName").is_missing() {
            true => given.with("personaName", inside.default_persona.as_str().into()),
            false => given.clone(),
        };
        let (mut conversation, replaced) =
            sanitized(given, &inside.user_id, &inside.default_persona, first.unwrap_or_else(|| inside.now()));
        for field in replaced {
            tell(format!("the conversation's {field} does not fit"));
        }
        conversation.head_id = id_of(&given.get("headId"));
        self.conversation = Some(conversation);
    }

    /// The message as it is to be stored; a sentence when it is left out.
    fn whole(
        &mut self,
        conversation_id: &Value,
        index: u64,
        mut value: Value,
    ) -> std::result::Result<FileMessage, String> {
        if !value.is_object() {
            return Err("the message is left out: it is no object".to_owned());
        }
        let Some(id) = id_of(&value.field("id")) else {
            return Err("the message is left out: its id is missing or does not fit".to_owned());
        };
        if self.ids.contains(id.as_str()) {
            return Err(format!("the message {id} is there twice"));
        }
        let named = id_of(&value.field("parentId"));
        let parent_id = self.kept(named.clone());
        let size = match check(&mut value) {
            Ok(size) => size,
            Err(reason) => {
                let parent_id = parent_id.filter(|parent_id| *parent_id != id);
                self.lost.insert(id, self.before_lost.len());
                self.before_lost.push(parent_id);
                return Err(format!("the message is left out: {reason}"));
            }
        };
        if parent_id != named || (parent_id.is_none() && !value.field("parentId").is_missing()) {
            value.set("parentId", parent_id.as_deref().map_or_else(Value::missing, Value::from));
        }
        value.set("conversationId", conversation_id.clone());
        let (id, position) = (Rc::<str>::from(id), self.ids.len() as u64);
        let is_head =
            self.conversation.as_ref().is_some_and(|conversation| conversation.head_id.as_deref() == Some(&id));
        if is_head {
            self.head_position = Some(position);
        }
        self.ids.insert(Rc::clone(&id));
        let before = self.last.replace(Rc::clone(&id));
        Ok(FileMessage { index, position, id, parent_id, before, value, size })
    }

    /// What followed a message that is left out follows what that one followed.
    fn kept(&mut self, mut parent_id: Option<String>) -> Option<String> {
        let mut way = Vec::new();
        // One that was whole when it came once more is not lost.
        let is_lost = |id: &&String| !self.ids.contains(id.as_str());
        while let Some(&index) = parent_id.as_ref().filter(is_lost).and_then(|id| self.lost.get(id)) {
            way.push(index);
            parent_id = self.before_lost.get(index).cloned().flatten();
        }
        // Nobody goes the same way again: a long one would be gone by each of many.
        for index in way {
            if let Some(before) = self.before_lost.get_mut(index) {
                before.clone_from(&parent_id);
            }
        }
        parent_id
    }
}

/// An id that can be told from all others: some text, not a long one, and without half characters, of which all read alike.
fn id_of(value: &Value) -> Option<String> {
    let id =
        value.text().filter(|id| !id.is_empty() && limits::check_length("id", id, limits::LINE_CHARACTERS).is_ok())?;
    (!has(&id, char::REPLACEMENT_CHARACTER) || value.is_same_text(&id.as_str().into())).then_some(id)
}

/// Whether a message is one, beside its place; and what waits for nothing here is as it would be after a restart, and says
/// what its parts say. The size of its content, its parts and its metadata.
fn check(message: &mut Value) -> std::result::Result<usize, String> {
    fits(message).map_err(|field| format!("its {field} does not fit"))?;
    let parts: Option<Parts> = read_field(message, "parts").unwrap_or_default();
    let mut parts_size = 0;
    if let Some(parts) = parts {
        parts_size = limits::check_parts("parts", &parts).map_err(|error| error.to_string())?;
        message.set("content", parts.text().as_str().into());
    }
    let content = message.field("content");
    let size = content.size();
    let bytes = if size > limits::CONTENT_BYTES / 3 { content.text().unwrap_or_default().len() } else { 0 };
    limits::check_bytes("content", bytes, limits::CONTENT_BYTES).map_err(|error| error.to_string())?;
    let metadata = read_field(message, "metadata").unwrap_or_default();
    Ok(size + parts_size + limits::check_metadata("metadata", &metadata).map_err(|error| error.to_string())?)
}

fn fits(message: &mut Value) -> Fit<()> {
    Role::check(&message.field("role")).map_err(|_| "role")?;
    String::check(&message.field("content")).map_err(|_| "content")?;
    Option::<Parts>::check(&message.field("parts")).map_err(|_| "parts")?;
    Option::<String>::check(&message.field("author")).map_err(|_| "author")?;
    Metadata::check(&message.field("metadata")).map_err(|_| "metadata")?;
    // A time that only looks like one would be stored and then fail whoever reads it.
    read_field::<Timestamp>(message, "createdAt")?;
    let status = match read_field(message, "status")? {
        MessageStatus::Queued => MessageStatus::Complete,
        MessageStatus::Streaming => MessageStatus::Interrupted,
        _ => return Ok(()),
    };
    message.set("status", status.write());
    Ok(())
}
