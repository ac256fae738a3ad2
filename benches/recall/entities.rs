//! How many of the slot values of SGD's dialogues are found as entities, and how many of those found are such values.

use std::{collections::BTreeSet, path::Path, time::Instant};

use conversation_memory::{
    recall::{Names, extract_entities, extract_entities_knowing},
    text::fold,
};
use serde_json::Value;

use crate::datasets::read;

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

/// The values that a turn says: those with a place in it, and those of its actions that stand in it.
fn values(turn: &Value) -> BTreeSet<String> {
    let said = turn["utterance"].as_str().unwrap_or_default();
    let characters: Vec<char> = said.chars().collect();
    let mut values = BTreeSet::new();
    for frame in list(turn, "frames") {
        for slot in list(frame, "slots") {
            let (start, end) =
                (slot["start"].as_u64().unwrap_or(0) as usize, slot["exclusive_end"].as_u64().unwrap_or(0) as usize);
            values.insert(fold(&characters[start..end].iter().collect::<String>()));
        }
        for action in list(frame, "actions").filter(|action| action["slot"] != "intent") {
            let spoken = list(action, "values").filter_map(Value::as_str);
            values.extend(spoken.filter(|value| said.contains(*value) && value.len() > 1).map(fold));
        }
    }
    values.retain(|value| !matches!(value.as_str(), "true" | "false" | "dontcare"));
    values
}

pub fn measure(path: &Path) {
    let dialogues = read(path);
    let turns: Vec<&Value> =
        dialogues.as_array().into_iter().flatten().flat_map(|dialogue| list(dialogue, "turns")).collect();
    let mut met: Vec<String> = Vec::new();
    let mut names = Names::default();
    for value in turns.iter().flat_map(|turn| values(turn)) {
        if names.enter(&value, met.len()) == Some(met.len()) {
            met.push(value);
        }
    }
    print_time();
    println!("SGD, entities of {} turns against slot values", turns.len());
    for (name, is_met) in [("not met before", false), ("met before", true)] {
        let (mut right, mut found, mut all) = (0, 0, 0);
        for turn in &turns {
            let said = turn["utterance"].as_str().unwrap_or_default();
            let entities =
                if is_met { extract_entities_knowing(said, &names, &met) } else { extract_entities(said, &[]) };
            let entities: BTreeSet<String> = entities.iter().map(|entity| fold(entity)).collect();
            let values = values(turn);
            if std::env::var("SHOW").is_ok() && entities != values {
                println!("{said}\n   found {entities:?}\n   wants {values:?}");
            }
            right += entities.intersection(&values).count();
            found += entities.len();
            all += values.len();
        }
        let (precision, recall) = (right as f64 / found as f64, right as f64 / all as f64);
        println!(
            "  {name:16} precision {precision:.3}  recall {recall:.3}  F1 {:.3}",
            2.0 * precision * recall / (precision + recall)
        );
    }
}

/// How long a sentence takes when 10,000 names are known.
fn print_time() {
    let spellings: Vec<String> =
        (0..5000).flat_map(|place| [format!("Villa {place}"), format!("教育{place}")]).collect();
    let mut names = Names::default();
    for (place, name) in spellings.iter().enumerate() {
        names.enter(name, place);
    }
    let start = Instant::now();
    for _ in 0..100 {
        extract_entities_knowing(
            "Is there a table at Villa 1234 for two next Friday? 教育77の状況",
            &names,
            &spellings,
        );
    }
    println!("Entities of a sentence, 10,000 names known: {:.3} ms", start.elapsed().as_secs_f64() * 10.0);
}
