//! How fast recall is, and how large its index: conversations of 100 messages each, of real messages in random order.

use std::{rc::Rc, time::Instant};

use conversation_memory::{
    Role,
    recall::{
        index::{ConversationIndex, Document, build},
        rank::{Options, Query, rank},
    },
};

use crate::datasets::Conversation;

const MESSAGES: usize = 100;

/// A generator of random numbers (xorshift), the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

pub fn measure(data: &[Conversation], count: usize) {
    let texts: Vec<&str> = data
        .iter()
        .flat_map(|conversation| &conversation.turns)
        .filter(|turn| turn.role == Role::User)
        .map(|turn| turn.text.as_str())
        .collect();
    let questions: Vec<&str> =
        data.iter().flat_map(|conversation| &conversation.questions).map(|question| question.text.as_str()).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut segments, mut text_bytes, mut build_time) = (Vec::<Rc<[u8]>>::new(), 0, 0.0);
    for conversation in 0..count / MESSAGES {
        let documents: Vec<Document<'_>> = (0..MESSAGES)
            .map(|seq| Document {
                seq: seq as u64,
                role: if seq % 2 == 0 { Role::User } else { Role::Assistant },
                author: None,
                created_at: (conversation * 86_400_000 + seq * 60_000) as i64,
                text: texts[random.below(texts.len())],
                entities: &[],
            })
            .collect();
        text_bytes += documents.iter().map(|document| document.text.len()).sum::<usize>();
        let start = Instant::now();
        let segment = build(&documents);
        build_time += milliseconds(start);
        segments.push(segment.into());
    }
    let index_bytes: usize = segments.iter().map(|segment| segment.len()).sum();
    let start = Instant::now();
    let opened: Vec<ConversationIndex> = segments
        .into_iter()
        .map(|segment| ConversationIndex::open(vec![segment], &[], &[(0, u64::MAX)]).expect("it is whole"))
        .collect();
    let open_time = milliseconds(start);
    let memory: usize = opened.iter().map(ConversationIndex::size).sum();
    let all: Vec<&ConversationIndex> = opened.iter().collect();
    println!("Speed at {count} messages of {} bytes in conversations of {MESSAGES}", text_bytes / count);
    println!("  build {:.1} µs a message; open {open_time:.0} ms", build_time * 1000.0 / count as f64);
    println!(
        "  index {:.1} MB, {:.0} % of the text; in memory {:.1} MB",
        index_bytes as f64 / 1e6,
        index_bytes as f64 * 100.0 / text_bytes as f64,
        memory as f64 / 1e6
    );
    let mut ask = |name: &str, query: &dyn Fn(&str) -> String| {
        let mut times: Vec<f64> = (0..100)
            .map(|_| {
                let query = query(questions[random.below(questions.len())]);
                let start = Instant::now();
                rank(&Query::of(&query), &all, &Options::default());
                milliseconds(start)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("  {name}: p50 {:.2} ms, p95 {:.2} ms", times[50], times[95]);
    };
    ask("full question", &str::to_owned);
    ask("two keywords", &|question| {
        let mut words: Vec<&str> = question.split_ascii_whitespace().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.into_iter().take(2).collect::<Vec<_>>().join(" ")
    });
}
