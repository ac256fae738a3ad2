//! Plain BM25 (k₁ 1.2, b 0.75) over whole messages, stemmed and without function words: what the ranking is compared with.

use std::collections::BTreeMap;

use conversation_memory::recall::{analysis::TextAnalysis, index::Document};

#[derive(Default)]
pub struct Bm25 {
    postings: BTreeMap<String, BTreeMap<usize, f64>>,
    lengths: Vec<f64>,
}

fn terms(text: &str) -> Vec<String> {
    let analysis = TextAnalysis::of(text);
    let passages = analysis.passages.iter();
    passages
        .flat_map(|passage| analysis.terms(passage))
        .filter(|term| !term.is_stop && !term.is_other)
        .map(|term| term.text.to_owned())
        .collect()
}

impl Bm25 {
    pub fn add(&mut self, document: &Document<'_>) {
        let text = format!("{} {}", document.author.unwrap_or_default(), document.text);
        let terms = terms(&text);
        let place = self.lengths.len();
        self.lengths.push(terms.len() as f64);
        for term in terms {
            *self.postings.entry(term).or_default().entry(place).or_default() += 1.0;
        }
    }

    /// The best, best first: places in the order in which they were added.
    pub fn rank(&self, question: &str, limit: usize, allow: impl Fn(usize) -> bool) -> Vec<usize> {
        let all = self.lengths.len() as f64;
        let average = self.lengths.iter().sum::<f64>() / all;
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for term in terms(question) {
            let Some(postings) = self.postings.get(&term) else { continue };
            let standing = postings.len() as f64;
            let weight = (1.0 + (all - standing + 0.5) / (standing + 0.5)).ln();
            for (place, count) in postings {
                let normal = 1.2 * (0.25 + 0.75 * self.lengths[*place] / average);
                *scores.entry(*place).or_default() += weight * count * 2.2 / (count + normal);
            }
        }
        let mut ranked: Vec<(usize, f64)> = scores.into_iter().filter(|(place, _)| allow(*place)).collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        ranked.into_iter().take(limit).map(|(place, _)| place).collect()
    }
}
