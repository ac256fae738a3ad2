use super::query::QueryTerm;
use crate::recall::{
    analysis::{Language, begins_compound, ends_compound, may_be_part, parts, reversed},
    index::{ConversationIndex, IndexedSegment, Postings},
};

/// What each of the two parts of a query's word says, of what the word does.
const PART: f32 = 0.5;

/// Looks for the terms of a query within longer words, too, and for what its longer words are made of.
pub fn with_compounds(terms: &mut Vec<QueryTerm>, conversations: &[&ConversationIndex]) {
    let of_german = |conversation: &&&ConversationIndex| conversation.languages & Language::German.bit() != 0;
    let mut found = Vec::new();
    for term in terms.iter_mut().filter(|term| !term.is_stop) {
        term.in_compounds = term.stem().is_some_and(may_be_part);
        let Some(stem) = term.stem() else { continue };
        let is_known = |part: &str| {
            conversations.iter().filter(of_german).any(|conversation| {
                conversation.parts().iter().any(|of_conversation| {
                    let mut is_known = of_conversation.segment.postings(part).is_some();
                    if !is_known {
                        in_compounds(part, of_conversation, &mut |_| is_known = true);
                    }
                    is_known
                })
            })
        };
        found.extend(parts(stem, is_known).map(|part| (part.to_owned(), term.weight * PART)));
    }
    for (part, weight) in found {
        if terms.iter().all(|term| term.stem() != Some(&part)) {
            terms.push(QueryTerm { weight, ..QueryTerm::part(&part) });
        }
    }
}

/// Finds the postings of the longer words that begin or end with this stem.
pub fn in_compounds<'a>(stem: &str, part: &'a IndexedSegment, add: &mut dyn FnMut(Postings<'a>)) {
    part.segment.beginning_with(stem, &mut |whole, postings| {
        if begins_compound(stem, whole) {
            add(postings);
        }
    });
    let from_end = reversed(stem);
    part.segment.beginning_with(&from_end, &mut |whole, postings| {
        // Both are as long from their ends.
        let whole: String = whole.chars().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
        if ends_compound(stem, &whole) {
            add(postings);
        }
    });
}
