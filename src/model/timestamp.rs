use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A point in time with the precision of a millisecond; as text, ISO 8601 in UTC: `2026-11-22T15:04:05.678Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// From milliseconds since 1970; what is out of the calendar's range becomes its start.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self(DateTime::from_timestamp_millis(milliseconds).unwrap_or_default())
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// One millisecond later.
    pub fn next(self) -> Self {
        Self::from_milliseconds(self.milliseconds() + 1)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|time| Self(time.to_utc())).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        let time = Timestamp::from_milliseconds(1_795_359_845_000);
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-11-22T15:04:05.000Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2026-11-22T15:04:05.000Z\"").unwrap(), time);
    }
}
