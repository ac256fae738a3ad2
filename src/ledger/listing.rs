//! The list of conversations. The index has them by their times; those of one time are put in order here.

use crate::{
    order::sorted,
    records::{
        ListPage,
        record::{Field, read_field},
    },
    store::{Tx, TxResult},
    value::Value,
};

/// The rows of a page of the list, the most recently updated first.
pub fn newest(tx: &mut Tx, user_id: &str, list: &ListPage) -> TxResult<Vec<Value>> {
    let (offset, limit) = (list.page.offset as usize, list.page.limit as usize);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let until = list.behind.as_ref().map(|last| last.updated_at.as_str().to_owned());
    // The conversation behind which the page is counted is read too, if it is still there.
    let mut asked = list.page.offset.saturating_add(list.page.limit).saturating_add(u32::from(until.is_some()));
    loop {
        let rows = in_order(whole_times(tx, user_id, until.as_ref(), asked)?);
        let are_all = rows.len() < asked as usize || asked == u32::MAX;
        // One that has been updated since stands elsewhere now; what had its time may come once more.
        let is_it = |row: &Value, id: &str, at: &Value| {
            row.field("updatedAt").is_same_text(at) && row.field("id").text().as_deref() == Some(id)
        };
        let index = list.behind.as_ref().and_then(|last| {
            let at = last.updated_at.write();
            rows.iter().position(|row| is_it(row, &last.id, &at))
        });
        let skipped = index.map_or(0, |index| index + 1) + offset;
        if are_all || rows.len() >= skipped + limit {
            return Ok(rows.into_iter().skip(skipped).take(limit).collect());
        }
        asked = asked.saturating_mul(2);
    }
}

/// At least so many of the newest rows as there are, updated at that time at the latest, and all of the last one's time.
fn whole_times(tx: &mut Tx, user_id: &str, until: Option<&String>, count: u32) -> TxResult<Vec<Value>> {
    // One more shows where the time ends mostly.
    let mut asked = count.saturating_add(1);
    loop {
        let rows = tx.newest(user_id, until.cloned(), asked)?;
        let last = (rows.get(count.saturating_sub(1) as usize), rows.get(asked.saturating_sub(1) as usize));
        match last {
            (Some(wanted), Some(last)) if is_same_time(wanted, last) && asked < u32::MAX => {
                asked = asked.saturating_mul(2);
            }
            _ => return Ok(rows),
        }
    }
}

/// The rows by descending times, as they come, those of one time by the stamps of what moved it.
fn in_order(mut rows: Vec<Value>) -> Vec<Value> {
    let touched = |row: &Value| read_field::<u64>(&row.get("log"), "touched").unwrap_or_default();
    for of_one_time in rows.chunk_by_mut(is_same_time) {
        if of_one_time.len() > 1 {
            let ordered = sorted(of_one_time.to_vec(), |row| u64::MAX - touched(row));
            of_one_time.clone_from_slice(&ordered);
        }
    }
    rows
}

fn is_same_time(one: &Value, other: &Value) -> bool {
    one.field("updatedAt").is_same_text(&other.field("updatedAt"))
}
