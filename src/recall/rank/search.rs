use std::collections::BinaryHeap;

use super::{
    Hit, Query,
    gather::beginning,
    matches::{Matches, TextTerms, matches},
    query::QueryTerm,
};
use crate::recall::{
    analysis::{Language, is_arabic, without_prefix},
    index::{ConversationIndex, Posting},
};

/// What a search box found: messages that may be shown, best first, the newest first among equals. Of the last word only
/// stems are in the index, so some messages do not have it as it was typed: show only those whose text
/// [`matches`](Self::matches).
pub struct Search {
    candidates: BinaryHeap<(u32, i64, usize, u64)>,
    terms: Vec<QueryTerm>,
}

impl Search {
    /// What of the words stands in a text, and whether all of them do.
    pub fn matches(&self, text: &str) -> Matches {
        matches(&self.terms, text)
    }
}

impl Iterator for Search {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        let (score, _, conversation, seq) = self.candidates.pop()?;
        Some(Hit { conversation, seq, score: score as f32 })
    }
}

/// How surely a word stands where its term was found: it has the stem that was typed, …
const TYPED: u32 = 2;
/// … a stem that begins with it, …
const BEGINS: u32 = 1;
/// … or a shorter one: few words of the stem "and" begin with "andr".
const MAY_BEGIN: u32 = 0;

/// The messages in which all words of what was typed stand, the last one as a beginning. Function words count only when there
/// are no others. Those with the most words just as they were typed come first.
///
/// ```
/// use conversation_memory::{Role, recall::{index::{ConversationIndex, Document, build}, rank::{Query, search}}};
/// let says = |seq, text| Document { seq, role: Role::User, author: None, created_at: 0, text, entities: &[] };
/// let segment = build(&[says(0, "A red boat"), says(1, "A boathouse"), says(2, "A green bike")]);
/// let conversation = ConversationIndex::open(vec![segment.into()], &[], &[(0, u64::MAX)]).unwrap();
/// let found = search(&Query::of("boat"), &[&conversation]);
/// assert!(found.matches("A boathouse").is_match);
/// assert_eq!(found.map(|hit| hit.seq).collect::<Vec<_>>(), [0, 1]);
/// ```
pub fn search(query: &Query, conversations: &[&ConversationIndex]) -> Search {
    let used = conversations.iter().fold(0, |used, conversation| used | conversation.languages);
    let terms = query.typed(used);
    let mut found = Vec::new();
    // For each message how many of the words stand there, and how surely.
    let mut counts: Vec<(u32, u32)> = Vec::new();
    let mut messages_of_units = Vec::new();
    for (index, conversation) in conversations.iter().enumerate() {
        counts.clear();
        counts.resize(conversation.messages.len(), (0, 0));
        messages_of_units.clear();
        for (at, message) in conversation.messages.iter().enumerate() {
            messages_of_units.resize(messages_of_units.len() + message.units as usize, at);
        }
        for (before, term) in (0..).zip(&terms) {
            let mut add = |postings: &mut dyn Iterator<Item = Posting>, sureness: u32| {
                for posting in postings {
                    let message = messages_of_units.get(posting.unit() as usize);
                    let Some(count) = message.and_then(|message| counts.get_mut(*message)) else { continue };
                    // Of forms of a word the first one counts, which is the surest.
                    if count.0 == before {
                        *count = (before + 1, count.1 + sureness);
                    }
                }
            };
            for part in conversation.parts() {
                for (form, _) in &term.forms {
                    if let Some(postings) = part.segment.postings(form) {
                        add(&mut part.visible(postings), TYPED);
                    }
                }
                if let Some(typed) = &term.beginning {
                    // Stems have no accents, and in Arabic no article: neither has the stem of what was typed, but of a single letter
                    // behind an article.
                    let stems = term.forms.iter().map(|(form, _)| form.as_str()).filter(|form| form != typed);
                    let letters = without_prefix(typed).filter(|rest| typed.starts_with(is_arabic) && !rest.is_empty());
                    for begun in stems.chain(letters).chain([typed.as_str()]) {
                        beginning(begun, part, &mut |postings, goes_on| {
                            let sureness = if goes_on { BEGINS } else { MAY_BEGIN };
                            add(&mut part.visible(postings), sureness);
                        });
                    }
                }
            }
        }
        for (at, (message, (count, sureness))) in conversation.messages.iter().zip(&counts).enumerate() {
            if *count > 0 && *count as usize == terms.len() {
                let seq = conversation.positions.of(at).unwrap_or_default();
                found.push((*sureness, message.created_at, index, seq));
            }
        }
    }
    Search { candidates: BinaryHeap::from(found), terms }
}

/// The same of single texts, such as titles.
pub struct TextSearch<'a> {
    query: &'a Query,
    // What is looked for in texts of a language.
    terms: Vec<(Language, Vec<QueryTerm>)>,
}

impl<'a> TextSearch<'a> {
    /// By what was typed.
    pub fn of(query: &'a Query) -> Self {
        Self { query, terms: Vec::new() }
    }

    /// What of the words stands in the text that has these terms, if all of them do.
    pub fn matches(&mut self, text: &str, known: &TextTerms) -> Option<Matches> {
        let language = known.language;
        if !self.terms.iter().any(|(of, _)| *of == language) {
            self.terms.push((language, self.query.typed(language.bit())));
        }
        let (_, wanted) = self.terms.iter().find(|(of, _)| *of == language)?;
        known.are_match(wanted).then(|| matches(wanted, text))
    }
}
