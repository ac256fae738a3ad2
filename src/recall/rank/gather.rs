use super::query::QueryTerm;
use crate::recall::index::{Conversation, Posting};

/// Where a term of a query stands in a conversation: its postings by unit, each form of the term after the other. Units
/// are counted from the first of the conversation.
pub type Found = Vec<Posting>;

/// Of a word that goes on, stems of so many bytes are looked for …
const SHORTEST_STEM: usize = 3;
/// … and up to so many shorter than what is there of it.
const LONGEST_ENDING: usize = 3;

/// Finds the postings of a term.
pub fn gather(term: &QueryTerm, conversation: &Conversation) -> Found {
    let mut found = Vec::new();
    for (form, _) in term.forms.iter().filter(|(_, languages)| languages & conversation.languages != 0) {
        add(&mut found, form, conversation);
    }
    if let Some(beginning) = &term.beginning {
        // A word that begins like this has a stem that goes on, or one that ends a few letters before: "danc" of "dancin".
        let mut terms: Vec<String> = (SHORTEST_STEM..beginning.len())
            .filter(|end| end + LONGEST_ENDING >= beginning.len())
            .filter_map(|end| beginning.get(..end))
            .filter(|stem| !term.forms.iter().any(|(known, _)| known == stem))
            .map(str::to_owned)
            .collect();
        for part in conversation.parts() {
            part.segment.beginning_with(beginning, &mut |form, _| {
                if !term.forms.iter().map(|(known, _)| known).chain(&terms).any(|known| known == form) {
                    terms.push(form.to_owned());
                }
            });
        }
        for form in &terms {
            add(&mut found, form, conversation);
        }
    }
    found
}

fn add(found: &mut Found, form: &str, conversation: &Conversation) {
    for part in conversation.parts() {
        found.extend(part.segment.postings(form).into_iter().flat_map(|postings| part.visible(postings)));
    }
}
