//! Records that cannot be read: named, and moved to a table of their own.

use crate::{
    error::Error,
    ledger::{damaged, name_of},
    records::{Damaged, record::Field},
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// A record of a row, apart from the rest.
pub fn quarantine(table: Table, row: &Value, field: &str, value: Value) -> Damaged {
    match damaged(name_of(table, row), field) {
        Error::Corrupt { record, reason } => Damaged { record, reason, value },
        other => Damaged { record: String::new(), reason: other.to_string(), value },
    }
}

/// Sets records aside.
pub fn keep(tx: &mut Tx, user_id: &str, conversation_id: &str, lost: &[Damaged]) -> TxResult<()> {
    if lost.is_empty() {
        return Ok(());
    }
    // What was set aside at the same place before stays.
    let there = tx.list(Table::Damaged, Range::of(&[user_id, conversation_id]))?;
    let mut known: Vec<String> = there.iter().filter_map(|row| row.get("record").text()).collect();
    for damaged in lost {
        let mut row = damaged.write();
        let mut record = damaged.record.clone();
        while known.contains(&record) {
            record += " again";
        }
        row.set("record", record.as_str().into());
        known.push(record);
        row.set("userId", user_id.into());
        row.set("conversationId", conversation_id.into());
        tx.put(Table::Damaged, row);
    }
    Ok(())
}
