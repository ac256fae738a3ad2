//! The schema as an ordered list of steps. A step is never edited after its release; a new one is added at the end,
//! together with a frozen fixture of the schema before it and a test that opens that fixture.
//!
//! All steps that a database has not seen run inside one upgrade transaction. So whatever ends it, a kill or a row that
//! cannot be written, leaves the database as it was, and the next opening begins again.

mod rows;
mod v1;

use idb::{Database, Transaction};

pub use rows::Rewrite;

/// Leads from one schema to the next.
#[derive(Clone, Copy)]
pub struct Migration {
    /// Creates and removes object stores and indexes.
    pub schema: fn(&Database, &Transaction) -> Result<(), idb::Error>,
    /// What becomes of the rows of these object stores, one after the other, once the schema has changed.
    pub rows: &'static [(&'static str, Rewrite)],
}

/// Step `n` leads from schema `n` to schema `n + 1`.
pub const MIGRATIONS: &[Migration] = &[Migration { schema: v1::create, rows: &[] }];

/// Whether any step rewrites rows: until one does, users do not load what does it.
pub const REWRITES: bool = cfg!(feature = "testing") || any_has_rows(MIGRATIONS);

const fn any_has_rows(steps: &[Migration]) -> bool {
    match steps {
        [step, others @ ..] => !step.rows.is_empty() || any_has_rows(others),
        [] => false,
    }
}

/// The schema this release writes.
pub const CURRENT: u32 = MIGRATIONS.len() as u32;

/// The name of the index on conversations by `[userId, updatedAt, id]`.
pub const BY_UPDATE: &str = v1::BY_UPDATE;

/// The name of the index on conversations by `[userId, log.changed]`.
pub const BY_CHANGE: &str = v1::BY_CHANGE;

/// Runs the steps that a database of schema `old` has not seen, inside its upgrade transaction. Nothing but requests of that
/// transaction is awaited: anything else would end it half way.
pub async fn run(
    steps: &[Migration],
    old: u32,
    database: &Database,
    transaction: &Transaction,
) -> Result<(), idb::Error> {
    for step in steps.iter().skip(old as usize) {
        (step.schema)(database, transaction)?;
        if REWRITES {
            for (store, rewrite) in step.rows {
                rows::rewrite(&transaction.object_store(store)?, *rewrite).await?;
            }
        }
    }
    Ok(())
}
