//! What values are, natively and in the browser: the same of both.

use conversation_memory::value::{Kind, Value};

/// More names than come at once from the browser.
const NAMES: &[&str] =
    &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "here", "t"];

/// Natively and in the browser.
pub fn check() {
    let cases = [
        ("null", Kind::Other),
        ("true", Kind::Boolean),
        ("0", Kind::Whole),
        ("-0", Kind::Whole),
        ("-1", Kind::Other),
        ("1.5", Kind::Other),
        ("9007199254740993", Kind::Whole),
        ("18446744073709551616", Kind::Whole),
        ("1e20", Kind::Other),
        (r#""""#, Kind::Text),
        (r#""2026-11-30T15:04:05.678Z""#, Kind::TimeLong),
        (r#""2026-11-30T15:04:05.67Z""#, Kind::Text),
        ("[1]", Kind::List),
        ("{}", Kind::Object),
    ];
    for (json, kind) in cases {
        let object = Value::parse("object", &format!(r#"{{"here":{json},"b":true}}"#)).unwrap();
        let kinds = object.kinds(NAMES).unwrap();
        let expected = |name: &&str| match *name {
            "here" => kind,
            "b" => Kind::Boolean,
            _ => Kind::Missing,
        };
        assert_eq!(kinds, NAMES.iter().map(expected).collect::<Vec<_>>(), "{json}");
        let is_object = Value::parse("value", json).unwrap().kinds(NAMES).is_some();
        assert_eq!(is_object, kind == Kind::Object, "{json}");
    }
    assert_eq!(Value::missing().kinds(NAMES), None);
}
