use std::rc::Rc;

use super::{gather::TermPostings, weights as w};
use crate::recall::index::{ConversationIndex, Posting, Unit, UnitRangeFinder};

/// A term of a query, and what it counts for.
pub struct Weighted {
    /// Where it stands.
    pub found: Rc<TermPostings>,
    /// Its weight among units …
    pub weight: f32,
    /// … and among sections.
    pub section_weight: f32,
}

/// What does not depend on the term: the same for a whole query.
pub struct Measure {
    /// What makes the sums of short and long queries comparable.
    pub scale: f32,
    /// How many terms that are no function words a unit has on average …
    pub unit_content: f32,
    /// … and a section.
    pub section_content: f32,
    // What occurrences at a distance of no word, of one, of two, … count for.
    decay: Vec<f32>,
}

/// Further away they count for nothing, in words.
const DECAY_WORDS: usize = 300;

impl Measure {
    /// Of a query whose terms have this sum of weights.
    pub fn new(sum: f32, unit_content: f32, section_content: f32) -> Self {
        // Where nothing but function words was said, all are as long as each other.
        let [unit_content, section_content] =
            [unit_content, section_content].map(|mean| if mean > 0.0 { mean } else { 1.0 });
        let scale = 1.0 / (3.0 * if sum > 0.0 { sum.sqrt() } else { 1.0 });
        let decay = std::iter::successors(Some(1.0), |share| Some(share * w::DECAY)).take(DECAY_WORDS).collect();
        Self { scale, unit_content, section_content, decay }
    }

    /// How much more occurrences a unit of its length must have.
    pub fn normal(&self, unit: &Unit) -> f32 {
        1.0 - w::LENGTH + w::LENGTH * f32::from(unit.content) / self.unit_content
    }
}

/// What the terms of a query give the units of a conversation. Used for one conversation after the other, so that nothing is
/// allocated anew.
#[derive(Default)]
pub struct Sums {
    units: Vec<f32>,
    sections: Vec<f32>,
    // What a term comes to at each unit; nothing between two terms.
    near: Vec<f32>,
    // Where that may be something.
    touched: Vec<(usize, usize)>,
    // How often a term stands in each section.
    counts: Vec<f32>,
}

impl Sums {
    /// Adds up what the terms give the units of the conversation at this index.
    pub fn fill(&mut self, index: usize, conversation: &ConversationIndex, terms: &[Weighted], measure: &Measure) {
        let clear = |sums: &mut Vec<f32>, length: usize| {
            sums.clear();
            sums.resize(length, 0.0);
        };
        clear(&mut self.units, conversation.units.len());
        clear(&mut self.near, conversation.units.len());
        clear(&mut self.sections, conversation.sections.len());
        for term in terms {
            let postings = term.found.of(index);
            if postings.is_empty() {
                continue;
            }
            clear(&mut self.counts, conversation.sections.len());
            let (mut sessions, mut sections) = (conversation.sessions.finder(), conversation.sections.finder());
            for posting in postings {
                self.add(posting, conversation, &mut sessions, term.weight, measure);
                let section = sections.find(posting.unit() as usize);
                if let Some(count) = section.and_then(|(section, _)| self.counts.get_mut(section)) {
                    *count += f32::from(posting.count());
                }
            }
            self.add_near(w::WINDOW * measure.scale * term.weight);
            let weight = w::SECTION * measure.scale * term.section_weight;
            self.add_sections(&conversation.section_contents, weight, measure);
        }
        for (units, section) in conversation.sections.iter().zip(&self.sections) {
            self.units.get_mut(units).unwrap_or_default().iter_mut().for_each(|unit| *unit += section);
        }
    }

    /// What they give the units of the conversation, in order.
    pub fn units(&self) -> &[f32] {
        &self.units
    }

    /// Adds an occurrence to the units around it, and to those that answer it.
    fn add(
        &mut self,
        posting: &Posting,
        conversation: &ConversationIndex,
        sessions: &mut UnitRangeFinder<'_>,
        weight: f32,
        measure: &Measure,
    ) {
        let at = posting.unit() as usize;
        let (Some(unit), Some((_, session))) = (conversation.units.get(at), sessions.find(at)) else { return };
        let normal = measure.normal(unit);
        let count = f32::from(posting.count()) / normal;
        let (start, end) = (at.saturating_sub(w::REACH).max(session.start), (at + w::REACH + 1).min(session.end));
        let neighbours = conversation.units.get(start..end).unwrap_or_default();
        let near = self.near.get_mut(start..end).unwrap_or_default();
        for (other, (neighbour, near)) in (start..).zip(neighbours.iter().zip(near)) {
            let distance = (neighbour.middle.abs_diff(unit.middle) / 2) as usize;
            let share = if other == at { w::OWN } else { measure.decay.get(distance).copied().unwrap_or_default() };
            *near += share * count;
        }
        match self.touched.last_mut().filter(|last| last.0 <= start && start <= last.1) {
            Some(last) => last.1 = last.1.max(end),
            None => self.touched.push((start, end)),
        }
        if posting.asked() > 0 {
            let asked = f32::from(posting.asked()) / normal;
            for back in 1..=4_u8 {
                let heir = at + usize::from(back);
                let Some(unit) = conversation.units.get(heir).filter(|unit| unit.answers == back) else { continue };
                if let Some(sum) = self.units.get_mut(heir) {
                    let weight = w::QUESTION_BEFORE * measure.scale * weight;
                    *sum += weight * saturated(unit.answer_share() * asked, w::SATURATION);
                }
            }
        }
    }

    /// Adds what the occurrences of a term come to at each unit.
    fn add_near(&mut self, weight: f32) {
        for (start, end) in self.touched.drain(..) {
            let near = self.near.get_mut(start..end).unwrap_or_default();
            for (near, sum) in near.iter_mut().zip(self.units.get_mut(start..end).unwrap_or_default()) {
                *sum += weight * saturated(std::mem::take(near), w::SATURATION);
            }
        }
    }

    /// The same for each section, of which these are the numbers of terms.
    fn add_sections(&mut self, contents: &[u32], weight: f32, measure: &Measure) {
        for ((count, content), sum) in self.counts.iter().zip(contents).zip(&mut self.sections) {
            let normal = 1.0 - w::SECTION_LENGTH + w::SECTION_LENGTH * *content as f32 / measure.section_content;
            *sum += weight * saturated(count / normal, w::SECTION_SATURATION);
        }
    }
}

/// The more occurrences there are, the less each adds (BM25, Robertson et al. 1994).
pub fn saturated(count: f32, saturation: f32) -> f32 {
    count * (saturation + 1.0) / (count + saturation)
}
