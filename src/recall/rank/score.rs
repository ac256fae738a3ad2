use super::{
    Options, Query,
    compounds::with_compounds,
    gather::Lookups,
    matches::{Matches, matches},
    nearness::Nearness,
    query::QueryTerm,
    ranking::Ranking,
    sums::{Measure, Weighted},
    top::{Hit, Top},
};
use crate::{
    order::sorted,
    recall::index::{Author, ConversationIndex},
};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct RankResult {
    /// The messages, best first.
    pub hits: Vec<Hit>,
    // What was looked for.
    terms: Vec<QueryTerm>,
}

impl RankResult {
    /// Why a message is among the hits: what of the query stands in its text. Nothing, when it was found by those around it.
    pub fn matches(&self, text: &str) -> Matches {
        matches(&self.terms, text)
    }
}

/// The messages that answer a query best, best first. Among as good ones the order is that of conversations and messages.
///
/// What is rare is counted over the conversations asked. Only sums, products and quotients of `f32`, and `libm`'s logarithm
/// make up a score, in an order that the messages give: it is the same natively and in every browser.
#[cfg(any(test, feature = "testing"))]
pub fn rank(query: &Query, conversations: &[&ConversationIndex], options: &Options<'_>) -> RankResult {
    rank_again(query, conversations, options, &mut Lookups::default(), &Nearness::default())
}

/// The same, for one question after the other to the same conversations: what was looked up for one is kept for the next; and with
/// how near their units are to the query by what they mean, as far as that is known.
pub fn rank_again(
    query: &Query,
    conversations: &[&ConversationIndex],
    options: &Options<'_>,
    lookups: &mut Lookups,
    nearness: &Nearness,
) -> RankResult {
    let authors = || conversations.iter().flat_map(|conversation| &conversation.authors);
    let named: Vec<&Author> = authors().filter(|author| query.names(author)).collect();
    // Whom all names fit does not tell one message from the other.
    let tells_author = !named.is_empty() && named.len() < authors().count();
    let mut terms = query.terms(conversations, &named);
    if query.has_compounds() {
        with_compounds(&mut terms, conversations);
    }

    let units: usize = conversations.iter().map(|conversation| conversation.units.len()).sum();
    let sections: usize = conversations.iter().map(|conversation| conversation.sections.len()).sum();
    let content = conversations.iter().flat_map(|conversation| &conversation.section_contents);
    let content: u64 = content.map(|content| u64::from(*content)).sum();
    let mut weighted = Vec::new();
    let mut sum = 0.0;
    for term in &terms {
        let found = lookups.find(term, conversations);
        if found.units() == 0 {
            continue;
        }
        let weight = term.weight * rarity(units, found.units());
        let section_weight = term.weight * rarity(sections, found.sections);
        sum += weight;
        weighted.push(Weighted { found, weight, section_weight });
    }
    let measure = Measure::new(sum, content as f32 / units.max(1) as f32, content as f32 / sections.max(1) as f32);
    let mut top = Top::new(options.limit);
    let mut ranking = Ranking::new(query, tells_author, weighted, measure, nearness);
    // Conversations that may have the best come first, and those that cannot have one of them are not looked at (as in
    // MaxScore, Turtle & Flood 1995).
    let bounds =
        conversations.iter().enumerate().map(|(index, conversation)| (index, ranking.bound(index), *conversation));
    for (index, bound, conversation) in sorted(bounds.collect(), |(_, bound, _)| u64::from(!bound.to_bits())) {
        if top.worst().is_some_and(|worst| bound < worst) {
            break;
        }
        ranking.add(index, conversation, options, &mut top);
    }
    RankResult { hits: top.into_hits(), terms }
}

/// How much is said by a term that stands in so many of all (Robertson & Spärck Jones 1976, as in Lucene).
fn rarity(all: usize, standing: usize) -> f32 {
    let (all, standing) = (all as f64, standing.min(all) as f64);
    libm::log(1.0 + (all - standing + 0.5) / (standing + 0.5)) as f32
}
