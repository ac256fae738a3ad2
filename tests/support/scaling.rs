//! Measures work on inputs of several sizes.
#![allow(clippy::panic)]

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// What is measured takes at least so long with the smaller input, or has so much of it.
const LONG_ENOUGH: Duration = Duration::from_millis(1);
const FIRST: usize = 4 * 1024;
const LARGEST: usize = 256 * 1024;
const TIMES: usize = 8;
const MOST: f64 = 2.5 * 2.5 * 2.5;
/// Another process may take the time of a run, so the shortest of several counts, and of more where that is too long.
const REPEATED_FOR: Duration = Duration::from_secs(10);

/// Work that is ready to be measured.
pub type TxRequest = Box<dyn FnMut()>;

/// `prepare` makes work on an input of about so many bytes.
pub fn check(name: &str, prepare: &dyn Fn(usize) -> TxRequest) {
    // One at a time: the tests of this file must not take each other's.
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock();
    let time = |work: &mut TxRequest| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let mut size = FIRST;
    let mut small = prepare(size);
    let mut shortest = time(&mut small);
    while shortest < LONG_ENOUGH && size < LARGEST {
        size *= 2;
        small = prepare(size);
        shortest = time(&mut small);
    }
    let mut large = prepare(TIMES * size);
    let mut longest = Duration::MAX;
    let begun = Instant::now();
    let mut round = 0;
    while round < 5 || begun.elapsed() < REPEATED_FOR {
        shortest = shortest.min(time(&mut small));
        longest = longest.min(time(&mut large));
        let times = longest.as_secs_f64() / shortest.as_secs_f64();
        if times <= MOST {
            return;
        }
        round += 1;
        if round > 4 && times > 2.0 * MOST {
            break;
        }
    }
    drop(turn);
    panic!("{name}: {shortest:?} for {size} bytes, {longest:?} for {TIMES} times as many");
}

/// The name of a check, and how its work is made.
pub type Check = (&'static str, fn(usize) -> TxRequest);

pub fn check_all(checks: &[Check]) {
    checks.iter().for_each(|(name, prepare)| check(name, prepare));
}
