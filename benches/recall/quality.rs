//! How many of the messages that answer a question are among the first, and at which place the first of them is.

use std::{collections::BTreeMap, time::Instant};

use conversation_memory::{
    Role,
    recall::{
        index::{Conversation as Index, build},
        rank::{Lookups, Nearness, Options, Query, rank_again},
    },
};

use crate::{bm25::Bm25, datasets::Conversation, vectors::Vectors};

const FIRST: [usize; 4] = [1, 5, 10, 20];

#[derive(Default, Clone)]
struct Figures {
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
        let [one, five, ten, twenty] = self.recall.map(|recall| recall / all * 100.0);
        let (reciprocal, time) = (self.reciprocal / all, self.milliseconds / all);
        println!(
            "  {name:34} {:5} {one:6.1} {five:6.1} {ten:6.1} {twenty:6.1}  {reciprocal:.3} {time:8.3}",
            self.questions
        );
    }
}

/// Prints the figures of a data set, within each conversation or pooled over all of them.
pub fn measure(name: &str, conversations: &[Conversation], roles: &[Role], pooled: bool, vectors: Option<&Vectors>) {
    println!(
        "{name}\n  {:34} {:>5} {:>6} {:>6} {:>6} {:>6}  {:<5} {:>8}",
        "", "n", "R@1", "R@5", "R@10", "R@20", "MRR", "ms"
    );
    let indexes: Vec<Index> = conversations
        .iter()
        .map(|conversation| {
            Index::open(vec![build(&conversation.documents()).into()], &[], &[(0, u64::MAX)])
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
    let (mut all, mut baseline) = (Figures::default(), Figures::default());
    let (mut kinds, mut plain_kinds) = (BTreeMap::<&str, Figures>::new(), BTreeMap::<&str, Figures>::new());
    for (place, conversation) in conversations.iter().enumerate() {
        let asked: Vec<&Index> = if pooled { indexes.iter().collect() } else { vec![&indexes[place]] };
        let (bm25, messages) = &plain[if pooled { 0 } else { place }];
        for question in &conversation.questions {
            let said: Vec<&Conversation> = if pooled { conversations.iter().collect() } else { vec![conversation] };
            let nearness = vectors.map_or_else(Nearness::default, |vectors| vectors.nearness(&question.text, &said));
            let start = Instant::now();
            let (query, options) = (Query::of(&question.text), Options { limit: 20, roles, ..Options::default() });
            let hits = rank_again(&query, &asked, &options, &mut Lookups::default(), &nearness).hits;
            let time = start.elapsed().as_secs_f64() * 1000.0;
            let ranked: Vec<(usize, u64)> =
                hits.iter().map(|hit| (if pooled { hit.conversation } else { place }, hit.seq)).collect();
            all.add(&ranked, place, &question.evidence, time);
            kinds.entry(&question.kind).or_default().add(&ranked, place, &question.evidence, time);
            let start = Instant::now();
            let ranked: Vec<(usize, u64)> =
                bm25.rank(&question.text, 20, |_| true).into_iter().map(|place| messages[place]).collect();
            let time = start.elapsed().as_secs_f64() * 1000.0;
            baseline.add(&ranked, place, &question.evidence, time);
            plain_kinds.entry(&question.kind).or_default().add(&ranked, place, &question.evidence, time);
        }
    }
    for (kind, figures) in kinds {
        figures.print(kind);
        plain_kinds[kind].print("  BM25");
    }
    all.print("all");
    baseline.print("BM25");
}
