use std::rc::Rc;

use super::{compounds::in_compounds, query::QueryTerm};
use crate::recall::index::{ConversationIndex, Posting};

/// Where a term of a query stands in each of the conversations: its postings by unit, each form of the term after the
/// other. Units are counted from the first of the conversation.
#[derive(Debug, Default)]
pub struct TermPostings {
    postings: Vec<Posting>,
    // Behind the last posting of each conversation.
    ends: Vec<usize>,
    /// In how many sections it stands.
    pub sections: usize,
}

impl TermPostings {
    /// In how many units it stands.
    pub fn units(&self) -> usize {
        self.postings.len()
    }

    /// Where it stands in one of the conversations.
    pub fn of(&self, index: usize) -> &[Posting] {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.postings.get(start..end).unwrap_or_default()
    }
}

/// What was looked up in some conversations, so that it need not be looked up again. To be forgotten when one of them changes,
/// or their order.
#[derive(Debug, Default)]
pub struct Lookups {
    known: Vec<(QueryTerm, Rc<TermPostings>)>,
    size: usize,
}

/// So much is kept, in bytes; then all is forgotten.
const MAX_KEPT_BYTES: usize = 1 << 20;

impl Lookups {
    /// Where a term stands.
    pub fn find(&mut self, term: &QueryTerm, conversations: &[&ConversationIndex]) -> Rc<TermPostings> {
        if let Some((_, found)) =
            self.known.iter().find(|(known, _)| known.forms == term.forms && known.in_compounds == term.in_compounds)
        {
            return found.clone();
        }
        let found = Rc::new(gather(term, conversations));
        let size = found.postings.len() * size_of::<Posting>() + found.ends.len() * size_of::<usize>();
        if self.size + size > MAX_KEPT_BYTES {
            *self = Self::default();
        }
        self.size += size;
        self.known.push((term.clone(), found.clone()));
        found
    }
}

/// Finds the postings of a term.
fn gather(term: &QueryTerm, conversations: &[&ConversationIndex]) -> TermPostings {
    let mut found = TermPostings { ends: Vec::with_capacity(conversations.len()), ..TermPostings::default() };
    let mut seen = Vec::new();
    for conversation in conversations {
        let start = found.postings.len();
        for (form, _) in term.forms.iter().filter(|(_, languages)| languages & conversation.languages != 0) {
            for part in conversation.parts() {
                if let Some(postings) = part.segment.postings(form) {
                    part.visible(postings).for_each(|posting| found.postings.push(posting));
                }
            }
        }
        if let Some(stem) = term.stem().filter(|_| term.in_compounds) {
            for part in conversation.parts() {
                in_compounds(stem, part, &mut |postings| found.postings.extend(part.visible(postings)));
            }
        }
        found.sections += sections(found.postings.get(start..).unwrap_or_default(), conversation, &mut seen);
        found.ends.push(found.postings.len());
    }
    // They are kept: half as much again may be left empty.
    found.postings.shrink_to_fit();
    found
}

/// In how many sections of a conversation these postings are.
fn sections(postings: &[Posting], conversation: &ConversationIndex, seen: &mut Vec<bool>) -> usize {
    if postings.is_empty() {
        return 0;
    }
    seen.clear();
    seen.resize(conversation.sections.len(), false);
    let mut sections = conversation.sections.finder();
    for posting in postings {
        if let Some(seen) = sections.find(posting.unit() as usize).and_then(|(section, _)| seen.get_mut(section)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}
