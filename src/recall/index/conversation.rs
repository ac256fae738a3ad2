use std::rc::Rc;

use super::{
    build::{Document, build},
    indexed_message::IndexedMessage,
    indexed_segment::{HIDDEN, IndexedSegment},
    positions::Positions,
    segment::{OpenedSegment, Segment, SegmentMessage},
    segment_unit::SegmentUnit,
    unit::Unit,
    unit_ranges::UnitRanges,
};
use crate::{recall::analysis::Words, records::Role};

/// A longer pause between two messages begins a new session.
const SESSION_PAUSE_MS: u64 = 4 * 60 * 60 * 1000;

/// A session is cut in equal sections of about so many words, each of which has a topic.
const SECTION_WORDS: u32 = 800;

/// Of more authors the names are not told apart: there is room for 65,536, the roles without a name among them.
const MAX_NAMED_AUTHORS: usize = 65_000;

/// How far back the question may be that a message answers, in units.
const ANSWER_REACH: usize = 4;

/// The index of a conversation, opened: its segments, and what follows from several messages together.
#[derive(Debug, Clone, Default)]
pub struct ConversationIndex {
    /// The languages of its texts, a bit for each.
    pub languages: u64,
    parts: Vec<IndexedSegment>,
    /// Who speaks in it.
    pub authors: Vec<Author>,
    /// Its messages by position.
    pub messages: Vec<IndexedMessage>,
    /// Where these are in the log.
    pub positions: Positions,
    /// Their passages.
    pub units: Vec<Unit>,
    /// Its sessions, in units.
    pub sessions: UnitRanges,
    /// Its sections, in units.
    pub sections: UnitRanges,
    /// How many terms that are no function words each of its sections has.
    pub section_contents: Vec<u32>,
}

/// Somebody who speaks in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The role.
    pub role: Role,
    /// The name within the role.
    pub name: Option<String>,
    /// The words of the name, in folded form.
    pub words: Vec<String>,
}

impl ConversationIndex {
    /// The index of a conversation, of its segments in their order and of the messages behind them, which no segment covers.
    ///
    /// Only messages at a position in one of the ranges `visible` (the first position, and the one behind the last) are in
    /// it, for example those of one branch; the others are as if they were not there. The ranges are in ascending order. None
    /// when a segment is damaged or of another format: then it has to be built again.
    ///
    /// ```
    /// use conversation_memory::{Role, recall::index::{ConversationIndex, Document, build}};
    /// let says = |seq, text| Document { seq, role: Role::User, author: None, created_at: 0, text, entities: &[] };
    /// let segment = build(&[says(0, "A red boat"), says(1, "A blue boat"), says(2, "A green boat")]);
    /// let branch = ConversationIndex::open(vec![segment.into()], &[says(3, "A white boat")], &[(0, 1), (2, u64::MAX)]).unwrap();
    /// assert_eq!([0, 1, 2].map(|index| branch.positions.of(index)), [Some(0), Some(2), Some(3)]);
    /// ```
    pub fn open(segments: Vec<Rc<[u8]>>, newest: &[Document<'_>], visible: &[(u64, u64)]) -> Option<Self> {
        let mut conversation = Self { parts: Vec::with_capacity(segments.len()), ..Self::default() };
        let mut known = Vec::new();
        for segment in segments {
            conversation.add(segment, visible, &mut known)?;
        }
        if !newest.is_empty() {
            conversation.add(build(newest).into(), visible, &mut known)?;
        }
        // There are many conversations, and an empty place in their lists costs as much as a full one.
        conversation.messages.shrink_to_fit();
        conversation.units.shrink_to_fit();
        conversation.authors.shrink_to_fit();
        conversation.join(&known);
        Some(conversation)
    }

    /// Its segments.
    pub fn parts(&self) -> &[IndexedSegment] {
        &self.parts
    }

    /// About how many bytes of memory it takes.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        let parts: usize = self.parts.iter().map(IndexedSegment::size).sum();
        parts
            + self.messages.len() * size_of::<IndexedMessage>()
            + self.positions.size()
            + self.units.len() * size_of::<Unit>()
            + self.sections.len() * 2 * size_of::<u32>()
    }

    /// Adds the visible messages of a segment, and what it knows of their units to a list.
    fn add(&mut self, segment: Rc<[u8]>, visible: &[(u64, u64)], known: &mut Vec<SegmentUnit>) -> Option<()> {
        let OpenedSegment { segment, authors, messages, units } = Segment::open(segment)?;
        // Nobody speaks in the conversation whose messages are all hidden.
        let mut author_indices = vec![None; authors.len()];
        if self.messages.is_empty() {
            // Most conversations have one segment: what is made shorter later leaves a gap behind it.
            self.messages.reserve_exact(messages.len());
            self.units.reserve_exact(units.len());
        }
        let first = self.units.len() as u32;
        let mut unit_indices = Vec::new();
        let mut units = units.into_iter();
        let mut ranges = visible.iter().peekable();
        for message in messages {
            let SegmentMessage { seq, created_at, author, language, units: count } = message;
            let units = units.by_ref().take(count);
            while ranges.next_if(|(_, end)| *end <= seq).is_some() {}
            if ranges.peek().is_none_or(|(start, _)| *start > seq) {
                unit_indices.extend(units.map(|_| HIDDEN));
                continue;
            }
            let mut words = 0_u16;
            for unit in units {
                unit_indices.push(self.units.len() as u32);
                self.units.push(Unit::new(&unit));
                known.push(unit);
                words = words.saturating_add(unit.words.into());
            }
            let author = match author_indices.get_mut(author)? {
                Some(index) => *index,
                unknown => *unknown.insert(self.author(authors.get(author)?.clone())),
            };
            self.languages |= language;
            self.positions.push(self.messages.len(), seq);
            self.messages.push(IndexedMessage { created_at, author, words, units: u16::try_from(count).ok()? });
        }
        self.parts.push(IndexedSegment::new(segment, first, unit_indices));
        Some(())
    }

    fn author(&mut self, (role, name): (Role, Option<String>)) -> u16 {
        let known = self.authors.iter().position(|author| author.role == role && author.name == name);
        if known.is_none() && name.is_some() && self.authors.len() >= MAX_NAMED_AUTHORS {
            return self.author((role, None));
        }
        let index = known.unwrap_or_else(|| {
            let words = Words::of(name.as_deref().unwrap_or_default());
            let words = words.iter().map(|(_, form)| form.to_owned()).collect();
            self.authors.push(Author { role, name, words });
            self.authors.len() - 1
        });
        index as u16
    }
}

impl ConversationIndex {
    /// Works out what follows from several messages together; the segments know this of their units.
    fn join(&mut self, known: &[SegmentUnit]) {
        let is_session =
            |one: &IndexedMessage, next: &IndexedMessage| one.created_at.abs_diff(next.created_at) <= SESSION_PAUSE_MS;
        let (mut end, mut before) = (0, 0);
        for messages in self.messages.chunk_by(is_session) {
            let session = end..end + messages.iter().map(|message| message.units as usize).sum::<usize>();
            end = session.end;
            if session.is_empty() {
                continue;
            }
            self.sessions.push(session.end as u32);
            let first = session.start as u32;
            let (Some(units), Some(known)) = (self.units.get_mut(session.clone()), known.get(session)) else {
                continue;
            };
            let contents = cut_session(units, known, before);
            for (end, content) in contents {
                self.sections.push(first + end);
                self.section_contents.push(content);
            }
            before += known.iter().map(|unit| u32::from(unit.words)).sum::<u32>();
            follow(units, known, messages);
        }
    }
}

/// Cuts a session, before which the conversation has so many words, and gives its units their middles. Its sections: the
/// first unit behind each, counted from the session's first, and how many terms it has that are no function words.
fn cut_session(units: &mut [Unit], known: &[SegmentUnit], before: u32) -> Vec<(u32, u32)> {
    let words: u32 = known.iter().map(|unit| u32::from(unit.words)).sum();
    let count = ((words + SECTION_WORDS / 2) / SECTION_WORDS).max(1);
    let mut sections = Vec::new();
    let mut until = 0;
    for (at, (unit, known)) in (0..).zip(units.iter_mut().zip(known)) {
        let own = u32::from(known.words);
        let middle = until * 2 + own;
        let section = u64::from(middle) * u64::from(count) / (2 * u64::from(words.max(1)));
        unit.middle = before * 2 + middle;
        while sections.len() as u64 <= section.min(u64::from(count) - 1) {
            sections.push((at, 0));
        }
        if let Some((end, content)) = sections.last_mut() {
            *end = at + 1;
            *content += u32::from(unit.content);
        }
        until += own;
    }
    sections
}

/// Finds for the units of a session, which has these messages, which one each answers: the nearest one before it by somebody
/// else.
fn follow(units: &mut [Unit], known: &[SegmentUnit], messages: &[IndexedMessage]) {
    // Who said the units before, the last one first.
    let mut before = [None; ANSWER_REACH];
    let mut log = (0, 0.0);
    let messages = messages.iter().flat_map(|message| std::iter::repeat_n(message, message.units as usize));
    for (at, (message, (unit, of_unit))) in messages.zip(units.iter_mut().zip(known)).enumerate() {
        let author = Some(message.author);
        let back = before.iter().position(|before| before.is_some() && *before != author).map(|index| index + 1);
        before.rotate_right(1);
        before[0] = author;
        let question = back.and_then(|back| known.get(at - back));
        unit.set_answers(back.unwrap_or_default() as u8, message.words);
        if log.0 != message.units {
            log = (message.units, libm::log(f64::from(message.units)) as f32);
        }
        let follows_question = question.is_some_and(|question| question.ends_in_question);
        unit.set_prior(of_unit, at == 0, follows_question, log.1);
    }
}
