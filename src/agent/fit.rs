use crate::{
    records::{Metadata, entities, limits, record::Field},
    text::truncate,
    value::Value,
};

/// An answer as it can be stored: it has arrived and is paid for, so nothing of it is a reason to refuse it. What is too
/// large is cut, and said: `truncated` in the metadata tells of how many bytes of text how many are kept, `omitted` which
/// fields of the metadata are not.
///
/// ```
/// use conversation_memory::{Metadata, agent::fit_answer, records::limits::METADATA_BYTES};
/// let metadata = Metadata::from_json(&format!(r#"{{"trace":"{}","usage":1}}"#, "x".repeat(METADATA_BYTES)))?;
/// let (content, metadata) = fit_answer("72 of 100.".to_owned(), metadata);
/// assert_eq!((content.as_str(), metadata.json().as_str()), ("72 of 100.", r#"{"usage":1,"omitted":["trace"]}"#));
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn fit_answer(content: String, metadata: Metadata) -> (String, Metadata) {
    let mut metadata = with_few_entities(metadata);
    let mut kept = content;
    if kept.len() > limits::CONTENT_BYTES {
        let bytes = kept.len();
        kept = beginning(&kept);
        let mut truncated = Value::object();
        truncated.set("bytes", (bytes as f64).into());
        truncated.set("kept", (kept.len() as f64).into());
        metadata = metadata.with("truncated", truncated);
    }
    let mut omitted = Vec::new();
    while limits::check_metadata("metadata", &metadata).is_err() {
        let largest = metadata.fields().into_iter().max_by_key(|(_, value)| value.json().len());
        let Some((name, _)) = largest else { break };
        let mut value = metadata.write().shallow_copy();
        value.remove(&name);
        omitted.push(Value::from(name.as_str()));
        value.set("omitted", omitted.iter().cloned().collect());
        metadata = Metadata::read(&value).unwrap_or_default();
    }
    (kept, metadata)
}

/// The longest beginning that fits, without the half of a grapheme.
fn beginning(content: &str) -> String {
    let most = content.floor_char_boundary(limits::CONTENT_BYTES);
    let fits = content.get(..most).unwrap_or_default();
    // One code point less says whether the cut goes through a cluster.
    let next = content.get(..content.ceil_char_boundary(most + 1)).unwrap_or(content);
    let cut = truncate(next, fits.chars().count());
    cut.strip_suffix("...").unwrap_or(fits).to_owned()
}

/// Names that were found by the memory itself are cut to as many as a message may have.
fn with_few_entities(metadata: Metadata) -> Metadata {
    let spare = entities(&metadata).len().saturating_sub(limits::ENTITIES);
    if spare == 0 {
        return metadata;
    }
    let fewer = |field: &'static str, spare: usize| {
        let items = metadata.get(field).items();
        let kept = items.len().saturating_sub(spare);
        (items.len() - kept, items.into_iter().take(kept).collect::<Value>())
    };
    let (gone, kept) = fewer("entities", spare);
    let metadata = if gone > 0 { metadata.with("entities", kept) } else { metadata.clone() };
    let (gone, kept) = fewer("dimensions", spare - gone);
    if gone > 0 { metadata.with("dimensions", kept) } else { metadata }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)] // Tests: a panic is how they fail.
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: usize) -> String {
        serde_json::to_string(&(0..count).map(|number| format!("n{number}")).collect::<Vec<_>>()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_arrives_can_be_stored(
            named in 0_usize..3_000,
            dimensions in 0_usize..3_000,
            large in proptest::collection::vec(0_usize..900_000, 0..4),
            bytes in prop_oneof![0_usize..100, limits::CONTENT_BYTES - 5..limits::CONTENT_BYTES + 5],
            letter in prop_oneof![Just("a"), Just("é"), Just("漢"), Just("👨‍👩‍👧")],
        ) {
            let dimensions: Vec<_> = (0..dimensions).map(|number| format!(r#"{{"name":"d{number}"}}"#)).collect();
            let large: Vec<_> = large.iter().enumerate().map(|(at, length)| format!(r#","f{at}":"{}""#, "x".repeat(*length))).collect();
            let json = format!(
                r#"{{"entities":{},"dimensions":[{}],"questionId":"q"{}}}"#,
                names(named), dimensions.join(","), large.concat()
            );
            let content = letter.repeat(bytes / letter.len());
            let (kept, metadata) = fit_answer(content.clone(), Metadata::from_json(&json).unwrap());
            prop_assert!(kept.len() <= limits::CONTENT_BYTES && content.starts_with(&kept));
            prop_assert!(kept.len() + letter.len() > content.len().min(limits::CONTENT_BYTES));
            prop_assert!(limits::check_metadata("metadata", &metadata).is_ok());
            prop_assert_eq!(metadata.get("questionId").text(), Some("q".to_owned()));
            if named + dimensions.len() <= limits::ENTITIES && large.is_empty() && kept == content {
                prop_assert_eq!(metadata.json(), Metadata::from_json(&json).unwrap().json());
            }
        }
    }
}
