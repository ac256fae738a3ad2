use std::collections::BTreeMap;

use super::{
    bytes::{ANY_BYTE, put, put_within, zigzag},
    mentions::MentionWriter,
    postings::{Posting, write},
    segment::{BLOCK_TERMS, FORMAT, LANGUAGES},
    segment_unit::SegmentUnit,
};
use crate::{
    recall::analysis::{Passage, TextAnalysis},
    records::Role,
};

/// A message, as far as an index is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its position in the log of its conversation.
    pub seq: u64,
    /// Who speaks.
    pub role: Role,
    /// A name within the role.
    pub author: Option<&'a str>,
    /// When it was said, in milliseconds since 1970.
    pub created_at: i64,
    /// What is said.
    pub text: &'a str,
    /// The entities that its metadata names.
    pub entities: &'a [String],
}

/// The segment of these messages of one conversation, which are in the order of their positions.
///
/// Everything in it depends on single messages only. So it does not matter where a conversation is cut into segments: what
/// depends on several messages is worked out by [`ConversationIndex`](super::ConversationIndex).
pub fn build(documents: &[Document<'_>]) -> Vec<u8> {
    let mut builder = Builder::default();
    documents.iter().for_each(|document| builder.add(document));
    builder.finish()
}

#[derive(Default)]
struct Builder {
    authors: Vec<u8>,
    mentions: MentionWriter,
    // The author of a message and their number.
    known_authors: Vec<(Role, Option<String>)>,
    messages: Vec<u8>,
    message_count: u64,
    next_seq: u64,
    last_time: i64,
    // The author and the language of the last message, and of the one before.
    turns: [usize; 2],
    units: Vec<u8>,
    unit_count: u32,
    // Indices in the list of postings.
    terms: BTreeMap<String, usize>,
    postings: Vec<Vec<Posting>>,
}

impl Builder {
    fn add(&mut self, document: &Document<'_>) {
        let analysis = TextAnalysis::of(document.text);
        self.mentions.add(document.seq, document.role, document.entities);
        let author = self.author(document);
        let author_and_language = author * LANGUAGES + analysis.language as usize;
        let skipped = document.seq.wrapping_sub(self.next_seq);
        // Most messages follow the one before at once, and two people speak in turns.
        let is_other = author_and_language != self.turns[1];
        let bits = u64::from(skipped != 0) << 1 | u64::from(is_other);
        put(&mut self.messages, (analysis.passages.len() as u64) << 2 | bits);
        if skipped != 0 {
            put(&mut self.messages, skipped);
        }
        if is_other {
            put(&mut self.messages, author_and_language as u64);
        }
        put(&mut self.messages, zigzag(document.created_at.wrapping_sub(self.last_time)));
        (self.next_seq, self.last_time) = (document.seq.wrapping_add(1), document.created_at);
        self.turns = [author_and_language, self.turns[0]];
        self.message_count += 1;
        for passage in &analysis.passages {
            self.add_unit(&analysis, passage, document.role);
        }
    }

    fn author(&mut self, document: &Document<'_>) -> usize {
        let is_known =
            |known: &(Role, Option<String>)| known.0 == document.role && known.1.as_deref() == document.author;
        if let Some(index) = self.known_authors.iter().position(is_known) {
            return index;
        }
        self.authors.push(document.role as u8);
        put(&mut self.authors, document.author.map_or(0, |name| name.len() as u64 + 1));
        self.authors.extend(document.author.unwrap_or_default().bytes());
        self.known_authors.push((document.role, document.author.map(str::to_owned)));
        self.known_authors.len() - 1
    }

    fn add_unit(&mut self, analysis: &TextAnalysis, passage: &Passage, role: Role) {
        SegmentUnit::of(passage, role).write(&mut self.units);
        for term in analysis.terms(passage) {
            let index = match self.terms.get(term.text) {
                Some(index) => *index,
                None => {
                    self.terms.insert(term.text.to_owned(), self.postings.len());
                    self.postings.push(Vec::new());
                    self.postings.len() - 1
                }
            };
            let Some(postings) = self.postings.get_mut(index) else { continue };
            // An assistant ends with offers, which are rarely what the next message is about.
            let is_offer = term.in_offer && role == Role::Assistant;
            let asked = u8::from(term.in_question && !term.is_stop && !is_offer);
            let before = postings.pop_if(|last| last.unit() == self.unit_count);
            // Of function words it is only known where they are.
            let (count, asked) = match before {
                Some(before) if term.is_stop => (before.count(), before.asked()),
                Some(before) => (before.count() + 1, before.asked() + asked),
                None => (1, asked),
            };
            postings.extend(Posting::new(self.unit_count, count, asked));
        }
        self.unit_count += 1;
    }

    fn finish(self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        self.mentions.finish(&mut bytes);
        put(&mut bytes, self.known_authors.len() as u64);
        bytes.extend(self.authors);
        put(&mut bytes, self.message_count);
        bytes.extend(self.messages);
        put(&mut bytes, u64::from(self.unit_count));
        bytes.extend(self.units);
        put(&mut bytes, self.terms.len() as u64);
        let (mut blocks, mut terms) = (Vec::new(), Vec::new());
        let (mut before, mut block_start) = (String::new(), 0);
        for (number, (term, index)) in self.terms.into_iter().enumerate() {
            if number % BLOCK_TERMS == 0 {
                put_within(&mut blocks, ANY_BYTE, (terms.len() - block_start) as u64);
                block_start = terms.len();
                before.clear();
            }
            let shared = term.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count().min(15);
            let rest = term.as_bytes().get(shared..).unwrap_or_default();
            // Both lengths in one byte, mostly.
            terms.push((shared | rest.len().min(15) << 4) as u8);
            if rest.len() >= 15 {
                put(&mut terms, rest.len() as u64 - 15);
            }
            terms.extend(rest);
            write(&mut terms, self.postings.get(index).map(Vec::as_slice).unwrap_or_default());
            before = term;
        }
        bytes.extend(blocks);
        bytes.extend(terms);
        bytes
    }
}
