use crate::{
    records::{Metadata, Visualization},
    value::Value,
};

/// A Vega-Lite bar chart of the dimensions that have a number, or a line where all of them are years; none when there is
/// no number. The number is the field `value`, or the first field that is one.
///
/// ```
/// use conversation_memory::{Metadata, agent::chart};
/// let dimension = Metadata::from_json(r#"{"name": "Reach", "value": 7}"#)?;
/// let chart = chart(&[dimension]).unwrap();
/// assert_eq!(chart.chart_type, "bar");
/// assert_eq!(chart.config.get("data").get("values").json(), r#"[{"name":"Reach","value":7}]"#);
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn chart(dimensions: &[Metadata]) -> Option<Visualization> {
    let points: Vec<(String, f64)> =
        dimensions.iter().filter_map(|dimension| Some((dimension.get("name").text()?, number(dimension)?))).collect();
    if points.is_empty() {
        return None;
    }
    let are_years = points.len() > 1 && points.iter().all(|(name, _)| is_year(name));
    let chart_type = if are_years { "line" } else { "bar" };
    let values =
        points.iter().map(|(name, value)| object([("name", name.as_str().into()), ("value", (*value).into())]));
    let axis = |field: &'static str, kind: &'static str| object([("field", field.into()), ("type", kind.into())]);
    let x = axis("name", if are_years { "ordinal" } else { "nominal" });
    let config = object([
        ("$schema", "https://vega.github.io/schema/vega-lite/v6.json".into()),
        ("data", object([("values", values.collect())])),
        ("mark", chart_type.into()),
        ("encoding", object([("x", x), ("y", axis("value", "quantitative"))])),
    ]);
    Some(Visualization { chart_type: chart_type.to_owned(), config })
}

fn number(dimension: &Metadata) -> Option<f64> {
    let value = dimension.get("value").number();
    value.or_else(|| dimension.fields().into_iter().find_map(|(_, value)| value.number()))
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let mut object = Value::object();
    for (name, value) in fields {
        object.set(name, value);
    }
    object
}
