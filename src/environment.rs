//! The only sources of time and randomness.

use std::cell::RefCell;

use uuid::Uuid;

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
    ids: RefCell<IdGenerator>,
}

impl Environment for SystemEnvironment {
    fn milliseconds(&self) -> i64 {
        now()
    }

    fn new_id(&self) -> String {
        let now = u64::try_from(self.milliseconds()).unwrap_or(0);
        self.ids.borrow_mut().next(now).to_string()
    }
}

#[cfg(target_arch = "wasm32")]
fn now() -> i64 {
    js_sys::Date::now() as i64
}

#[cfg(not(target_arch = "wasm32"))]
fn now() -> i64 {
    // Before 1970 it is 1970.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// How many random bits a UUID of version 7 has beside the time.
const RANDOM_BITS: u32 = 74;

/// Makes UUIDs of version 7 (RFC 9562, section 5.7) that ascend even within a millisecond (section 6.2, method 2).
#[derive(Debug, Default)]
struct IdGenerator {
    // Time and random bits of the last one.
    last: (u64, u128),
    // Random bytes drawn in advance: asking the browser for sixteen takes as long as asking it for many.
    pool: Vec<[u8; 16]>,
}

impl IdGenerator {
    fn next(&mut self, now: u64) -> Uuid {
        let drawn = self.draw();
        let (last_time, last_bits) = self.last;
        self.last = if now > last_time {
            // The highest bit is left to what is added within the millisecond.
            (now, drawn >> (128 - RANDOM_BITS + 1))
        } else {
            (last_time, last_bits + 1 + (drawn >> 96))
        };
        let (time, bits) = self.last;
        let (high, low) = (bits >> 62, bits & ((1 << 62) - 1));
        Uuid::from_u128(u128::from(time) << 80 | 0x7 << 76 | (high & 0xfff) << 64 | 0b10 << 62 | low)
    }

    fn draw(&mut self) -> u128 {
        if self.pool.is_empty() {
            let mut bytes = [0; 16 * 32];
            // Without randomness ids of one memory still ascend; no browser is known to refuse it.
            let _ = getrandom::fill(&mut bytes);
            self.pool = bytes.as_chunks().0.to_vec();
        }
        self.pool.pop().map_or(0, u128::from_be_bytes)
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
        let id = Uuid::parse_str(&ids[0]).unwrap();
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        let (seconds, nanoseconds) = id.get_timestamp().unwrap().to_unix();
        let made = i64::try_from(seconds * 1_000).unwrap() + i64::from(nanoseconds / 1_000_000);
        assert!((environment.milliseconds() - made).abs() < 60_000);
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_earlier_identifier() {
        let mut ids = IdGenerator::default();
        let times = [5, 5, 3, 5, 6, 2];
        let made: Vec<Uuid> = times.iter().map(|&time| ids.next(time)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn identifiers_of_two_environments_differ() {
        let [mut one, mut other] = [IdGenerator::default(), IdGenerator::default()];
        let made: std::collections::BTreeSet<Uuid> =
            (0..1_000).flat_map(|time| [one.next(time), other.next(time)]).collect();
        assert_eq!(made.len(), 2_000);
    }
}
