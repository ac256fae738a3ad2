use chrono::{DateTime, NaiveDate, SecondsFormat};

use super::record::{Field, Fit};
use crate::value::{Kind, TIME_LONG, Value};

/// A point in time with the precision of a millisecond: ISO 8601 in UTC, `2026-11-22T15:04:05.678Z`.
///
/// It is kept as its text, whose order is the order in time: reading a list parses and writes hundreds of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp([u8; LENGTH]);

const LENGTH: usize = TIME_LONG;
const EPOCH: [u8; LENGTH] = *b"1970-01-01T00:00:00.000Z";

impl Timestamp {
    /// From milliseconds since 1970; what has no year of four digits becomes 1970.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        let time = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
        let text = time.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self(text.as_bytes().try_into().unwrap_or(EPOCH))
    }

    /// Milliseconds since 1970; those of 1970 where the text names no day that there is.
    pub fn milliseconds(&self) -> i64 {
        let number = |from: usize, to: usize| self.as_str().get(from..to)?.parse::<u32>().ok();
        let time = || {
            let day = NaiveDate::from_ymd_opt(number(0, 4)? as i32, number(5, 7)?, number(8, 10)?)?;
            day.and_hms_milli_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?)
        };
        time().map_or(0, |time| time.and_utc().timestamp_millis())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Nothing but ASCII gets in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Field for Timestamp {
    fn read(value: &Value) -> Fit<Self> {
        let text = value.text().ok_or("")?;
        let is_like = |(byte, pattern): (&u8, &u8)| {
            if pattern.is_ascii_digit() { byte.is_ascii_digit() } else { byte == pattern }
        };
        match text.as_bytes().try_into() {
            Ok(bytes) if text.as_bytes().iter().zip(&EPOCH).all(is_like) => Ok(Self(bytes)),
            _ => Err(""),
        }
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }

    // Whatever else such a text says, it is one of the store's own.
    fn check(value: &Value) -> Fit<()> {
        if value.is_text() && value.size() == LENGTH { Ok(()) } else { Err("") }
    }

    fn fits(kind: Kind) -> Option<bool> {
        Some(kind == Kind::TimeLong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        let time = Timestamp::from_milliseconds(1_795_359_845_000);
        assert_eq!(time.write().json(), "\"2026-11-22T15:04:05.000Z\"");
        assert_eq!(Timestamp::read(&"2026-11-22T15:04:05.000Z".into()), Ok(time));
        assert_eq!(time.milliseconds(), 1_795_359_845_000);
        assert_eq!(Timestamp::read(&"2026-13-22T15:04:05.000Z".into()).map(|time| time.milliseconds()), Ok(0));
    }

    #[test]
    fn what_is_no_such_time_is_refused() {
        for text in
            ["", "2026-11-22", "2026-11-22T15:04:05.000+00:00", "2026-11-22 15:04:05.000Z", "2026-11-2xT15:04:05.000Z"]
        {
            assert!(Timestamp::read(&text.into()).is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_milliseconds(i64::MAX).as_str(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_order_of_texts_is_the_order_in_time() {
        let times = [0, 999, 1_000, 86_400_000, 1_795_359_845_000].map(Timestamp::from_milliseconds);
        assert!(times.is_sorted());
    }
}
