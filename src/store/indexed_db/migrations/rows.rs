//! Rows that change with the schema.

use idb::{KeyRange, ObjectStore, Query};

use crate::value::Value;

/// What a row of the old schema is in the new one; none removes it. It must come to the same for a row that has changed
/// already: nothing else is needed to begin again.
pub type Rewrite = fn(Value) -> Option<Value>;

/// So many rows are in memory at once.
const ROWS_AT_ONCE: u32 = 200;

/// Rewrites all rows of an object store, portion by portion in the order of their keys. Their keys must stay.
pub async fn rewrite(store: &ObjectStore, rewrite: Rewrite) -> Result<(), idb::Error> {
    let mut behind: Option<Query> = None;
    loop {
        let rows = store.get_all(behind.clone(), Some(ROWS_AT_ONCE))?.await?;
        let keys = store.get_all_keys(behind, Some(ROWS_AT_ONCE))?.await?;
        let Some(last) = keys.last() else { return Ok(()) };
        behind = Some(KeyRange::lower_bound(last, Some(true))?.into());
        for (row, key) in rows.into_iter().zip(keys) {
            match rewrite(row.into()) {
                Some(row) => drop(store.put(&row.into(), None)?.await?),
                None => store.delete(Query::Key(key))?.await?,
            }
        }
    }
}
