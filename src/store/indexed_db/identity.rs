//! What tells a database from another one of its name that was made after it was gone: an id in the table `meta`.

use crate::{
    environment::{Environment, SystemEnvironment},
    store::{Table, Tx, TxRequest},
    value::Value,
};

/// The name of the row.
const NAME: &str = "database";

/// Reads the id. Where there is none yet, draws one if it `may_draw`, and otherwise gives nothing.
pub fn identity(may_draw: bool) -> TxRequest {
    let drawn = may_draw.then(|| SystemEnvironment::default().new_id());
    let steps = move |tx: &mut Tx| {
        let known = tx.get(Table::Meta, &[NAME])?.get("id");
        let Some(drawn) = drawn.as_deref().filter(|_| known.is_missing()) else { return Ok(known) };
        tx.put(Table::Meta, Value::object().with("name", NAME.into()).with("id", drawn.into()));
        Ok(drawn.into())
    };
    TxRequest { tables: &[Table::Meta], writes: may_draw, steps: Box::new(steps) }
}
