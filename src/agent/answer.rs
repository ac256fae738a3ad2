use crate::{
    records::{Analysis, Metadata, Visualization, limits, record::Field},
    text::find_all,
    value::Value,
};

/// How much may stand beside an answer, in bytes of JSON: a part of what a message may have beside it.
const MAX_BESIDE_BYTES: usize = limits::METADATA_BYTES / 4;
/// The longest reply that is kept beside its answer, in bytes of JSON.
const MAX_REPLY_BYTES: usize = limits::METADATA_BYTES / 2;
/// Deeper JSON is not read: engines and stores have an end somewhere, and each another.
const MAX_LEVELS: usize = 100;
const FENCE: &str = "```";
/// What an object can hold that is known here.
const FIELDS: [&str; 4] = ["answer", "dimensions", "insights", "visualization"];

/// What a model's reply holds: the text for people and, where it brought JSON, the dimensions, insights and chart in it.
/// All of the reply is in `answer` or in `reply`.
///
/// - A reply that is one JSON object, in a fence or without: its `answer` is the text, or else the whole reply.
/// - Fenced blocks of JSON in prose: the prose is the text, and what they hold stands beside it. A block leaves the text
///   when all that it holds stands beside it. Where a block has an `answer`, the text stays as it came: the blocks may be
///   what it is about.
/// - All else is text. What is broken, unknown, or nested deeper than 100 levels stays in it, and nothing stands beside.
///   So it is with a block that goes beyond 256 KiB of what stands beside, and with the answer of a reply of more than
///   512 KiB, which could not be kept whole.
///
/// ```
/// use conversation_memory::agent::parse_answer;
/// let answer = parse_answer("Better.\n```json\n{\"insights\": [\"Rising\"], \"dimensions\": [{\"name\": \"Reach\", \"value\": 7},]}\n```");
/// assert_eq!((answer.answer.as_str(), answer.insights.len(), answer.dimensions.len()), ("Better.", 1, 1));
/// assert!(answer.reply.unwrap().starts_with("Better.\n```json"));
/// assert_eq!(parse_answer("{\"answer\": \"Fine.\"}").answer, "Fine.");
/// assert_eq!(parse_answer("Plain.").answer, "Plain.");
/// ```
pub fn parse_answer(text: &str) -> Analysis {
    let trimmed = text.trim();
    let fenced = trimmed.strip_prefix(FENCE).map(|block| labelled_json(block).trim_end_matches('`'));
    match parsed(fenced.unwrap_or(trimmed)) {
        Some(object) => of_object(&object, text),
        None => of_prose(text),
    }
}

/// A reply that is one object.
fn of_object(object: &Value, text: &str) -> Analysis {
    let mut analysis = Analysis { answer: text.trim().to_owned(), ..Analysis::default() };
    add(object, &mut analysis, &mut { MAX_BESIDE_BYTES });
    if can_be_kept(text) {
        let answer = object.get("answer").text().filter(|answer| !answer.trim().is_empty());
        analysis.answer = answer.unwrap_or(analysis.answer);
        analysis.reply = Some(text.to_owned());
    }
    analysis
}

/// A reply of prose, with blocks or without.
fn of_prose(text: &str) -> Analysis {
    let mut analysis = Analysis { answer: text.trim().to_owned(), ..Analysis::default() };
    let mut room = MAX_BESIDE_BYTES;
    let mut prose = Vec::new();
    let (mut from, mut stays) = (0, false);
    for block in blocks(text) {
        let Some(object) = parsed(block.inside) else { continue };
        stays |= !object.get("answer").is_missing();
        if add(&object, &mut analysis, &mut room) {
            prose.extend(text.get(from..block.start));
            from = block.end;
        }
    }
    prose.extend(text.get(from..));
    let prose: Vec<&str> = prose.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    if from > 0 && !stays && !prose.is_empty() && can_be_kept(text) {
        analysis.answer = prose.join("\n");
        analysis.reply = Some(text.to_owned());
    }
    analysis
}

fn can_be_kept(reply: &str) -> bool {
    reply.len() <= MAX_REPLY_BYTES && Value::from(reply).json().len() <= MAX_REPLY_BYTES
}

/// A fenced block, which may hold JSON.
struct Block<'a> {
    inside: &'a str,
    /// Where it begins and ends in the text, with its fences.
    start: usize,
    end: usize,
}

/// The fenced blocks of a text. The last may have no end, where a model was cut off.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let behind = |fence: usize| text.get(fence + FENCE.len()..).unwrap_or_default();
    let opens_json = |fence: usize| labelled_json(behind(fence)).len() < behind(fence).len();
    let mut blocks = Vec::new();
    let mut behind_last = 0;
    let is_apart = |index: &usize| {
        let is_apart = *index >= behind_last;
        if is_apart {
            behind_last = index + FENCE.len();
        }
        is_apart
    };
    let mut fences = find_all(text, FENCE).filter(is_apart).peekable();
    while let Some(start) = fences.next() {
        let inside = start + FENCE.len()..fences.peek().copied().unwrap_or(text.len());
        let mut end = inside.end;
        // A fence that is labelled as JSON begins a block, also where the one before it has no end.
        if fences.next_if(|&fence| !opens_json(fence)).is_some() {
            end += FENCE.len();
        }
        blocks.extend(text.get(inside).map(|inside| Block { inside: labelled_json(inside), start, end }));
    }
    blocks
}

/// What is in a block behind its label, when that says JSON; otherwise all of it.
fn labelled_json(block: &str) -> &str {
    match block.split_at_checked("json".len()) {
        Some((label, rest)) if label.eq_ignore_ascii_case("json") => rest,
        _ => block,
    }
}

/// The object of a JSON text that may have commas too many, if it holds anything that is known here.
fn parsed(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with('{') || depth(text) > MAX_LEVELS {
        return None;
    }
    let value = Value::parse("answer", text).or_else(|_| Value::parse("answer", &without_spare_commas(text))).ok()?;
    FIELDS.iter().any(|&field| !value.get(field).is_missing()).then_some(value)
}

/// The characters of a JSON text, and whether each is inside of a string.
fn characters(text: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut in_string, mut escaped) = (false, false);
    text.chars().map(move |character| {
        let inside = in_string;
        in_string ^= character == '"' && !escaped;
        escaped = in_string && character == '\\' && !escaped;
        (character, inside)
    })
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (character, _) in characters(text).filter(|(_, inside)| !inside) {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The text without commas that only white space parts from a closing bracket, outside of strings.
fn without_spare_commas(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    // Where the comma is that may be spare.
    let mut comma = None;
    for (character, inside) in characters(text) {
        match character {
            ',' if !inside => comma = Some(result.len()),
            '}' | ']' if !inside => {
                let behind = comma.take().map(|at| result.split_off(at));
                result.extend(behind.iter().flat_map(|behind| behind.chars().skip(1)));
            }
            _ if character.is_whitespace() => {}
            _ => comma = None,
        }
        result.push(character);
    }
    result
}

/// Puts what an object holds beside the answer, as far as there is room for it. Whether nothing of it, but an answer, is
/// then missing there.
fn add(object: &Value, analysis: &mut Analysis, room: &mut usize) -> bool {
    let json = object.with("answer", Value::missing()).json();
    let Some(left) = room.checked_sub(json.len()) else { return false };
    // Read once more: what an engine took for infinite, which nothing can store, is null now.
    let Ok(object) = Value::parse("answer", &json) else { return false };
    *room = left;
    let list = |field| object.get(field).items();
    let is_dimension = |dimension: &&Value| dimension.get("name").is_text();
    let (given, listed) = (list("dimensions"), list("insights"));
    let most = limits::ENTITIES.saturating_sub(analysis.dimensions.len());
    let dimensions: Vec<Metadata> =
        given.iter().filter(is_dimension).filter_map(|one| Metadata::read(one).ok()).take(most).collect();
    let insights: Vec<String> = listed.iter().filter_map(Value::text).collect();
    let chart = visualization(&object.get("visualization"));

    let is_known = |(name, value): (String, Value)| match name.as_str() {
        "dimensions" => value.is_list() && dimensions.len() == given.len(),
        "insights" => value.is_list() && insights.len() == listed.len(),
        "visualization" => chart.is_some() && analysis.visualization.is_none(),
        _ => false,
    };
    let is_null = |value: &Value| value.json() == "null";
    let is_all = object.fields().into_iter().all(|(name, value)| is_null(&value) || is_known((name, value)));
    analysis.dimensions.extend(dimensions);
    analysis.insights.extend(insights);
    analysis.visualization = analysis.visualization.take().or(chart);
    is_all
}

fn visualization(value: &Value) -> Option<Visualization> {
    let first = |names: [&'static str; 2]| names.iter().map(|&name| value.get(name)).find(|value| !value.is_missing());
    let config = first(["config", "spec"]).filter(Value::is_object)?;
    let chart_type = first(["chartType", "chart_type"]).and_then(|kind| kind.text());
    let mark = || config.get("mark").text().or_else(|| config.get("mark").get("type").text());
    Some(Visualization { chart_type: chart_type.or_else(mark)?, config })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const OBJECT: &str = r#"{"answer": "A", "insights": ["i", 3], "dimensions": [{"name": "n", "value": 1}, {"x": 1}, "no"],
            "visualization": {"chart_type": "bar", "spec": {"mark": "bar"}}}"#;

    #[test]
    fn a_reply_that_is_one_object_is_read_and_kept() {
        for text in [
            OBJECT.to_owned(),
            format!("```json\n{OBJECT}\n```"),
            format!(" ```\n{OBJECT}\n```\n"),
            format!("```JSON\n{OBJECT}"),
        ] {
            let found = parse_answer(&text);
            assert_eq!((found.answer.as_str(), found.reply.as_deref()), ("A", Some(text.as_str())));
            assert_eq!((found.insights, found.dimensions.len()), (vec!["i".to_owned()], 1));
            assert_eq!(found.visualization.unwrap().chart_type, "bar");
        }
        for text in [r#"{"insights":["i"]}"#, r#"{"answer":" ","insights":["i"]}"#, r#"{"answer":7,"insights":["i"]}"#]
        {
            let found = parse_answer(text);
            assert_eq!((found.answer.as_str(), found.reply.as_deref()), (text, Some(text)));
            assert_eq!(found.insights, ["i"]);
        }
        let fenced = "```json\n{\"insights\":[\"i\"]}\n```";
        assert_eq!(parse_answer(fenced).answer, fenced, "there is no other text");
        let nested = r#"{"answer":"Use ```js f()``` twice"}"#;
        assert_eq!(parse_answer(&format!("```json\n{nested}\n```")).answer, "Use ```js f()``` twice");
    }

    #[test]
    fn an_answer_in_a_block_never_replaces_the_prose() {
        for text in [
            format!("Here is an example ```json {OBJECT}``` and the important part"),
            format!("cut off ```json\n{OBJECT}"),
            format!("```json\n{OBJECT}\n```\nDone."),
            format!("So ```json\n{OBJECT}\n``` and so ```json\n{{\"insights\":[]}}\n```"),
        ] {
            let found = parse_answer(&format!(" {text}\n"));
            assert_eq!((found.answer, found.reply), (text, None));
            assert_eq!((found.insights, found.dimensions.len()), (vec!["i".to_owned()], 1));
            assert!(found.visualization.is_some());
        }
        let blank = "a ```json {\"answer\":\"\"}``` b";
        assert_eq!(parse_answer(blank).answer, blank);
    }

    #[test]
    fn structure_leaves_the_prose_when_all_of_it_stands_beside() {
        let insight = |text| format!("```json\n{{\"insights\":[\"{text}\"]}}\n```");
        let text = format!("So:\n{}\nYes.\n```py\n{{}}\n```\n{}", insight("a"), insight("b"));
        let found = parse_answer(&text);
        assert_eq!(found.answer, "So:\nYes.\n```py\n{}\n```");
        assert_eq!((found.reply, found.insights), (Some(text), vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(parse_answer("So:\n```json\n{\"insights\":[],\"dimensions\":null}\n```\nYes.").answer, "So:\nYes.");
        assert_eq!(parse_answer("a stray ``` and ```json {\"insights\":[\"i\"]}``` b").answer, "a stray ``` and\nb");
        let chart = r#"```json {"visualization":{"chartType":"bar","config":{}}}```"#;
        assert_eq!(parse_answer(&format!("a {chart} b {chart} c")).answer, format!("a\nb {chart} c"));
        for rest in [
            r#"{"insights":["i", 3]}"#,
            r#"{"insights":["i"], "note": "x"}"#,
            r#"{"insights":["i"], "dimensions": {}}"#,
            r#"{"insights":["i"], "visualization": {"spec": 1}}"#,
        ] {
            let text = format!("a ```json {rest}``` b");
            let found = parse_answer(&text);
            assert_eq!((found.answer, found.reply, found.insights), (text, None, vec!["i".to_owned()]));
        }
    }

    #[test]
    fn what_is_no_structure_stays_text() {
        let deep = format!("{{\"insights\":{}{}}}", "[".repeat(101), "]".repeat(101));
        for text in
            ["plain", "```json\n{broken\n```", "{\"other\": 1}", "```js\ncode()\n```", "```", "[1]", "", deep.as_str()]
        {
            let plain = Analysis { answer: text.trim().to_owned(), ..Analysis::default() };
            assert_eq!(parse_answer(text), plain, "{text}");
        }
        assert_eq!(without_spare_commas(r#"{"a":"x,}",}"#), r#"{"a":"x,}"}"#);
        assert_eq!(without_spare_commas("[1,\n ,\u{a0} ], [ , 2"), "[1,\n \u{a0} ], [ , 2");
    }

    #[test]
    fn what_cannot_be_kept_beside_stays_in_the_text() {
        let long = format!("{{\"answer\":\"{}\",\"insights\":[\"i\"]}}", "x".repeat(MAX_REPLY_BYTES));
        let found = parse_answer(&long);
        assert_eq!((found.answer, found.reply, found.insights.len()), (long, None, 1));
        let wide = format!("a ```json {{\"insights\":[\"{}\"]}}``` b", "x".repeat(MAX_BESIDE_BYTES));
        let found = parse_answer(&wide);
        assert_eq!((found.answer, found.insights.len()), (wide, 0));
        let many = r#"{"name":"n"},"#.repeat(limits::ENTITIES + 1);
        let found = parse_answer(&format!("{{\"answer\":\"a\",\"dimensions\":[{many}]}}"));
        assert_eq!(found.dimensions.len(), limits::ENTITIES);
    }

    fn replies() -> impl Strategy<Value = String> {
        let piece = select(vec![
            "```json",
            "```",
            "\n",
            " ",
            "prose",
            "Ä",
            r#"{"answer":"42"}"#,
            r#"{"insights":["i"],}"#,
            "{",
            "}",
            ",",
            r#"{"dimensions":[{"name":"n"}]}"#,
            r#"{"visualization":{"chartType":"bar","config":{}}}"#,
            r#"{"x":1}"#,
            r#"{"answer":" "}"#,
            "`",
            "\"",
            "json",
        ]);
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "[{}\\[\\]\"`,:a-z\\\\ \n]{0,80}") {
            parse_answer(&text);
        }

        #[test]
        fn all_that_was_said_is_kept(text in replies()) {
            let found = parse_answer(&text);
            prop_assert_eq!(found.reply.as_deref().unwrap_or(&found.answer).trim(), text.trim());
            prop_assert_eq!(found.answer.trim().is_empty(), text.trim().is_empty());
            // The prose is in the answer, unless all of the reply was one object.
            let trimmed = text.trim();
            let is_object = trimmed.starts_with('{') || trimmed.starts_with("```");
            let prose = text.matches("prose").count();
            prop_assert!(is_object || found.answer.matches("prose").count() == prose, "{}", found.answer);
        }
    }
}
