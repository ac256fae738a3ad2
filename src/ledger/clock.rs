//! Stamps: when a call changed something, in microseconds since 1970, as numbers that ascend.
//!
//! Every call that writes takes one while its transaction keeps all others from writing, so the stamps of a user's
//! changes ascend in the order in which they were stored, whatever tab made them, as long as no clock is set back. Even then
//! those of one conversation do, and those of one ledger.

use std::{cell::Cell, rc::Rc};

use crate::environment::Environment;

/// The year 2200 and later: well within what a number of JavaScript's holds exactly.
const BEYOND_US: u64 = 7_258_118_400_000_000;

/// Gives stamps. Without an environment they count.
#[derive(Default)]
pub struct Clock {
    environment: Option<Rc<dyn Environment>>,
    last: Cell<u64>,
}

impl Clock {
    /// By the clock of the environment.
    pub fn of(environment: Rc<dyn Environment>) -> Self {
        Self { environment: Some(environment), last: Cell::default() }
    }

    /// A stamp after all that it gave or has heard of.
    pub fn next(&self) -> u64 {
        let stamp = self.now().max(self.last.get() + 1);
        self.last.set(stamp);
        stamp
    }

    /// The time of the environment; 0 without one.
    pub fn now(&self) -> u64 {
        self.environment.as_ref().map_or(0, |environment| environment.milliseconds().unsigned_abs() * 1_000)
    }

    /// Hears of a stamp that another ledger gave. One that no clock gives comes out of a damaged row.
    pub fn hear(&self, stamp: u64) {
        if stamp < BEYOND_US {
            self.last.set(self.last.get().max(stamp));
        }
    }
}
