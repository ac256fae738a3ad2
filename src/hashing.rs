//! Hash sets and maps whose seed is drawn anew by every process: no file can bring keys that all fall into one place.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    sync::LazyLock,
};

use siphasher::sip::SipHasher13;

/// A set of texts that may come from anywhere.
pub type Set<T> = HashSet<T, Seed>;

/// The same with something beside each of them.
pub type Map<K, V> = HashMap<K, V, Seed>;

/// The seed of all sets of this process. The standard library's own has no randomness to draw from in WebAssembly.
#[derive(Debug, Clone)]
pub struct Seed([u8; 16]);

static SEED: LazyLock<Seed> = LazyLock::new(|| {
    let mut bytes = [0; 16];
    // Without randomness the sets are still right; no browser is known to refuse it.
    let _ = getrandom::fill(&mut bytes);
    Seed(bytes)
});

impl Default for Seed {
    fn default() -> Self {
        SEED.clone()
    }
}

impl BuildHasher for Seed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}
