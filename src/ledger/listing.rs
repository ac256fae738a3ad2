//! The list of conversations. The index has them by their times; those of one time are put in order here.

use crate::{
    order::insert,
    records::{Page, record::read_field},
    store::{Tx, TxResult},
    value::Value,
};

/// The rows of a page of the list, the most recently updated first.
pub fn newest(tx: &mut Tx, user_id: &str, page: Page) -> TxResult<Vec<Value>> {
    if page.limit == 0 {
        return Ok(Vec::new());
    }
    let rows = in_order(whole_times(tx, user_id, page.offset.saturating_add(page.limit))?);
    Ok(rows.into_iter().skip(page.offset as usize).take(page.limit as usize).collect())
}

/// At least so many of the newest rows as there are, and all of the last one's time.
fn whole_times(tx: &mut Tx, user_id: &str, count: u32) -> TxResult<Vec<Value>> {
    // One more shows where the time ends mostly.
    let mut asked = count.saturating_add(1);
    loop {
        let rows = tx.newest(user_id, asked)?;
        let last = (rows.get(count.saturating_sub(1) as usize), rows.get(asked.saturating_sub(1) as usize));
        match last {
            (Some(wanted), Some(last)) if is_same_time(wanted, last) && asked < u32::MAX => {
                asked = asked.saturating_mul(2);
            }
            _ => return Ok(rows),
        }
    }
}

/// The rows by descending times, those of one time by the stamps of what moved it.
fn in_order(rows: Vec<Value>) -> Vec<Value> {
    let touched = |row: &Value| read_field::<u64>(&row.get("log"), "touched").unwrap_or_default();
    let mut ordered = Vec::with_capacity(rows.len());
    for row in rows {
        insert(&mut ordered, row, |other, row| is_same_time(other, row) && touched(other) < touched(row));
    }
    ordered
}

fn is_same_time(one: &Value, other: &Value) -> bool {
    one.field("updatedAt").is_same_text(&other.field("updatedAt"))
}
