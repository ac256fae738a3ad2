//! How well questions in other languages than English are answered, on the conversations of `tests/fixtures/recall/`: no
//! worse than floors, and nowhere worse than plain BM25 over the same terms. `npm run bench:recall -- --languages` prints
//! the figures, with those of each kind of question.

#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../benches/recall/bm25.rs"]
mod bm25;
#[path = "../benches/recall/datasets.rs"]
mod datasets;
#[path = "../benches/recall/languages.rs"]
mod languages;
#[path = "../benches/recall/quality.rs"]
mod quality;

/// R@5 and R@10 in per cent, and MRR: a question or two below what was measured.
const FLOORS: [(&str, f64, f64, f64); 6] = [
    ("Arabic", 94.0, 96.0, 0.85),
    ("German", 86.0, 88.0, 0.76),
    ("Spanish", 96.0, 96.0, 0.87),
    ("French", 96.0, 96.0, 0.85),
    ("Japanese", 95.0, 97.0, 0.85),
    ("Chinese", 96.0, 96.0, 0.80),
];

#[test]
fn questions_in_other_languages_are_answered() {
    let languages = languages::languages();
    assert_eq!(languages.len(), FLOORS.len());
    for ((language, conversations), (name, five, ten, reciprocal)) in languages.iter().zip(FLOORS) {
        assert_eq!(language, name);
        // All conversations of a language together: a single one is too short to be hard.
        let quality::Comparison { all, plain, .. } =
            quality::compare(conversations, &[], true, &|_, _| Default::default());
        let ([_, ours_5, ours_10, _], [_, plain_5, plain_10, _]) = (all.recall(), plain.recall());
        let figures = format!("{name}: {ours_5:.1} {ours_10:.1} {:.3}", all.reciprocal());
        assert!(ours_5 >= five && ours_10 >= ten && all.reciprocal() >= reciprocal, "{figures}");
        assert!(
            ours_5 >= plain_5 && ours_10 >= plain_10 && all.reciprocal() >= plain.reciprocal(),
            "{figures}; BM25: {plain_5:.1} {plain_10:.1} {:.3}",
            plain.reciprocal()
        );
    }
}

#[test]
fn every_language_has_questions_enough() {
    for (language, conversations) in languages::languages() {
        let messages: usize = conversations.iter().map(|conversation| conversation.turns.len()).sum();
        let questions: usize = conversations.iter().map(|conversation| conversation.questions.len()).sum();
        assert!(messages >= 50 && questions >= 25, "{language}: {messages} {questions}");
    }
}
