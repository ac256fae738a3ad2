use super::{
    Dates, Query,
    gather::{Found, gather},
    matches::{Matches, matches},
    query::QueryTerm,
    top::{Hit, Top},
    weights as w,
};
use crate::{
    order::sorted,
    recall::index::{Author, Conversation, Indexed, Unit},
    records::Role,
};

/// Which messages are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// At most so many.
    pub limit: usize,
    /// Only of these roles; of all when there are none.
    pub roles: &'a [Role],
    /// Only those said at this time or later, in milliseconds since 1970.
    pub after: Option<i64>,
    /// Only those said before this time.
    pub before: Option<i64>,
    /// Whether the last word of the query may go on, as while somebody types.
    pub is_prefix: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { limit: 10, roles: &[], after: None, before: None, is_prefix: false }
    }
}

impl Options<'_> {
    fn allow(&self, message: &Indexed, author: &Author) -> bool {
        (self.roles.is_empty() || self.roles.contains(&author.role))
            && self.after.is_none_or(|after| message.created_at >= after)
            && self.before.is_none_or(|before| message.created_at < before)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The messages, best first.
    pub hits: Vec<Hit>,
    // What was looked for.
    terms: Vec<QueryTerm>,
}

impl Answer {
    /// Why a message is among the hits: what of the query stands in its text. Nothing, when it was found by those around it.
    pub fn matches(&self, text: &str) -> Matches {
        matches(&self.terms, text)
    }
}

/// The messages that answer a query best, best first. Among as good ones the order is that of conversations and messages.
///
/// What is rare is counted over the conversations asked. Only sums, products and quotients of `f32`, and `libm`'s logarithm
/// make up a score, in an order that the messages give: it is the same natively and in every browser.
pub fn rank(query: &Query, conversations: &[&Conversation], options: &Options<'_>) -> Answer {
    let authors = || conversations.iter().flat_map(|conversation| &conversation.authors);
    let named: Vec<&Author> = authors().filter(|author| query.names(author)).collect();
    // Whom all names fit does not tell one message from the other.
    let tells_author = !named.is_empty() && named.len() < authors().count();
    let terms = query.terms(conversations, &named, options.is_prefix);

    let units: usize = conversations.iter().map(|conversation| conversation.units.len()).sum();
    let stretches: usize = conversations.iter().map(|conversation| conversation.stretches.len()).sum();
    let content = conversations.iter().flat_map(|conversation| &conversation.stretches);
    let content: u64 = content.map(|content| u64::from(*content)).sum();
    let mut weighted = Vec::new();
    let mut sum = 0.0;
    for term in &terms {
        let found: Vec<Found> = conversations.iter().map(|conversation| gather(term, conversation)).collect();
        let standing: usize = found.iter().map(Vec::len).sum();
        if standing == 0 {
            continue;
        }
        let weight = term.weight * rarity(units, standing);
        let of_stretches =
            found.iter().zip(conversations).map(|(found, conversation)| in_stretches(found, conversation));
        let standing = of_stretches.flatten().filter(|count| *count > 0.0).count();
        sum += weight;
        weighted.push(Weighted { weight, stretch_weight: term.weight * rarity(stretches, standing), found });
    }
    let mut top = Top::new(options.limit);
    let ranking = Ranking {
        query,
        tells_author,
        terms: weighted,
        scale: 1.0 / (3.0 * if sum > 0.0 { sum.sqrt() } else { 1.0 }),
        unit_content: content as f32 / units.max(1) as f32,
        stretch_content: content as f32 / stretches.max(1) as f32,
        decay: decay(),
    };
    // Conversations that may have the best come first, and those that cannot have one of them are not looked at (as in
    // MaxScore, Turtle & Flood 1995).
    let bounds =
        conversations.iter().enumerate().map(|(place, conversation)| (place, ranking.bound(place), *conversation));
    for (place, bound, conversation) in sorted(bounds.collect(), |(_, bound, _)| u64::from(!bound.to_bits())) {
        if top.worst().is_some_and(|worst| bound < worst) {
            break;
        }
        ranking.add(place, conversation, options, &mut top);
    }
    Answer { hits: top.into_hits(), terms }
}

/// How much is said by a term that stands in so many of all (Robertson & Spärck Jones 1976, as in Lucene).
fn rarity(all: usize, standing: usize) -> f32 {
    let (all, standing) = (all as f64, standing.min(all) as f64);
    libm::log(1.0 + (all - standing + 0.5) / (standing + 0.5)) as f32
}

/// How often a term stands in each stretch of a conversation; nothing where it stands nowhere.
fn in_stretches(found: &Found, conversation: &Conversation) -> Vec<f32> {
    if found.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![0.0; conversation.stretches.len()];
    for posting in found {
        let unit = conversation.units.get(posting.unit as usize);
        if let Some(count) = unit.and_then(|unit| counts.get_mut(unit.stretch as usize)) {
            *count += f32::from(posting.count);
        }
    }
    counts
}

struct Weighted {
    weight: f32,
    stretch_weight: f32,
    // For each conversation.
    found: Vec<Found>,
}

struct Ranking<'a> {
    query: &'a Query,
    tells_author: bool,
    terms: Vec<Weighted>,
    scale: f32,
    unit_content: f32,
    stretch_content: f32,
    decay: Vec<f32>,
}

/// An author, and what the query has to do with them.
struct Speaker<'a> {
    author: &'a Author,
    is_named: bool,
    may_wish: bool,
}

impl Ranking<'_> {
    fn add(&self, place: usize, conversation: &Conversation, options: &Options<'_>, top: &mut Top) {
        let has_names = conversation.authors.iter().any(|author| author.name.is_some());
        let speakers: Vec<Speaker<'_>> = conversation
            .authors
            .iter()
            .map(|author| Speaker {
                author,
                is_named: self.tells_author && self.query.names(author),
                may_wish: self.query.is_request && !has_names && author.role == Role::User,
            })
            .collect();
        let mut units = conversation.units.iter().zip(self.matches(place, conversation));
        for message in &conversation.messages {
            let units = units.by_ref().take(message.units as usize);
            let Some(speaker) = speakers.get(message.author as usize) else { continue };
            // Whatever becomes of it, its units have to be passed.
            let score = self.best(message, speaker, units);
            if let Some(score) = score.filter(|_| options.allow(message, speaker.author)) {
                top.add(Hit { conversation: place, seq: message.seq, score });
            }
        }
    }

    /// More than any message of a conversation can score.
    fn bound(&self, place: usize) -> f32 {
        let Query { asks_when, asks_how_many, asks_who, is_request, ref dates, .. } = *self.query;
        let mut bound = w::PERSONS + w::BEGINS_SESSION + w::FOLLOWS_QUESTION + w::NUMBER;
        let parts = [
            (asks_when, w::TELLS_WHEN),
            (asks_how_many, w::TELLS_NUMBER),
            (asks_who, w::TELLS_NAMES),
            (is_request, w::WISH),
            (self.tells_author, w::AUTHOR),
            (!dates.is_empty(), w::DATE * Dates::CLOSEST),
        ];
        bound += parts.iter().map(|(may_be, weight)| if *may_be { *weight } else { 0.0 }).sum::<f32>();
        for term in &self.terms {
            let found = term.found.get(place).map_or(&[][..], Vec::as_slice);
            // As if all occurrences were in one short unit.
            let count: f32 = found.iter().map(|posting| f32::from(posting.count)).sum();
            let asked: f32 = found.iter().map(|posting| f32::from(posting.asked)).sum();
            let window = saturated(w::OWN * count / (1.0 - w::LENGTH), w::SATURATION);
            let question = saturated(asked / (1.0 - w::LENGTH), w::SATURATION);
            let stretch = saturated(count / (1.0 - w::STRETCH_LENGTH), w::STRETCH_SATURATION);
            bound += self.scale * term.weight * (w::WINDOW * window + w::QUESTION_BEFORE * question);
            bound += self.scale * term.stretch_weight * w::STRETCH * stretch;
        }
        // Sums in another order may differ in the last digits.
        bound * 1.001 + 0.001
    }

    /// The score of the best unit of a message; none when nothing of the query fits it.
    fn best<'u>(
        &self,
        message: &Indexed,
        speaker: &Speaker<'_>,
        units: impl Iterator<Item = (&'u Unit, f32)>,
    ) -> Option<f32> {
        let date = self.query.dates.closeness(message.created_at);
        let of_message = w::DATE * date + if speaker.is_named { w::AUTHOR } else { 0.0 };
        let is_found = date > 0.0 || speaker.is_named;
        let mut best: Option<f32> = None;
        for (unit, matched) in units.filter(|(_, matched)| is_found || *matched > 0.0) {
            let is_wish = speaker.may_wish && unit.has_wish && message.words < w::WISH_WORDS;
            let wish = if is_wish { w::WISH } else { 0.0 };
            let score = matched + of_message + self.fitness(unit) + wish + prior(unit, message);
            best = Some(best.map_or(score, |best| best.max(score)));
        }
        best
    }

    /// What the terms of the query give each unit of a conversation.
    fn matches(&self, place: usize, conversation: &Conversation) -> Vec<f32> {
        let units = &conversation.units;
        let mut scores = vec![0.0; units.len()];
        let mut stretches = vec![0.0; conversation.stretches.len()];
        // What a term comes to at each unit, and where that is something.
        let mut near: Vec<f32> = vec![0.0; units.len()];
        let mut touched = Vec::new();
        for term in &self.terms {
            let Some(found) = term.found.get(place) else { continue };
            for posting in found {
                let Some(unit) = units.get(posting.unit as usize) else { continue };
                let normal = 1.0 - w::LENGTH + w::LENGTH * f32::from(unit.content) / self.unit_content;
                let count = f32::from(posting.count) / normal;
                let at = posting.unit as usize;
                let mut give = |to: usize, amount: f32| {
                    if let Some(near) = near.get_mut(to) {
                        if *near == 0.0 {
                            touched.push(to);
                        }
                        *near += amount;
                    }
                };
                for other in at.saturating_sub(w::REACH)..=at + w::REACH {
                    let Some(neighbour) = units.get(other).filter(|other| other.session_end == unit.session_end) else {
                        continue;
                    };
                    let distance = (neighbour.middle.abs_diff(unit.middle) / 2) as usize;
                    let share =
                        if other == at { w::OWN } else { self.decay.get(distance).copied().unwrap_or_default() };
                    if share > 0.0 {
                        give(other, share * count);
                    }
                }
                if posting.asked > 0 {
                    let asked = f32::from(posting.asked) / normal;
                    for back in 1..=4_u8 {
                        let heir = at + usize::from(back);
                        let Some(unit) = units.get(heir).filter(|unit| unit.answers == back) else { continue };
                        let share = answer_share(unit, conversation.message(unit));
                        if let Some(score) = scores.get_mut(heir) {
                            *score +=
                                w::QUESTION_BEFORE * self.scale * term.weight * saturated(share * asked, w::SATURATION);
                        }
                    }
                }
            }
            for at in touched.drain(..) {
                if let (Some(near), Some(score)) = (near.get_mut(at), scores.get_mut(at)) {
                    *score += w::WINDOW * self.scale * term.weight * saturated(std::mem::take(near), w::SATURATION);
                }
            }
            let counts = in_stretches(found, conversation);
            for ((count, content), score) in counts.into_iter().zip(&conversation.stretches).zip(&mut stretches) {
                let normal = 1.0 - w::STRETCH_LENGTH + w::STRETCH_LENGTH * *content as f32 / self.stretch_content;
                let weight = w::STRETCH * self.scale * term.stretch_weight;
                *score += weight * saturated(count / normal, w::STRETCH_SATURATION);
            }
        }
        for (score, unit) in scores.iter_mut().zip(units) {
            *score += stretches.get(unit.stretch as usize).copied().unwrap_or_default();
        }
        scores
    }

    /// What a unit has of what the query asks for.
    fn fitness(&self, unit: &Unit) -> f32 {
        let mut fitness = 0.0;
        if self.query.asks_when && unit.has_time {
            fitness += w::TELLS_WHEN;
        }
        if self.query.asks_how_many && unit.has_number {
            fitness += w::TELLS_NUMBER;
        }
        if self.query.asks_who {
            fitness += w::TELLS_NAMES * f32::from(unit.capitals.min(3)) / 3.0;
        }
        fitness
    }
}

/// What speaks for a unit whatever is asked.
fn prior(unit: &Unit, message: &Indexed) -> f32 {
    let mut prior = w::QUESTIONS * unit.questions + w::PERSONS * unit.persons;
    if unit.begins_session {
        prior += w::BEGINS_SESSION;
    }
    if unit.follows_question {
        prior += w::FOLLOWS_QUESTION * answer_share(unit, Some(message));
    }
    if unit.has_number {
        prior += w::NUMBER;
    }
    // Every message is as likely as every other one, however many passages it has.
    prior - message.log_units
}

/// How much of a question belongs to what answers it.
fn answer_share(unit: &Unit, message: Option<&Indexed>) -> f32 {
    let further = (1..unit.answers).fold(1.0, |share, _| share * w::FURTHER_QUESTION);
    let words = message.map_or(0, |message| message.words).max(1) as f32;
    further * (w::ANSWER_WORDS / words).min(1.0)
}

/// The more occurrences there are, the less each adds (BM25, Robertson et al. 1994).
fn saturated(count: f32, saturation: f32) -> f32 {
    count * (saturation + 1.0) / (count + saturation)
}

/// What occurrences at a distance of no word, of one, of two, … count for.
fn decay() -> Vec<f32> {
    std::iter::successors(Some(1.0), |share| Some(share * w::DECAY)).take(DECAY_WORDS).collect()
}

/// Further away they count for nothing.
const DECAY_WORDS: usize = 300;
