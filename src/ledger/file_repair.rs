//! Files made whole: what is counted is counted anew, and bytes that are of no file are removed.

use super::{
    Call, Ledger,
    attachments::{Counts, apply_to_references, attachments_of, put, reference},
    rows::{ConversationKey, keep, quarantine},
};
use crate::{
    hashing::Set,
    records::{
        Repaired, StoredFile,
        limits::CHUNK_BYTES,
        record::{Field, Stored},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// Has the rows of `references` say what these messages of a conversation refer to, damaged ones too. Whether they did not.
pub fn recount(tx: &mut Tx, key: &ConversationKey, messages: &[Value], aside: &[Value]) -> TxResult<bool> {
    let mut counts = Counts::default();
    messages.iter().chain(aside).for_each(|message| counts.add(attachments_of(message), 1));
    for row in tx.list(Table::References, Range::of(&key.parts()))? {
        let (id, count) = reference(&row);
        counts.add(vec![id], -count);
    }
    // How often all conversations refer to a file is counted last: as long as some counts are wrong no bytes may go.
    apply_to_references(tx, key, &counts)?;
    Ok(!counts.changed().is_empty())
}

impl Ledger {
    /// Makes the files whole, by the rows of `references`: one whose bytes are not all there is told and has none from then on.
    pub fn repair_files(&self, user_id: &str) -> Call<Repaired> {
        const TABLES: &[Table] = &[Table::References, Table::Files, Table::Chunks, Table::Uploads, Table::Damaged];
        let user_id = user_id.to_owned();
        self.write(TABLES, move |tx| {
            let own = Range::of(&[&user_id]);
            for table in [Table::References, Table::Files, Table::Uploads] {
                tx.prefetch(table, own.clone());
            }
            let (mut counts, mut chunks, mut kept) = (Counts::default(), Counts::default(), Set::<String>::default());
            for key in tx.keys(Table::Chunks, own.clone())? {
                chunks.add(key.items().get(1).and_then(Value::text).into_iter().collect(), 1);
            }
            for row in tx.list(Table::Uploads, own.clone())? {
                kept.extend(row.get("id").text());
            }
            for row in tx.list(Table::References, own.clone())? {
                let (id, count) = reference(&row);
                counts.add(vec![id], count);
            }
            let (mut lost, mut is_wrong) = (Vec::new(), false);
            for row in tx.list(Table::Files, own)? {
                let id = row.get("id").text().unwrap_or_default();
                let known = StoredFile::read(&row);
                let mut file = known.clone().unwrap_or_else(|_| StoredFile::without_bytes(&user_id, &id));
                let is_whole = |upload: &str, size: u64| chunks.of(upload) as u64 == size.div_ceil(CHUNK_BYTES);
                file.content = file.content.filter(|content| is_whole(&content.upload, content.size));
                file.references = counts.of(&id).unsigned_abs();
                counts.add(vec![id], -counts.of(&file.id));
                match &known {
                    Err(field) => lost.push(quarantine(Table::Files, &row, field, row.clone())),
                    Ok(known) if known.content != file.content => {
                        lost.push(quarantine(Table::Files, &row, "content", row.clone()));
                    }
                    Ok(_) => {}
                }
                if known.as_ref() != Ok(&file) || file.references == 0 {
                    is_wrong = true;
                    put(tx, &file);
                }
                if file.references > 0 {
                    kept.extend(file.content.map(|content| content.upload));
                }
            }
            for id in counts.changed() {
                is_wrong = true;
                let references = counts.of(&id).unsigned_abs();
                put(tx, &StoredFile { references, ..StoredFile::without_bytes(&user_id, &id) });
            }
            for upload in chunks.changed().iter().filter(|upload| !kept.contains(*upload)) {
                is_wrong = true;
                tx.delete(Table::Chunks, Range::of(&[&user_id, upload]));
            }
            keep(tx, &user_id, "", &lost)?;
            Ok(Stored::new(&Repaired { rebuilt: is_wrong, damaged: lost }))
        })
    }
}
