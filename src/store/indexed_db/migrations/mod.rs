//! The schema as an ordered list of steps. A step is never edited after its release; a new one is added at the end,
//! together with a frozen fixture of the schema before it and a test that opens that fixture.

mod v1;

use idb::{Database, Transaction};

type Migration = fn(&Database, &Transaction) -> Result<(), idb::Error>;

/// Step `n` leads from schema `n` to schema `n + 1`.
const MIGRATIONS: &[Migration] = &[v1::create];

/// The schema this release writes.
pub const CURRENT: u32 = MIGRATIONS.len() as u32;

/// The name of the index on conversations by `[userId, updatedAt, id]`.
pub const BY_UPDATE: &str = v1::BY_UPDATE;

/// The name of the index on conversations by `[userId, log.changed]`.
pub const BY_CHANGE: &str = v1::BY_CHANGE;

/// Runs the steps that a database of schema `old` has not seen, inside its upgrade transaction.
pub fn run(old: u32, database: &Database, transaction: &Transaction) -> Result<(), idb::Error> {
    MIGRATIONS.iter().skip(old as usize).try_for_each(|migration| migration(database, transaction))
}
