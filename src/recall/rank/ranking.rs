use super::{
    Dates, Nearness, Options, Query,
    sums::{Measure, Sums, Weighted, saturated},
    top::{Hit, Top},
    weights as w,
};
use crate::{
    recall::index::{ConversationIndex, IndexedMessage, Unit},
    records::Role,
};

/// Ranks the messages of conversations, one conversation after the other.
pub struct Ranking<'a> {
    query: &'a Query,
    tells_author: bool,
    terms: Vec<Weighted>,
    measure: Measure,
    nearness: &'a Nearness,
    sums: Sums,
}

/// What a query has to do with an author.
struct Speaker {
    is_named: bool,
    may_wish: bool,
}

impl<'a> Ranking<'a> {
    /// By this query, of which these terms stand somewhere.
    pub fn new(
        query: &'a Query,
        tells_author: bool,
        terms: Vec<Weighted>,
        measure: Measure,
        nearness: &'a Nearness,
    ) -> Self {
        Self { query, tells_author, terms, measure, nearness, sums: Sums::default() }
    }

    /// Adds the messages of the conversation at this index to the best.
    pub fn add(&mut self, index: usize, conversation: &ConversationIndex, options: &Options<'_>, top: &mut Top) {
        self.sums.fill(index, conversation, &self.terms, &self.measure);
        let has_names = conversation.authors.iter().any(|author| author.name.is_some());
        let speakers: Vec<Speaker> = conversation
            .authors
            .iter()
            .map(|author| Speaker {
                is_named: self.tells_author && self.query.names(author),
                may_wish: self.query.is_request && !has_names && author.role == Role::User,
            })
            .collect();
        let (sums, near) = (self.sums.units(), self.nearness.units(index));
        let besides = self.bound_besides_terms(index);
        // Messages follow each other: most are of the day of the one before.
        let mut date = (None, 0.0);
        let mut end = 0;
        for (at, message) in conversation.messages.iter().enumerate() {
            let range = end..end + message.units as usize;
            end = range.end;
            let Some(sums) = sums.get(range.clone()) else { continue };
            // Most are worse than the worst of the best, whatever else speaks for them.
            if top.worst().is_some_and(|worst| sums.iter().all(|sum| sum + besides < worst)) {
                continue;
            }
            let author = message.author as usize;
            let (Some(speaker), Some(author)) = (speakers.get(author), conversation.authors.get(author)) else {
                continue;
            };
            let Some(units) = conversation.units.get(range.clone()) else { continue };
            let day = Some(Dates::day(message.created_at));
            if date.0 != day && !self.query.dates.is_empty() {
                date = (day, self.query.dates.closeness(message.created_at));
            }
            let near = near.get(range).unwrap_or_default();
            let score = self.best(message, speaker, date.1, (units, sums, near));
            let score = score.filter(|score| top.worst().is_none_or(|worst| *score >= worst));
            let Some(score) = score.filter(|_| options.allow(message, author)) else { continue };
            let seq = conversation.positions.of(at).unwrap_or_default();
            top.add(Hit { conversation: index, seq, score });
        }
    }

    /// More than all but the terms can give any message of a conversation.
    fn bound_besides_terms(&self, index: usize) -> f32 {
        let Query { asks_when, asks_how_many, asks_who, is_request, ref dates, .. } = *self.query;
        let mut bound = Unit::HIGHEST_PRIOR + self.nearness.highest(index);
        let parts = [
            (asks_when, w::TELLS_WHEN),
            (asks_how_many, w::TELLS_NUMBER),
            (asks_who, w::TELLS_NAMES),
            (is_request, w::WISH),
            (self.tells_author, w::AUTHOR),
            (!dates.is_empty(), w::DATE * Dates::CLOSEST),
        ];
        bound += parts.iter().map(|(may_be, weight)| if *may_be { *weight } else { 0.0 }).sum::<f32>();
        // Sums in another order may differ in the last digits.
        bound + 0.01
    }

    /// More than any message of a conversation can score.
    pub fn bound(&self, index: usize) -> f32 {
        let mut bound = self.bound_besides_terms(index);
        for term in &self.terms {
            // As if all occurrences were in one short unit.
            let (mut count, mut asked) = (0.0, 0.0);
            for posting in term.found.of(index) {
                count += f32::from(posting.count());
                asked += f32::from(posting.asked());
            }
            let window = saturated(w::OWN * count / (1.0 - w::LENGTH), w::SATURATION);
            let question = saturated(asked / (1.0 - w::LENGTH), w::SATURATION);
            let section = saturated(count / (1.0 - w::SECTION_LENGTH), w::SECTION_SATURATION);
            bound += self.measure.scale * term.weight * (w::WINDOW * window + w::QUESTION_BEFORE * question);
            bound += self.measure.scale * term.section_weight * w::SECTION * section;
        }
        bound * 1.001
    }

    /// The score of the best unit of a message; none when nothing of the query fits it. `date`: how well its day does. With the
    /// units come what the terms give them, and their vectors where there are any.
    fn best(
        &self,
        message: &IndexedMessage,
        speaker: &Speaker,
        date: f32,
        (units, sums, near): (&[Unit], &[f32], &[f32]),
    ) -> Option<f32> {
        let of_message = w::DATE * date + if speaker.is_named { w::AUTHOR } else { 0.0 };
        let is_found = date > 0.0 || speaker.is_named;
        let may_wish = speaker.may_wish && u32::from(message.words) < w::WISH_WORDS;
        let mut best: Option<f32> = None;
        for (at, (unit, matched)) in units.iter().zip(sums).enumerate() {
            let near = near.get(at).copied().unwrap_or_default();
            let is_near = near > 0.0 && near >= self.nearness.enough;
            let fits = is_found || *matched > 0.0 || is_near;
            if !fits {
                continue;
            }
            let wish = if may_wish && unit.has_wish() { w::WISH } else { 0.0 };
            let score = matched + near + of_message + self.fitness(unit) + wish + unit.prior;
            if best.is_none_or(|best| score > best) {
                best = Some(score);
            }
        }
        best
    }

    /// What a unit has of what the query asks for.
    fn fitness(&self, unit: &Unit) -> f32 {
        let mut fitness = 0.0;
        if self.query.asks_when && unit.has_time() {
            fitness += w::TELLS_WHEN;
        }
        if self.query.asks_how_many && unit.has_number() {
            fitness += w::TELLS_NUMBER;
        }
        if self.query.asks_who {
            fitness += w::TELLS_NAMES * f32::from(unit.capitals().min(3)) / 3.0;
        }
        fitness
    }
}
