//! How good and how fast recall is. Called by `npm run bench:recall -- --locomo <file> [--beam <folder>]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bm25;
mod datasets;
mod entities;
mod languages;
mod quality;
mod speed;
mod vectors;

use std::path::PathBuf;

use conversation_memory::{
    Role,
    recall::rank::{Nearness, weights::NEARNESS},
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).map(PathBuf::from)
    };
    let (locomo, beam, sgd) = (option("--locomo"), option("--beam"), option("--sgd"));
    let with_languages = arguments.iter().any(|argument| argument == "--languages");
    if locomo.is_none() && beam.is_none() && sgd.is_none() && !with_languages {
        eprintln!(
            "usage: npm run bench:recall -- [--locomo <file>] [--beam <folder>] [--sgd <file>] [--languages] \
             [--speed <messages>] [--texts <file to write>] [--vectors <file> [--weight <number>] [--exact]]"
        );
        std::process::exit(2);
    }
    if let Some(count) = option("--speed") {
        let mut data = locomo.iter().flat_map(|path| datasets::locomo(path, true)).collect::<Vec<_>>();
        data.extend(beam.iter().flat_map(|path| datasets::beam(path, true)));
        let count = count.to_string_lossy().parse().expect("--speed takes a number of messages");
        return speed::measure(&data, count);
    }
    if let Some(path) = option("--texts") {
        let mut data = locomo.iter().flat_map(|path| datasets::locomo(path, true)).collect::<Vec<_>>();
        data.extend(beam.iter().flat_map(|path| datasets::beam(path, false)));
        return vectors::write_texts(&data, &path);
    }
    let weight = option("--weight").map(|weight| weight.to_string_lossy().parse().expect("--weight takes a number"));
    let exact = arguments.iter().any(|argument| argument == "--exact");
    let vectors = option("--vectors").map(|path| vectors::Vectors::read(&path, weight.unwrap_or(NEARNESS), exact));
    let near = |text: &str, said: &[&datasets::Conversation]| {
        vectors.as_ref().map_or_else(Nearness::default, |vectors| vectors.nearness(text, said))
    };
    if with_languages {
        for (language, conversations) in languages::languages() {
            quality::measure(&language, &conversations, &[], true, &near);
        }
    }
    if let Some(path) = &sgd {
        entities::measure(path);
    }
    if let Some(path) = &locomo {
        let conversations = datasets::locomo(path, true);
        quality::measure("LoCoMo, within the conversation", &conversations, &[], false, &near);
        quality::measure("LoCoMo, all conversations", &conversations, &[], true, &near);
        quality::measure("LoCoMo, without times", &datasets::locomo(path, false), &[], false, &near);
    }
    if let Some(path) = &beam {
        quality::measure("BEAM, all messages", &datasets::beam(path, false), &[], false, &near);
        quality::measure("BEAM, messages of the person", &datasets::beam(path, true), &[Role::User], false, &near);
    }
}
