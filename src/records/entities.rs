use super::Metadata;
use crate::value::Value;

/// The entities that a message's metadata names, as they are spelled there.
///
/// `entities` is a list of strings, a list of `{ name }`, a single string, or an object; in an object, strings and lists of strings are
/// entities, and a key whose value is anything else is itself the entity. The `name` of each of `dimensions` is one too.
///
/// ```
/// use conversation_memory::{Metadata, records::entities};
/// let metadata = Metadata::from_json(r#"{"entities": {"sector": "Education", "growth": 3}, "dimensions": [{"name": "Reach"}]}"#)?;
/// assert_eq!(entities(&metadata), ["Education", "growth", "Reach"]);
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn entities(metadata: &Metadata) -> Vec<String> {
    let entities = metadata.get("entities");
    let mut found: Vec<String> = entities.text().into_iter().collect();
    found.extend(entities.items().iter().filter_map(text_or_name));
    found.extend(entities.fields().into_iter().flat_map(of_field));
    let dimensions = metadata.get("dimensions").items();
    found.extend(dimensions.iter().filter_map(|dimension| dimension.get("name").text()));
    found
}

fn text_or_name(item: &Value) -> Option<String> {
    item.text().or_else(|| item.get("name").text())
}

fn of_field((key, value): (String, Value)) -> Vec<String> {
    if let Some(entity) = value.text() {
        return vec![entity];
    }
    match value.items().iter().map(Value::text).collect() {
        Some(entities) if value.is_list() => entities,
        _ => vec![key],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut found = entities(&Metadata::from_json(text).unwrap());
        found.sort();
        found
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(of(r#"{"entities": ["a", "b", 3, null]}"#), ["a", "b"]);
        assert_eq!(of(r#"{"entities": [{"name": "a", "type": "x"}, {"title": "no"}, "b"]}"#), ["a", "b"]);
        assert_eq!(
            of(r#"{"entities": {"s": "a", "l": ["b", "c"], "n": 1, "o": {}, "m": ["d", 1], "e": []}}"#),
            ["a", "b", "c", "m", "n", "o"]
        );
        assert_eq!(of(r#"{"dimensions": [{"name": "a", "value": 1.5}, {"name": 2}, "b"]}"#), ["a"]);
        assert_eq!(of(r#"{"entities": "a", "dimensions": {"name": "b"}}"#), ["a"]);
        assert_eq!(of(r#"{"entities": true}"#), Vec::<String>::new());
        assert_eq!(of("{}"), Vec::<String>::new());
    }
}
