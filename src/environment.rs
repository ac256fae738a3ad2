//! The only sources of time and randomness.

use std::cell::RefCell;

use uuid::{ContextV7, Uuid};

/// Where a memory gets its time and its identifiers from.
pub trait Environment {
    /// The time now, in milliseconds since 1970.
    fn milliseconds(&self) -> i64;
    /// A new identifier, a UUID of version 7; those of one environment ascend.
    fn new_id(&self) -> String;
}

/// The clock and the randomness of the machine.
#[derive(Debug, Default)]
pub struct SystemEnvironment {
    // Counts within one millisecond, so that identifiers ascend even then (RFC 9562, section 6.2, method 1).
    context: RefCell<ContextV7>,
}

impl Environment for SystemEnvironment {
    fn milliseconds(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }

    fn new_id(&self) -> String {
        let now = chrono::Utc::now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let context = self.context.borrow();
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos())).to_string()
    }
}

/// A clock that ticks one millisecond a look and identifiers that count: every run is the same.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug, Default)]
pub struct CountingEnvironment {
    ticks: std::cell::Cell<i64>,
    ids: std::cell::Cell<u32>,
}

#[cfg(any(test, feature = "testing"))]
impl Environment for CountingEnvironment {
    fn milliseconds(&self) -> i64 {
        self.ticks.set(self.ticks.get() + 1);
        1_800_000_000_000 + self.ticks.get()
    }

    fn new_id(&self) -> String {
        self.ids.set(self.ids.get() + 1);
        format!("00000000-0000-7000-8000-{:012}", self.ids.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_ascend_within_a_millisecond() {
        let environment = SystemEnvironment::default();
        let ids: Vec<String> = (0..5_000).map(|_| environment.new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Uuid::parse_str(&ids[0]).unwrap().get_version_num(), 7);
    }
}
