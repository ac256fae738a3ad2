//! How many of the messages that answer a question are among the first, and at which place the first of them is.

use std::{collections::BTreeMap, time::Instant};

use conversation_memory::{
    Role,
    recall::{
        index::{ConversationIndex, build},
        rank::{Lookups, Nearness, Options, Query, rank_again},
    },
};

use crate::{bm25::Bm25, datasets::Conversation};

const FIRST: [usize; 4] = [1, 5, 10, 20];

/// Sums over questions.
#[derive(Default, Clone)]
pub struct Figures {
    questions: usize,
    recall: [f64; 4],
    reciprocal: f64,
    milliseconds: f64,
}

impl Figures {
    fn add(&mut self, ranked: &[(usize, u64)], conversation: usize, evidence: &[u64], milliseconds: f64) {
        self.questions += 1;
        self.milliseconds += milliseconds;
        let is_evidence = |hit: &(usize, u64)| hit.0 == conversation && evidence.contains(&hit.1);
        for (recall, first) in self.recall.iter_mut().zip(FIRST) {
            let found = ranked.iter().take(first).filter(|hit| is_evidence(hit)).count();
            *recall += found as f64 / evidence.len() as f64;
        }
        if let Some(place) = ranked.iter().take(20).position(is_evidence) {
            self.reciprocal += 1.0 / (place + 1) as f64;
        }
    }

    fn print(&self, name: &str) {
        let all = self.questions as f64;
        let ([one, five, ten, twenty], time) = (self.recall(), self.milliseconds / all);
        let reciprocal = self.reciprocal();
        println!(
            "  {name:34} {:5} {one:6.1} {five:6.1} {ten:6.1} {twenty:6.1}  {reciprocal:.3} {time:8.3}",
            self.questions
        );
    }

    /// The share of the evidence among the first 1, 5, 10 and 20, in per cent.
    pub fn recall(&self) -> [f64; 4] {
        self.recall.map(|recall| recall / self.questions as f64 * 100.0)
    }

    /// The mean of one over the place of the first evidence.
    pub fn reciprocal(&self) -> f64 {
        self.reciprocal / self.questions as f64
    }
}

/// How near the passages of conversations are to a question; by default nobody knows.
pub type Near<'a> = dyn Fn(&str, &[&Conversation]) -> Nearness + 'a;

/// The figures of a data set: this engine's, and those of plain BM25 over the same terms.
#[derive(Default)]
pub struct Comparison {
    pub all: Figures,
    pub plain: Figures,
    kinds: BTreeMap<String, (Figures, Figures)>,
}

/// Prints the figures of a data set, within each conversation or pooled over all of them.
pub fn measure(name: &str, conversations: &[Conversation], roles: &[Role], pooled: bool, near: &Near<'_>) {
    println!(
        "{name}\n  {:34} {:>5} {:>6} {:>6} {:>6} {:>6}  {:<5} {:>8}",
        "", "n", "R@1", "R@5", "R@10", "R@20", "MRR", "ms"
    );
    let figures = compare(conversations, roles, pooled, near);
    for (kind, (ours, plain)) in &figures.kinds {
        ours.print(kind);
        plain.print("  BM25");
    }
    figures.all.print("all");
    figures.plain.print("BM25");
}

/// The figures of a data set, within each conversation or pooled over all of them.
pub fn compare(conversations: &[Conversation], roles: &[Role], pooled: bool, near: &Near<'_>) -> Comparison {
    let indexes: Vec<ConversationIndex> = conversations
        .iter()
        .map(|conversation| {
            ConversationIndex::open(vec![build(&conversation.documents()).into()], &[], &[(0, u64::MAX)])
                .expect("the index is whole")
        })
        .collect();
    let mut plain: Vec<(Bm25, Vec<(usize, u64)>)> = Vec::new();
    for (place, conversation) in conversations.iter().enumerate() {
        if plain.is_empty() || !pooled {
            plain.push(Default::default());
        }
        if let Some((bm25, messages)) = plain.last_mut() {
            for document in conversation.documents() {
                if roles.is_empty() || roles.contains(&document.role) {
                    bm25.add(&document);
                    messages.push((place, document.seq));
                }
            }
        }
    }
    let mut figures = Comparison::default();
    for (place, conversation) in conversations.iter().enumerate() {
        let asked: Vec<&ConversationIndex> = if pooled { indexes.iter().collect() } else { vec![&indexes[place]] };
        let (bm25, messages) = &plain[if pooled { 0 } else { place }];
        for question in &conversation.questions {
            let said: Vec<&Conversation> = if pooled { conversations.iter().collect() } else { vec![conversation] };
            let nearness = near(&question.text, &said);
            let start = Instant::now();
            let (query, options) = (Query::of(&question.text), Options { limit: 20, roles, ..Options::default() });
            let hits = rank_again(&query, &asked, &options, &mut Lookups::default(), &nearness).hits;
            let time = start.elapsed().as_secs_f64() * 1000.0;
            let ranked: Vec<(usize, u64)> =
                hits.iter().map(|hit| (if pooled { hit.conversation } else { place }, hit.seq)).collect();
            let kind = figures.kinds.entry(question.kind.clone()).or_default();
            figures.all.add(&ranked, place, &question.evidence, time);
            kind.0.add(&ranked, place, &question.evidence, time);
            let start = Instant::now();
            let ranked: Vec<(usize, u64)> =
                bm25.rank(&question.text, 20, |_| true).into_iter().map(|place| messages[place]).collect();
            let time = start.elapsed().as_secs_f64() * 1000.0;
            figures.plain.add(&ranked, place, &question.evidence, time);
            kind.1.add(&ranked, place, &question.evidence, time);
        }
    }
    figures
}
