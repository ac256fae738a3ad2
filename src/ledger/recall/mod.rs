//! The recall index of a user in memory: nothing is loaded before it is asked for, and then only what has changed since.
//!
//! A call of [`Ledger::refresh`](super::Ledger::refresh) is one transaction and a bounded piece of work. It learns which
//! conversations have changed, loads some of them, and builds at most one segment's worth of what no stored segment covers.
//! What was built is stored later by [`Ledger::index_step`](super::Ledger::index_step), when nothing else is to be done; until
//! then, and where the disk is full, it is in memory.

mod background;
mod found;
mod refresh;
mod vectors;

pub use found::Wanted;
pub use refresh::revision_of;
use vectors::{Model, Vectors};

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{
    rows::{ConversationKey, Log},
    segments::LoadedSegment,
};
use crate::{
    hashing::Set,
    recall::{
        EntityIndex, Names,
        index::{ConversationIndex, Mention, mentioning},
        rank::{Lookups, TextTerms},
    },
    records::{Change, ChangeKind},
};

/// The index of one user. Clones are the same.
#[derive(Clone)]
pub struct RecallIndex {
    user_id: Rc<str>,
    state: Rc<RefCell<State>>,
    model: Rc<RefCell<Model>>,
}

#[derive(Default)]
struct State {
    // Since when the user is there, and the number of the newest deletion, as of the last look.
    epoch: Option<String>,
    number: u64,
    // All changes with lower stamps are known; 0 before the first look. When the last look was.
    floor: u64,
    looked: u64,
    // By ascending ids.
    known: Vec<Rc<IndexedConversation>>,
    // Conversations that cannot be read, and at which revision: until they change they are left out.
    damaged: Vec<(String, u64)>,
    // Conversations that have to be loaded, or loaded on, and how many messages they have.
    pending: BTreeMap<String, usize>,
    unsaved: Vec<Unsaved>,
    // Counts the changes of what is known; what was looked up of all of it, and the entities that it names, belong to one count.
    version: u64,
    lookups: (u64, Lookups),
    names: (u64, Rc<KnownNames>),
    // Conversations that this ledger has changed since they were last covered.
    touched: Set<String>,
    // The same, since it was last looked whether they lack vectors; none where there is no model.
    changed: Set<String>,
}

/// The entities that the messages of a user name.
#[derive(Default)]
pub struct KnownNames {
    /// Their indices in the list.
    pub names: Names,
    /// How they are spelled.
    pub spellings: Vec<String>,
}

/// A segment that is not stored yet, and the last change of words that it knows.
struct Unsaved {
    key: ConversationKey,
    reworded: u64,
    segment: LoadedSegment,
}

/// A conversation as it was at one moment.
pub struct IndexedConversation {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where its messages were.
    pub log: Log,
    segments: Vec<LoadedSegment>,
    visible: Vec<(u64, u64)>,
    // None while something of it is missing.
    opened: Option<ConversationIndex>,
    past: OnceCell<EntityIndex>,
    title_terms: OnceCell<TextTerms>,
    // Shared with those of other revisions that say the same.
    vectors: Rc<RefCell<Vectors>>,
}

impl IndexedConversation {
    /// What is said on its active branch; none before all of it is loaded.
    pub fn opened(&self) -> Option<&ConversationIndex> {
        self.opened.as_ref()
    }

    /// Which entities its active branch is about.
    pub fn past(&self) -> &EntityIndex {
        self.past.get_or_init(|| {
            let mut past = EntityIndex::default();
            for segment in &self.segments {
                add_entities(&mut past, segment, &self.visible);
            }
            past
        })
    }

    /// The terms of its title.
    pub fn title_terms(&self) -> &TextTerms {
        self.title_terms.get_or_init(|| TextTerms::of(&self.title))
    }

    /// When its message at this position was said, in milliseconds since 1970.
    pub fn created_at(&self, seq: u64) -> i64 {
        let message = self.opened.as_ref().and_then(|opened| opened.messages.get(opened.positions.find(seq)?));
        message.map_or(0, |message| message.created_at)
    }
}

/// Adds what the visible messages of a segment name in their metadata. Whether the segment can be read.
pub fn add_entities(past: &mut EntityIndex, segment: &LoadedSegment, visible: &[(u64, u64)]) -> bool {
    let Some(mentions) = mentioning(&segment.bytes) else { return false };
    for Mention { seq, is_answer, entities } in mentions {
        let index = visible.partition_point(|(from, _)| *from <= seq);
        if index.checked_sub(1).and_then(|index| visible.get(index)).is_some_and(|(_, to)| seq < *to) {
            past.add_entities(seq, is_answer, entities);
        }
    }
    true
}

impl RecallIndex {
    /// That of a user, of which nothing is loaded.
    pub fn of(user_id: &str) -> Self {
        Self { user_id: user_id.into(), state: Rc::default(), model: Rc::default() }
    }

    /// The conversations that are loaded, by ascending ids; or the one that is named.
    pub fn conversations(&self, id: Option<&str>) -> Vec<Rc<IndexedConversation>> {
        let state = self.state.borrow();
        let loaded = state.known.iter().filter(|known| known.opened.is_some());
        loaded.filter(|known| id.is_none_or(|id| known.id == id)).cloned().collect()
    }

    /// Asks the conversations that are loaded, with what was looked up in them before; or the one that is named.
    pub fn ask<T>(&self, id: Option<&str>, ask: impl FnOnce(&[Rc<IndexedConversation>], &mut Lookups) -> T) -> T {
        let conversations = self.conversations(id);
        if id.is_some() {
            return ask(&conversations, &mut Lookups::default());
        }
        let mut state = self.state.borrow_mut();
        let (version, mut lookups) = std::mem::take(&mut state.lookups);
        if version != state.version {
            lookups = Lookups::default();
        }
        let answer = ask(&conversations, &mut lookups);
        state.lookups = (state.version, lookups);
        answer
    }

    /// The entities that the messages of all conversations name.
    pub fn names(&self) -> Rc<KnownNames> {
        let conversations = self.conversations(None);
        let mut state = self.state.borrow_mut();
        if state.names.0 != state.version || state.version == 0 {
            let mut known = KnownNames::default();
            for entity in conversations.iter().flat_map(|indexed| indexed.past().entities()) {
                let index = known.spellings.len();
                if known.names.enter(entity, index) == Some(index) {
                    known.spellings.push(entity.clone());
                }
            }
            state.names = (state.version, Rc::new(known));
        }
        Rc::clone(&state.names.1)
    }

    /// Hears of changes that this ledger has stored.
    pub fn hear(&self, changes: &[Change]) {
        let (mut state, has_model) = (self.state.borrow_mut(), self.has_model());
        for change in changes {
            match (change.kind, &change.conversation_id) {
                (ChangeKind::EverythingForgotten, _) => *state = State::default(),
                // Where the disk was full nothing else says so.
                (ChangeKind::ConversationDeleted, Some(id)) => state.drop(id),
                _ => {}
            }
            let is_said = matches!(
                change.kind,
                ChangeKind::MessageAdded | ChangeKind::MessageUpdated | ChangeKind::MessageDeleted
            );
            if let Some(id) = change.conversation_id.as_ref().filter(|id| is_said && !state.touched.contains(*id)) {
                state.touched.insert(id.clone());
            }
            if let Some(id) = change.conversation_id.as_ref().filter(|_| is_said && has_model) {
                state.changed.insert(id.clone());
            }
        }
    }

    /// Lets go of everything.
    pub fn clear(&self) {
        self.state.take();
    }

    /// Whether it is known since when the user is there. After everything was forgotten nothing says that it was forgotten once more.
    pub fn is_registered(&self) -> bool {
        self.state.borrow().epoch.is_some()
    }

    /// Lets go of everything where that is not known.
    pub fn clear_unless_registered(&self) {
        if self.state.borrow().floor > 0 && !self.is_registered() {
            self.clear();
        }
    }

    /// Whether there is something of it that may be asked: whether that has changed, the call tells that reads what was found.
    pub fn is_loaded(&self, id: Option<&str>) -> bool {
        let state = self.state.borrow();
        match id {
            Some(id) => state.known(id).is_some_and(|known| known.opened.is_some()),
            None => state.floor > 0 && state.epoch.is_some() && state.pending.is_empty(),
        }
    }

    fn key(&self, id: &str) -> ConversationKey {
        ConversationKey::of(&self.user_id, id)
    }

    fn known(&self, id: &str) -> Option<Rc<IndexedConversation>> {
        self.state.borrow().known(id).cloned()
    }
}

impl State {
    fn known(&self, id: &str) -> Option<&Rc<IndexedConversation>> {
        let index = self.known.binary_search_by(|known| known.id.as_str().cmp(id)).ok()?;
        self.known.get(index)
    }

    /// Whether a conversation that stands at this revision is loaded, or cannot be.
    fn is_current(&self, id: &str, revision: u64) -> bool {
        if self.damaged.iter().any(|(damaged, at)| damaged == id && *at == revision) {
            return true;
        }
        self.known(id).is_some_and(|known| known.log.revision >= revision && known.opened.is_some())
    }

    /// Keeps a conversation, unless a newer state of it is here, and what was built of it.
    fn keep(&mut self, key: ConversationKey, indexed: IndexedConversation, built: Option<LoadedSegment>) {
        self.version += 1;
        if let Some(segment) = built {
            self.unsaved.retain(|Unsaved { key: other, segment: old, .. }| {
                *other != key || old.to <= segment.from || segment.to <= old.from
            });
            self.unsaved.push(Unsaved { key, reworded: indexed.log.reworded, segment });
        }
        match self.known.binary_search_by(|known| known.id.cmp(&indexed.id)) {
            Ok(index) => {
                if let Some(old) = self.known.get_mut(index).filter(|old| old.log.revision <= indexed.log.revision) {
                    *old = Rc::new(indexed);
                }
            }
            Err(index) => self.known.insert(index, Rc::new(indexed)),
        }
    }

    /// Leaves out a conversation until it changes.
    fn leave_out(&mut self, id: &str, revision: u64) {
        self.drop(id);
        self.damaged.push((id.to_owned(), revision));
    }

    fn drop(&mut self, id: &str) {
        self.version += 1;
        self.damaged.retain(|(damaged, _)| damaged != id);
        self.known.retain(|known| known.id != id);
        self.pending.remove(id);
        self.unsaved.retain(|unsaved| unsaved.key.id != id);
        self.changed.remove(id);
    }
}
