//! Points in time as exports write them.

use chrono::NaiveDate;

use crate::{records::Timestamp, value::Value};

/// The first millisecond of the year 10000, whose number no timestamp can hold.
const END_MS: f64 = 253_402_300_800_000.0;

/// The time that a value tells, as seconds since 1970, as a text of ISO 8601 or as MongoDB writes it. Nonsense tells none, and neither does
/// anything up to 1970, which is what a clock says that was never set.
pub fn time(value: &Value) -> Option<Timestamp> {
    let date = value.get("$date");
    let milliseconds = match value.number() {
        Some(seconds) => seconds * 1000.0,
        None if date.is_missing() => of_text(&value.text()?)? as f64,
        None => match date.number().or_else(|| whole_number(&date.get("$numberLong").text()?)) {
            Some(milliseconds) => milliseconds,
            None => of_text(&date.text()?)? as f64,
        },
    };
    let rounded = milliseconds + 0.5;
    (1.0..END_MS).contains(&rounded).then(|| Timestamp::from_milliseconds(rounded as i64))
}

/// Milliseconds as the seconds that [`time`] reads; anything else as it is.
pub fn of_milliseconds(value: Value) -> Value {
    value.number().map_or(value, |milliseconds| (milliseconds / 1000.0).into())
}

/// `2026-11-22T15:04:05.678901+00:00`; the fraction may have any length or be missing, and no zone means UTC.
fn of_text(text: &str) -> Option<i64> {
    let mut numbers = [0; 6];
    for (number, (from, to)) in numbers.iter_mut().zip([(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)]) {
        *number = digits(text.get(from..to)?)?;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let rest = text.get(19..)?;
    let zone = rest.trim_start_matches(|character: char| character == '.' || character.is_ascii_digit());
    let fraction = rest.bytes().skip(1).take_while(u8::is_ascii_digit).chain(*b"000").take(3);
    let thousandths = if rest.starts_with('.') { fraction.fold(0, with_digit) } else { 0 };
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    let time = date.and_hms_milli_opt(hour, minute, second, thousandths)?;
    Some(time.and_utc().timestamp_millis() - offset(zone)? * 60_000)
}

/// How many minutes a zone is ahead: `Z`, `+02:00` or `-0330`.
fn offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let hours = digits(zone.get(1..3)?)?;
    let minutes = digits(zone.get(zone.len() - 2..)?)?;
    let ahead = i64::from(hours * 60 + minutes);
    match zone.as_bytes().first()? {
        b'+' => Some(ahead),
        b'-' => Some(-ahead),
        _ => None,
    }
}

/// A number of digits only. The parser of the standard library would be as large as all that is read here.
fn whole_number(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0.0, |number, digit| number * 10.0 + f64::from(digit & 15)))
}

/// The number of some digits.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.bytes().fold(0, with_digit))
}

fn with_digit(number: u32, digit: u8) -> u32 {
    number * 10 + u32::from(digit & 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: impl Into<Value>) -> Option<String> {
        time(&value.into()).map(|time| time.to_string())
    }

    #[test]
    fn all_that_the_exports_write_is_read() {
        assert_eq!(of(1_716_239_022.123_456).as_deref(), Some("2024-05-20T21:03:42.123Z"));
        for text in [
            "2026-11-22T15:04:05.678901Z",
            "2026-11-22T15:04:05.678Z",
            "2026-11-22T15:04:05.678901+00:00",
            "2026-11-22T17:04:05.678+02:00",
            "2026-11-22 11:34:05.6780-0330",
            "2026-11-22T15:04:05.678",
        ] {
            assert_eq!(of(text).as_deref(), Some("2026-11-22T15:04:05.678Z"), "{text}");
        }
        let of_mongo = |date: Value| of(Value::object().with("$date", date));
        let long = Value::object().with("$numberLong", "1716239022123".into());
        assert_eq!(of_mongo(long).as_deref(), Some("2024-05-20T21:03:42.123Z"));
        assert_eq!(of_mongo(1_716_239_022_123.0.into()).as_deref(), Some("2024-05-20T21:03:42.123Z"));
        assert_eq!(of_mongo("2026-11-22T15:04:05Z".into()).as_deref(), Some("2026-11-22T15:04:05.000Z"));
        assert_eq!(of("2026-11-22T15:04:05Z").as_deref(), Some("2026-11-22T15:04:05.000Z"));
        assert_eq!(of("2026-11-22T15:04:05.5Z").as_deref(), Some("2026-11-22T15:04:05.500Z"));
    }

    #[test]
    fn nonsense_is_no_time() {
        for number in
            [0.0, -5.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 253_402_300_800.0, 1_716_239_022_123.0]
        {
            // serde_json knows neither infinity nor NaN, and writes them as null.
            assert_eq!(of(number), None, "{number}");
        }
        assert_eq!(of(Value::object().with("$date", true.into())), None);
        for text in [
            "",
            "yesterday",
            "2026-11-22",
            "2026-13-22T15:04:05Z",
            "2026-02-30T15:04:05Z",
            "2026-11-22T25:04:05Z",
            "2026-11-22T15:04Z",
            "2026-11-22T15:04:05.6x8Z",
            "2026-11-22T15:04:05+é",
            "2026-11-22T15:04:05+0é",
            "99999-11-22T15:04:05Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "+2026-11-22T15:04:05Z",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
