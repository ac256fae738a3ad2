use std::rc::Rc;

use super::{
    build::{Document, build},
    part::{HIDDEN, Part},
    segment::{Segment, SegmentMessage},
};
use crate::{recall::analysis::Words, records::Role};

/// A longer pause between two messages begins a new session.
const SESSION_PAUSE_MS: u64 = 4 * 60 * 60 * 1000;

/// A session is cut in equal stretches of about so many words, each of which has a topic.
const STRETCH_WORDS: u32 = 800;

/// How far back the question may be that a message answers, in units.
const ANSWER_REACH: usize = 4;

/// The index of a conversation, opened: its segments, and what follows from several messages together.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// The languages of its texts, a bit for each.
    pub languages: u64,
    parts: Vec<Part>,
    /// Who speaks in it.
    pub authors: Vec<Author>,
    /// Its messages by position.
    pub messages: Vec<Indexed>,
    /// Their passages.
    pub units: Vec<Unit>,
    /// How many terms that are no function words each of its stretches has.
    pub stretches: Vec<u32>,
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

/// A message of a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indexed {
    /// Its position in the log.
    pub seq: u64,
    /// When it was said, in milliseconds since 1970.
    pub created_at: i64,
    /// Its author's place in the list.
    pub author: u32,
    /// How many words it has.
    pub words: u32,
    /// How many units it has.
    pub units: u32,
    /// The natural logarithm of that.
    pub log_units: f32,
}

/// A passage of a message, and where it stands in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Unit {
    /// Its message's place in the list.
    pub message: u32,
    /// The middle of it, in half words from the beginning of the conversation.
    pub middle: u32,
    /// The first unit behind its session.
    pub session_end: u32,
    /// Its stretch.
    pub stretch: u32,
    /// How many of its terms are no function words.
    pub content: u8,
    /// How many units back the question is that it answers; 0 when it answers none.
    pub answers: u8,
    /// How many words within its sentences have a capital, at most 7.
    pub capitals: u8,
    /// Whether it begins its session.
    pub begins_session: bool,
    /// Whether the unit that it answers ends in a question.
    pub follows_question: bool,
    /// Whether it has a word of time.
    pub has_time: bool,
    /// Whether it has a number.
    pub has_number: bool,
    /// Whether its message wishes something from now on.
    pub has_wish: bool,
    /// How many of its words are in questions, from 0 to 1.
    pub questions: f32,
    /// Whether it rather says I (up to 1) or you (down to −1).
    pub persons: f32,
}

impl Conversation {
    /// The index of a conversation, of its segments in their order and of the messages behind them, which no segment covers.
    ///
    /// Only messages at a position in one of the ranges `visible` (the first position, and the one behind the last) are in
    /// it, for example those of one branch; the others are as if they were not there. The ranges are in ascending order. None
    /// when a segment is damaged or of another format: then it has to be built again.
    ///
    /// ```
    /// use conversation_memory::{Role, recall::index::{Conversation, Document, build}};
    /// let says = |seq, text| Document { seq, role: Role::User, author: None, created_at: 0, text };
    /// let segment = build(&[says(0, "A red boat"), says(1, "A blue boat"), says(2, "A green boat")]);
    /// let branch = Conversation::open(vec![segment.into()], &[says(3, "A white boat")], &[(0, 1), (2, u64::MAX)]).unwrap();
    /// assert_eq!(branch.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [0, 2, 3]);
    /// ```
    pub fn open(segments: Vec<Rc<[u8]>>, newest: &[Document<'_>], visible: &[(u64, u64)]) -> Option<Self> {
        let mut conversation = Self::default();
        for segment in segments {
            conversation.add(segment, visible)?;
        }
        if !newest.is_empty() {
            conversation.add(build(newest).into(), visible)?;
        }
        conversation.join();
        Some(conversation)
    }

    /// Its segments.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let parts: usize = self.parts.iter().map(Part::size).sum();
        parts
            + self.messages.len() * size_of::<Indexed>()
            + self.units.len() * size_of::<Unit>()
            + self.stretches.len() * size_of::<u32>()
    }

    /// The message of a unit.
    pub fn message(&self, unit: &Unit) -> Option<&Indexed> {
        self.messages.get(unit.message as usize)
    }

    fn add(&mut self, segment: Rc<[u8]>, visible: &[(u64, u64)]) -> Option<()> {
        let (segment, authors, messages) = Segment::open(segment)?;
        // Nobody speaks in the conversation whose messages are all hidden.
        let mut places = vec![None; authors.len()];
        let first = self.units.len() as u32;
        let mut unit_places = Vec::new();
        let mut units = segment.units();
        let mut ranges = visible.iter().peekable();
        for message in messages {
            let SegmentMessage { seq, created_at, author, language, units: count } = message;
            let units = units.by_ref().take(count);
            while ranges.next_if(|(_, end)| *end <= seq).is_some() {}
            if ranges.peek().is_none_or(|(start, _)| *start > seq) {
                unit_places.extend(units.map(|_| HIDDEN));
                continue;
            }
            let mut words = 0;
            for unit in units {
                let (one, other) = (f32::from(unit.first_person), f32::from(unit.second_person));
                unit_places.push(self.units.len() as u32);
                self.units.push(Unit {
                    message: self.messages.len() as u32,
                    // Until all are there: its words.
                    middle: u32::from(unit.words),
                    content: unit.content,
                    capitals: unit.capitals,
                    has_time: unit.has_time,
                    has_number: unit.has_number,
                    has_wish: unit.has_wish,
                    follows_question: unit.ends_in_question,
                    questions: f32::from(unit.question_words) / f32::from(unit.words.max(1)),
                    persons: (one - other) / (one + other + 1.0),
                    ..Unit::default()
                });
                words += u32::from(unit.words);
            }
            let author = match places.get_mut(author)? {
                Some(place) => *place,
                place => *place.insert(self.author(authors.get(author)?.clone())),
            };
            self.languages |= language;
            self.messages.push(Indexed {
                seq,
                created_at,
                author,
                words,
                units: count as u32,
                log_units: libm::log(count.max(1) as f64) as f32,
            });
        }
        drop(units);
        self.parts.push(Part::new(segment, first, unit_places));
        Some(())
    }

    fn author(&mut self, (role, name): (Role, Option<String>)) -> u32 {
        let known = self.authors.iter().position(|author| author.role == role && author.name == name);
        let place = known.unwrap_or_else(|| {
            let words = Words::of(name.as_deref().unwrap_or_default());
            let words = words.iter().map(|(_, form)| form.to_owned()).collect();
            self.authors.push(Author { role, name, words });
            self.authors.len() - 1
        });
        place as u32
    }
}

impl Conversation {
    /// Works out what follows from several messages together.
    fn join(&mut self) {
        let (mut start, mut end, mut last) = (0, 0, None);
        let mut sessions = Vec::new();
        for message in &self.messages {
            if last.is_some_and(|last: i64| last.abs_diff(message.created_at) > SESSION_PAUSE_MS) {
                sessions.push(start..end);
                start = end;
            }
            end += message.units as usize;
            last = Some(message.created_at);
        }
        sessions.push(start..end);
        let mut before = 0;
        for session in sessions {
            let authors: Vec<Option<u32>> = self
                .units
                .get(session.clone())
                .unwrap_or_default()
                .iter()
                .map(|unit| self.message(unit).map(|message| message.author))
                .collect();
            let Some(units) = self.units.get_mut(session.clone()) else { continue };
            before = place(units, before, session.end as u32, &mut self.stretches);
            follow(units, &authors);
        }
    }
}

/// Gives the units of a session their places in the conversation, of which so many words are before it.
fn place(units: &mut [Unit], before: u32, session_end: u32, stretches: &mut Vec<u32>) -> u32 {
    let words: u32 = units.iter().map(|unit| unit.middle).sum();
    let count = ((words + STRETCH_WORDS / 2) / STRETCH_WORDS).max(1);
    let first = stretches.len() as u32;
    let mut until = 0;
    for (at, unit) in units.iter_mut().enumerate() {
        let own = unit.middle;
        let middle = until * 2 + own;
        let stretch = first
            + (u64::from(middle) * u64::from(count) / (2 * u64::from(words.max(1)))).min(u64::from(count) - 1) as u32;
        unit.middle = before * 2 + middle;
        unit.session_end = session_end;
        unit.stretch = stretch;
        unit.begins_session = at == 0;
        while stretches.len() as u32 <= stretch {
            stretches.push(0);
        }
        if let Some(content) = stretches.last_mut() {
            *content += u32::from(unit.content);
        }
        until += own;
    }
    before + words
}

/// Finds for the units of a session which one each answers: the nearest one before it by somebody else.
fn follow(units: &mut [Unit], authors: &[Option<u32>]) {
    let ends_in_question: Vec<bool> = units.iter().map(|unit| unit.follows_question).collect();
    for (at, unit) in units.iter_mut().enumerate() {
        let others = (1..=ANSWER_REACH.min(at)).find(|back| authors.get(at - back) != authors.get(at));
        unit.answers = others.unwrap_or_default() as u8;
        unit.follows_question = others.is_some_and(|back| ends_in_question.get(at - back) == Some(&true));
    }
}
