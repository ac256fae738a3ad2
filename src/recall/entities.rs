use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::model::Metadata;

/// The entities that a message's metadata names, as they are spelled there.
///
/// `entities` is a list of strings, a list of `{ name }`, a single string, or an object; in an object, strings and lists of strings are
/// entities, and a key whose value is anything else is itself the entity. The `name` of each of `dimensions` is one too.
///
/// ```
/// use conversation_memory::{Metadata, recall::entities};
/// let metadata = Metadata::from_json(r#"{"entities": {"sector": "Education", "growth": 3}, "dimensions": [{"name": "Reach"}]}"#)?;
/// assert_eq!(entities(&metadata), ["Education", "growth", "Reach"]);
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn entities(metadata: &Metadata) -> Vec<String> {
    let mut found = match metadata.get("entities") {
        Some(Shape::Text(entity)) => vec![entity],
        Some(Shape::List(items)) => items.into_iter().filter_map(string_or_name).collect(),
        Some(Shape::Object(fields)) => fields.into_iter().flat_map(of_field).collect(),
        Some(Shape::Other) | None => Vec::new(),
    };
    if let Some(Shape::List(dimensions)) = metadata.get("dimensions") {
        let names = dimensions.into_iter().filter(|dimension| matches!(dimension, Shape::Object(_)));
        found.extend(names.filter_map(string_or_name));
    }
    found
}

fn string_or_name(item: Shape) -> Option<String> {
    match item {
        Shape::Text(entity) => Some(entity),
        Shape::Object(fields) => fields.into_iter().find_map(|field| match field {
            (key, Shape::Text(name)) if key == "name" => Some(name),
            _ => None,
        }),
        _ => None,
    }
}

fn of_field((key, value): (String, Shape)) -> Vec<String> {
    match value {
        Shape::Text(entity) => vec![entity],
        Shape::List(items) if items.iter().all(|item| matches!(item, Shape::Text(_))) => {
            items.into_iter().filter_map(string_or_name).collect()
        }
        _ => vec![key],
    }
}

/// What entities can be written as; numbers, booleans and null are not even parsed.
enum Shape {
    Text(String),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Shape, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Shape::Object(object))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
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
