use crate::{
    model::{Analysis, Metadata, Visualization, record::Field},
    text::{around, places},
    value::Value,
};

/// What a model's answer holds: the text, and where it brought a JSON object, alone or in a fenced block, the dimensions,
/// insights and chart in it. What does not fit is left out; plain text is fine.
///
/// ```
/// use conversation_memory::agent::parse_answer;
/// let answer = parse_answer("Better.\n```json\n{\"insights\": [\"Rising\"], \"dimensions\": [{\"name\": \"Reach\", \"value\": 7},]}\n```");
/// assert_eq!((answer.answer.as_str(), answer.insights.len(), answer.dimensions.len()), ("Better.", 1, 1));
/// assert_eq!(parse_answer("Plain.").answer, "Plain.");
/// ```
pub fn parse_answer(text: &str) -> Analysis {
    let plain = || Analysis { answer: text.trim().to_owned(), ..Analysis::default() };
    if let Some(object) = parsed(text) {
        return analysis(&object, text.trim());
    }
    let Some((before, block, after)) = fenced(text) else { return plain() };
    match parsed(block) {
        Some(object) => analysis(&object, format!("{}\n{}", before.trim(), after.trim()).trim()),
        None => plain(),
    }
}

/// The last fenced block that looks like an object, with what is around it. A block that was never closed goes to the end.
fn fenced(text: &str) -> Option<(&str, &str, &str)> {
    const FENCE: &str = "```";
    let last = |text, fence| around(text, places(text, fence).next_back()?, fence);
    let unclosed = || text.trim_end().strip_suffix(FENCE).unwrap_or(text);
    let (before, rest) = last(text, "```json").or_else(|| last(unclosed(), FENCE))?;
    let end = places(rest, FENCE).next();
    let (block, after) = end.and_then(|end| around(rest, end, FENCE)).unwrap_or((rest, ""));
    Some((before, block, after))
}

/// The object of a JSON text that may have commas too many, if it holds anything that an answer can hold.
fn parsed(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with('{') {
        return None;
    }
    let value = Value::parse("answer", text).or_else(|_| Value::parse("answer", &without_spare_commas(text))).ok()?;
    let known = ["answer", "dimensions", "insights", "visualization"];
    known.iter().any(|&field| !value.get(field).is_missing()).then_some(value)
}

/// The text without commas that only white space parts from a closing bracket, outside of strings.
fn without_spare_commas(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        let rest = text.get(at + character.len_utf8()..).unwrap_or_default();
        let is_spare = character == ',' && !in_string && rest.trim_start().starts_with(['}', ']']);
        if !is_spare {
            result.push(character);
        }
        in_string ^= character == '"' && !escaped;
        escaped = in_string && character == '\\' && !escaped;
    }
    result
}

fn analysis(object: &Value, text: &str) -> Analysis {
    let is_dimension = |dimension: &Value| dimension.get("name").is_text();
    let dimensions = object.get("dimensions").items().into_iter().filter(is_dimension);
    let answer = object.get("answer").text().unwrap_or_else(|| text.to_owned());
    Analysis {
        answer,
        dimensions: dimensions.filter_map(|dimension| Metadata::read(&dimension).ok()).collect(),
        insights: object.get("insights").items().iter().filter_map(Value::text).collect(),
        visualization: visualization(&object.get("visualization")),
    }
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn structure_is_found_where_models_put_it() {
        let object = r#"{"answer": "A", "insights": ["i", 3], "dimensions": [{"name": "n", "value": 1}, {"x": 1}, "no"],
            "visualization": {"chart_type": "bar", "spec": {"mark": "bar"}}}"#;
        for text in [
            object.to_owned(),
            format!("Here:\n```json\n{object}\n```\nDone."),
            format!("```\n{object}\n```"),
            format!("cut off ```json\n{object}"),
        ] {
            let found = parse_answer(&text);
            assert_eq!(
                (found.answer.as_str(), found.insights.as_slice()),
                ("A", ["i".to_owned()].as_slice()),
                "{text}"
            );
            assert_eq!(found.dimensions.len(), 1);
            assert_eq!(found.visualization.unwrap().chart_type, "bar");
        }
        assert_eq!(parse_answer("So:\n```json\n{\"insights\":[]}\n```\nYes.").answer, "So:\nYes.");
    }

    #[test]
    fn what_is_no_structure_stays_text() {
        for text in ["plain", "```json\n{broken\n```", "{\"other\": 1}", "```js\ncode()\n```", "```", "[1]", ""] {
            assert_eq!(
                parse_answer(text),
                Analysis { answer: text.trim().to_owned(), ..Analysis::default() },
                "{text}"
            );
        }
        assert_eq!(without_spare_commas(r#"{"a":"x,}",}"#), r#"{"a":"x,}"}"#);
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "[{}\\[\\]\"`,:a-z\\\\ \n]{0,80}") {
            parse_answer(&text);
        }
    }
}
