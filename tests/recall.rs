//! The recall engine from outside: what is found, and that it is the same however a conversation was cut into segments.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::rc::Rc;

use conversation_memory::{
    Message, MessageStatus, Metadata, Role, Timestamp,
    recall::{
        EntityIndex,
        index::{ConversationIndex, Document, Mention, build, mentioning},
        rank::{Matches, Options, Query, RankResult, TextSearch, TextTerms, rank, search, snippet},
    },
    records::record::Stored,
};
use proptest::{collection::vec, prelude::*};
use unicode_segmentation::UnicodeSegmentation;

const HOUR: i64 = 60 * 60 * 1000;

/// All messages are visible.
const ALL: &[(u64, u64)] = &[(0, u64::MAX)];

#[derive(Debug, Clone)]
struct Said {
    role: Role,
    author: Option<String>,
    created_at: i64,
    text: String,
    entities: Vec<String>,
}

fn documents(said: &[Said]) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    for (seq, Said { role, author, created_at, text, entities }) in (0..).zip(said) {
        documents.push(Document {
            seq,
            role: *role,
            author: author.as_deref(),
            created_at: *created_at,
            text,
            entities,
        });
    }
    documents
}

fn said(texts: &[&str]) -> Vec<Said> {
    let one = |(at, text): (usize, &&str)| {
        let author = Some(if at % 2 == 0 { "Caroline" } else { "Mel" }.to_owned());
        // 8 May 2023, an hour between any two.
        Said {
            role: Role::User,
            author,
            created_at: 1_683_504_000_000 + at as i64 * HOUR,
            text: (*text).to_owned(),
            entities: Vec::new(),
        }
    };
    texts.iter().enumerate().map(one).collect()
}

/// The same on different days, so that each message stands for itself.
fn apart(texts: &[&str]) -> Vec<Said> {
    let mut said = said(texts);
    said.iter_mut().zip(0..).for_each(|(said, day)| said.created_at += day * 24 * HOUR);
    said
}

fn open(said: &[Said]) -> ConversationIndex {
    ConversationIndex::open(vec![build(&documents(said)).into()], &[], ALL)
        .expect("a segment that was just built is whole")
}

fn ask(conversation: &ConversationIndex, query: &str) -> RankResult {
    rank(&Query::of(query), &[conversation], &Options::default())
}

fn first(texts: &[&str], query: &str) -> Option<u64> {
    ask(&open(&apart(texts)), query).hits.first().map(|hit| hit.seq)
}

#[test]
fn the_message_that_answers_comes_first() {
    let texts = [
        "How was the weekend?",
        "We painted a sunrise by the lake.",
        "I bought new running shoes.",
        "Nice, which colour?",
        "Purple ones!",
    ];
    assert_eq!(first(&texts, "Who painted the sunrise?"), Some(1));
    assert_eq!(ask(&open(&said(&texts)), "What colour are Caroline's running shoes?").hits[0].seq, 4, "it answers");
    assert_eq!(first(&texts, "xylophone"), None);
    assert_eq!(first(&[], "anything"), None);
}

#[test]
fn an_author_and_a_time_are_enough() {
    let mut said = said(&["Hello there", "Good morning", "See you", "Good night"]);
    said[2].created_at += 40 * 24 * HOUR;
    said[3].created_at += 40 * 24 * HOUR;
    assert_eq!(ask(&open(&said), "What did Caroline say in June?").hits[0].seq, 2);
    assert_eq!(ask(&open(&said), "What did Mel say in May?").hits[0].seq, 1);
}

#[test]
fn a_query_of_function_words_still_finds() {
    let texts = ["Coffee, please", "To be or not to be", "Tea"];
    assert_eq!(first(&texts, "to be or not to be"), Some(1));
    assert_eq!(first(&texts, "or"), Some(1));
    // Also where nothing else is said at all.
    for texts in [&["To be or not to be"][..], &["Who are you?", "I am here.", "Not to be or to be"]] {
        let conversation = open(&said(texts));
        let found = rank(&Query::of("to be or not to be"), &[&conversation], &Options::default());
        let best = found.hits.first().map(|hit| (hit.seq as usize, hit.score.is_finite()));
        assert_eq!(best, Some((texts.len() - 1, true)));
    }
}

#[test]
fn questions_in_other_languages() {
    let german = [
        "Wie war dein Wochenende?",
        "Ich habe zwei Häuser in München gekauft.",
        "Und der Hund?",
        "Er schläft gerne auf dem Sofa.",
    ];
    assert_eq!(first(&german, "Wo steht das Haus?"), Some(1));
    assert_eq!(first(&german, "Wer schläft auf Sofas?"), Some(3));
    let spanish = [
        "¿Qué hiciste ayer?",
        "Escribí tres canciones para mi hermana.",
        "¿Y la comida?",
        "Comimos paella en Valencia.",
    ];
    assert_eq!(first(&spanish, "¿Para quién era la cancion?"), Some(1));
    let french =
        ["Tu as des animaux ?", "J'ai deux chevaux et un chat.", "Et le travail ?", "Je suis infirmière à Lyon."];
    assert_eq!(first(&french, "Combien de chevaux ?"), Some(1));
    let japanese = [
        "週末は何をしましたか。",
        "京都で友達とラーメンを食べました。",
        "猫は元気ですか。",
        "はい、新しい猫を飼いました。名前はタマです。",
    ];
    assert_eq!(first(&japanese, "どこでラーメンを食べた？"), Some(1));
    assert_eq!(first(&japanese, "猫の名前は何？"), Some(3));
    let arabic = ["ماذا فعلت أمس؟", "قرأت الكتاب الجديد في المكتبة.", "وأين تعمل؟", "أعمل طبيبة في مستشفى القاهرة."];
    assert_eq!(first(&arabic, "أين قرأت كتابا جديدا؟"), Some(1));
    assert_eq!(first(&arabic, "في أي مستشفى تعمل؟"), Some(3));
    let chinese = ["你周末做了什么？", "我在北京买了一辆自行车。", "工作怎么样？", "我换了新公司，老板很好。"];
    assert_eq!(first(&chinese, "自行车在哪里买的？"), Some(1));
    let korean = ["주말에 뭐 했어?", "서울에서 친구와 영화를 봤어.", "일은 어때?", "새 회사로 옮겼어."];
    assert_eq!(first(&korean, "어떤 도시에서 영화를 봤지? 서울?"), Some(1));
}

#[test]
fn only_what_is_allowed_is_found() {
    let mut said = said(&["a red boat", "a red bike", "a red car"]);
    said[1].role = Role::Assistant;
    let conversation = open(&said);
    let found = |options: Options<'_>| {
        let hits = rank(&Query::of("red"), &[&conversation], &options).hits;
        let mut seqs: Vec<u64> = hits.iter().map(|hit| hit.seq).collect();
        seqs.sort_unstable();
        seqs
    };
    assert_eq!(found(Options { roles: &[Role::Assistant], ..Options::default() }), [1]);
    assert_eq!(found(Options { after: Some(said[1].created_at), ..Options::default() }), [1, 2]);
    assert_eq!(found(Options { before: Some(said[1].created_at), ..Options::default() }), [0]);
    assert_eq!(found(Options { limit: 0, ..Options::default() }), Vec::<u64>::new());
}

/// The positions that a search box shows for what was typed, in order.
fn searched(said: &[Said], query: &str) -> Vec<u64> {
    let conversation = open(said);
    let mut found = search(&Query::of(query), &[&conversation]);
    let mut shown = Vec::new();
    while let Some(hit) = found.next() {
        if found.matches(&said[hit.seq as usize].text).is_match {
            shown.push(hit.seq);
        }
    }
    shown
}

#[test]
fn a_search_box_finds_all_words_and_the_last_one_as_it_is_typed() {
    let said = said(&[
        "dancing studios",
        "a stone",
        "stu",
        "We dance in the studio",
        "the dances",
        "東京タワー",
        "Häuser",
        "قرأت الكتاب",
    ]);
    for (query, found) in [
        ("studio", &[3, 0][..]),
        ("stu", &[2, 3, 0]),
        ("st", &[3, 2, 1, 0]),
        ("s", &[3, 2, 1, 0]),
        ("dancin", &[0]),
        ("dancing st", &[3, 0]),
        ("dance stone", &[]),
        ("the", &[4, 3]),
        ("the dance", &[4, 3, 0]),
        ("dance the", &[4, 3, 0]),
        ("in the", &[3]),
        ("東京", &[5]),
        ("häus", &[6]),
        ("häuse", &[6]),
        ("الكت", &[7]),
        ("", &[]),
        ("?", &[]),
    ] {
        assert_eq!(searched(&said, query), found, "{query}");
    }
    // Words that begin as it was typed come before all that may: there is an end to what is read.
    let mut decoys = vec!["Here and there"; 200];
    decoys.insert(0, "Andrea is here");
    let conversation = open(&self::said(&decoys));
    for query in ["andr", "andre", "here andr"] {
        assert_eq!(search(&Query::of(query), &[&conversation]).next().map(|hit| hit.seq), Some(0), "{query}");
    }
    assert!(typed("studio danc", "Dancing in a Studio").is_some());
    assert!(typed("studio danc", "A Studio").is_none());
    // Each in its own language: "Häuser" is a form of "Haus" in German alone.
    let query = Query::of("häuser dorf");
    let mut titles = TextSearch::of(&query);
    let mut has = |title| titles.matches(title, &TextTerms::of(title)).is_some();
    assert!(!has("The Haus of the Dorf") && has("Das Haus in dem Dorf") && !has("The Haus of the Dorf"));
}

/// What of the words that were typed stands in a text, if all of them do.
fn typed(query: &str, text: &str) -> Option<Matches> {
    TextSearch::of(&Query::of(query)).matches(text, &TextTerms::of(text))
}

#[test]
fn a_snippet_shows_where_most_of_it_stands() {
    let text = format!("{} the dancing studio is here 👨‍👩‍👧 {}", "word ".repeat(100), "other ".repeat(100));
    let (shown, ranges) = snippet(&text, &typed("dancing studio", &text).unwrap());
    assert!(shown.starts_with('…') && shown.ends_with('…') && shown.chars().count() <= 180, "{shown}");
    let units: Vec<u16> = shown.encode_utf16().collect();
    let parts: Vec<String> = ranges.iter().map(|&(from, to)| String::from_utf16(&units[from..to]).unwrap()).collect();
    assert_eq!(parts, ["dancing", "studio"]);
    assert_eq!(
        snippet("A short one", &typed("short", "A short one").unwrap()),
        ("A short one".to_owned(), vec![(2, 7)])
    );
}

#[test]
fn what_matched_is_shown() {
    let conversation = open(&said(&["😀 She danced; the DANCES of 東京タワー, cafe\u{301}s"]));
    let matches =
        ask(&conversation, "dancing 東京 café").matches("😀 She danced; the DANCES of 東京タワー, cafe\u{301}s");
    assert_eq!(matches.words, ["danced", "DANCES", "東京", "cafe\u{301}s"]);
    assert_eq!(matches.ranges, [(7, 13), (19, 25), (29, 31), (36, 42)]);
}

fn text() -> impl Strategy<Value = String> {
    let words = "dance|dancing|studio|May|2023|when|did you|the|I|a|[?]|!|[.]|Haus|Häuser|und|東京|猫を|كتاب|```|v4.2|Caroline|\n| ";
    prop_oneof![
        8 => vec(words, 0..25).prop_map(|words| words.join(" ")),
        1 => "(.|[é́漢かก😀👨‍👩‍👧🇩🇪]){0,30}",
    ]
}

fn history() -> impl Strategy<Value = Vec<Said>> {
    let role = prop_oneof![Just(Role::User), Just(Role::Assistant), Just(Role::Tool)];
    let author = prop_oneof![Just(None), Just(Some("Caroline".to_owned())), Just(Some("Mel B".to_owned()))];
    let gap = prop_oneof![Just(0), Just(HOUR), Just(5 * HOUR), Just(-HOUR), Just(30 * 24 * HOUR)];
    let one = (role, author, gap, text(), vec("Education|Water|教育|a{0,2}", 0..3));
    vec(one, 0..25).prop_map(|all| {
        let mut time = 1_683_504_000_000;
        let said = |(role, author, gap, text, entities)| {
            time += gap;
            Said { role, author, created_at: time, text, entities }
        };
        all.into_iter().map(said).collect()
    })
}

/// The message as the memory stores it.
fn stored(said: &Said, seq: u64) -> Stored<Message> {
    Stored::new(&Message {
        id: seq.to_string(),
        conversation_id: "c".to_owned(),
        parent_id: None,
        seq,
        role: said.role,
        author: said.author.clone(),
        content: said.text.clone(),
        parts: None,
        metadata: Metadata::from_json(&format!(r#"{{"entities":{:?}}}"#, said.entities)).unwrap(),
        status: MessageStatus::Complete,
        created_at: Timestamp::from_milliseconds(said.created_at),
    })
}

/// The segments of the messages before the newest, cut here and there.
fn cut(documents: &[Document<'_>], cuts: Vec<usize>, newest: usize) -> Vec<Rc<[u8]>> {
    let newest = newest.min(documents.len());
    let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(newest)).chain([0, newest]).collect();
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| build(&documents[cut[0]..cut[1]]).into()).collect()
}

#[test]
fn of_shorter_stems_the_longest_come_first() {
    // Only so many messages are read: those of "inf", the newest, must not be before those of "inform".
    let said = said(&["information", "inf"]);
    let found: Vec<u64> = search(&Query::of("informatio"), &[&open(&said)]).map(|hit| hit.seq).collect();
    assert_eq!(found, [0, 1]);
    // Of those of a function word, which are everywhere, the search box reads few.
    let said = self::said(&["insurance", "in"]);
    let found: Vec<(u64, bool)> =
        search(&Query::of("insuranc"), &[&open(&said)]).map(|hit| (hit.seq, hit.score > 0.0)).collect();
    assert_eq!(found, [(0, true), (1, false)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn segments_cut_anywhere_rank_as_a_rebuild(said in history(), cuts in vec(0_usize..25, 0..4), newest in 0_usize..25, query in text()) {
        let documents = documents(&said);
        let cut = ConversationIndex::open(cut(&documents, cuts, newest), &documents[newest.min(documents.len())..], ALL).unwrap();
        let options = Options { limit: 25, ..Options::default() };
        let query = Query::of(&query);
        prop_assert_eq!(rank(&query, &[&cut], &options), rank(&query, &[&open(&said)], &options));
    }

    #[test]
    fn a_title_matches_what_a_message_of_its_words_matches(titles in vec(text(), 1..5), words in text(), typed in 0_usize..12) {
        // Often words of the first title, the last of them in part.
        let words = if typed > 5 { words } else { titles[0].chars().take(typed * 3).collect() };
        let query = Query::of(&words);
        let mut titles_asked = TextSearch::of(&query);
        for title in &titles {
            let conversation = open(&said(&[title]));
            let found = search(&query, &[&conversation]).matches(title);
            let asked = titles_asked.matches(title, &TextTerms::of(title));
            prop_assert_eq!(asked, found.is_match.then_some(found));
        }
    }

    #[test]
    fn hidden_messages_are_as_if_they_were_not_there(
        said in history(),
        cuts in vec(0_usize..25, 0..3),
        newest in 0_usize..25,
        runs in vec(0_u64..6, 0..8),
        query in text(),
    ) {
        let documents = documents(&said);
        // In turn hidden and visible.
        let ends: Vec<u64> = runs.iter().scan(0, |end, run| { *end += run; Some(*end) }).collect();
        let visible: Vec<(u64, u64)> = ends.chunks_exact(2).map(|run| (run[0], run[1])).collect();
        let seen: Vec<Document<'_>> =
            documents.iter().filter(|one| visible.iter().any(|run| (run.0..run.1).contains(&one.seq))).copied().collect();
        let alone = ConversationIndex::open(vec![build(&seen).into()], &[], ALL).unwrap();
        let hiding = ConversationIndex::open(cut(&documents, cuts, newest), &documents[newest.min(documents.len())..], &visible).unwrap();
        let options = Options { limit: 25, ..Options::default() };
        let query = Query::of(&query);
        prop_assert_eq!(rank(&query, &[&hiding], &options), rank(&query, &[&alone], &options));
    }

    #[test]
    fn a_segment_has_what_its_messages_name(said in history(), question in vec("education|water|教育|A", 0..4)) {
        let documents = documents(&said);
        let mentions = mentioning(&build(&documents)).unwrap();
        let naming: Vec<Mention> = documents
            .iter()
            .filter(|one| !one.entities.is_empty())
            .map(|one| Mention { seq: one.seq, is_answer: one.role == Role::Assistant, entities: one.entities.to_vec() })
            .collect();
        prop_assert_eq!(&mentions, &naming);
        let (mut past, mut of_messages) = (EntityIndex::default(), EntityIndex::default());
        mentions.into_iter().for_each(|one| past.add_entities(one.seq, one.is_answer, one.entities));
        said.iter().zip(0..).for_each(|(said, seq)| of_messages.add(&stored(said, seq)).unwrap());
        prop_assert_eq!(past.rank(&question, 3), of_messages.rank(&question, 3));
        prop_assert_eq!(past.newest(), of_messages.newest());
    }

    #[test]
    fn the_first_of_many_conversations_are_the_first_of_all(histories in vec(history(), 1..6), query in text()) {
        let all: Vec<ConversationIndex> = histories.iter().map(|said| open(said)).collect();
        let all: Vec<&ConversationIndex> = all.iter().collect();
        let hits = |limit| rank(&Query::of(&query), &all, &Options { limit, ..Options::default() }).hits;
        let everything = hits(1000);
        for limit in [0, 1, 3] {
            prop_assert_eq!(&hits(limit)[..], &everything[..limit.min(everything.len())]);
        }
    }

    #[test]
    fn a_search_finds_what_a_look_at_every_text_finds(
        said in history(),
        typed in vec("dance|dancin|danc|stud|studio|Häus|2023|the|東京|Car|s", 1..3),
    ) {
        let query = typed.join(" ");
        let mut found = searched(&said, &query);
        found.sort_unstable();
        let conversation = open(&said);
        let all = search(&Query::of(&query), &[&conversation]);
        let is_match = |said: &Said| all.matches(&said.text).is_match;
        let expected: Vec<u64> = (0..).zip(&said).filter(|(_, said)| is_match(said)).map(|(seq, _)| seq).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_word_is_found_at_every_key(
        word in "(inform|organ|nation|danc|beauti|happi|run|histor|walk|mak|copy|cap)(ation|ations|ization|ness|ing|ed|es|fully|al|s|ability|)\
            |Müller|Nguyễn|Łódź|Häuser|Krankenhäusern|canciones|frecuencia|développements|heureuse|chevaux|für|während|también|même|prüfung_3|Prüfung2024|müəllim|l'avion|qu'ils|الكتاب|والمدرسة|東京タワー|ラーメン|\
            서울에서|집에서|กรุงเทพ|собаку|Αθήνα|Straße|v4[.]18[.]2|iPhone",
        said in history(),
    ) {
        let mut said = said;
        let texts = ["Wir sind # und der Rest", "This is # and the rest", "Nous avons # et le reste", "Nosotros con # y el resto"];
        let texts = texts.map(|text| text.replace('#', &word));
        said.push(self::said(&texts.each_ref().map(String::as_str)).remove(said.len() % 4));
        let whole = searched(&said, &word);
        let newest = said.len() as u64 - 1;
        prop_assert!(whole.contains(&newest), "{word}");
        // What hangs before a word is in no index: "l'", "ال".
        let hanging = ["l'", "qu'", "وال", "ال"].into_iter().find(|before| word.starts_with(before)).map_or(0, str::len);
        for (end, _) in word.grapheme_indices(true).skip(1).filter(|(end, _)| *end > hanging) {
            let typed = &word[..end];
            prop_assert!(searched(&said, typed).contains(&newest), "{typed:?} of {word}");
        }
    }

    #[test]
    fn ranges_are_of_whole_letters_and_of_matches(said in history(), query in text()) {
        let answer = ask(&open(&said), &query);
        for text in said.iter().map(|said| &said.text) {
            let matches = answer.matches(text);
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut ends = vec![0];
            ends.extend(text.graphemes(true).scan(0, |at, cluster| {
                *at += cluster.encode_utf16().count();
                Some(*at)
            }));
            let mut end = 0;
            for &(from, to) in &matches.ranges {
                prop_assert!(end <= from && from < to && to <= units.len());
                prop_assert!(ends.contains(&from) && ends.contains(&to), "{from} to {to} of {text:?}");
                end = to;
                let part = String::from_utf16(&units[from..to]).unwrap();
                prop_assert!(!answer.matches(&part).ranges.is_empty() || !part.is_ascii(), "{part:?} of {text:?}");
            }
            prop_assert_eq!(matches.words.is_empty(), matches.ranges.is_empty());
        }
    }

    #[test]
    fn damaged_bytes_fail_or_rank_something(said in history(), damage in vec((0_usize..4000, any::<u8>()), 1..4), query in text()) {
        let mut bytes = build(&documents(&said));
        for (at, byte) in damage {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        if let Some(conversation) = ConversationIndex::open(vec![bytes.into()], &[], ALL) {
            ask(&conversation, &query);
        }
    }
}
