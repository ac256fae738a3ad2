//! What is done for recall when nothing else is: segments are built of conversations that have come to rest, and stored.

use super::{RecallIndex, Unsaved};
use crate::{
    error::{Error, Result},
    ledger::{
        Call, Ledger, read,
        rows::{ConversationRow, row},
        segments,
    },
    records::record::Stored,
    store::{Range, Table},
};

/// What is to be done next.
enum Work {
    Save(Unsaved),
    Cover(String),
}

impl RecallIndex {
    fn next_work(&self) -> Option<Work> {
        let mut state = self.state.borrow_mut();
        if !state.unsaved.is_empty() {
            return Some(Work::Save(state.unsaved.remove(0)));
        }
        let id = state.touched.iter().next().cloned()?;
        state.touched.remove(&id);
        Some(Work::Cover(id))
    }
}

impl Ledger {
    /// Stores a segment that was built, or builds one of what no stored one covers at the end of a conversation that this ledger has
    /// changed: one transaction and a bounded piece of work. Whether there is more to do.
    pub async fn index_step(&self, index: &RecallIndex) -> Result<bool> {
        let Some(work) = index.next_work() else { return Ok(false) };
        let id = match work {
            // Where it cannot be stored it is not tried again: who needs it builds it.
            Work::Save(unsaved) => return self.save_segment(index, unsaved).await,
            Work::Cover(id) => id,
        };
        let is_more = if index.known(&id).is_some() { self.refresh_one(index, &id) } else { self.cover(index, &id) };
        match is_more.await {
            Ok(false) => {}
            Ok(true) => drop(index.state.borrow_mut().touched.insert(id)),
            // It is gone, or damaged: there is nothing to index.
            Err(Error::NotFound { .. } | Error::Corrupt { .. }) => index.state.borrow_mut().drop(&id),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn save_segment(&self, index: &RecallIndex, Unsaved { key, reworded, segment }: Unsaved) -> Call<bool> {
        let index = index.clone();
        self.write(&[Table::Conversations, Table::Segments], move |tx| {
            // Bytes are not to be compared as JSON.
            tx.set_repeatable();
            let row = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
            let row = row.and_then(|row| read::<ConversationRow>(Table::Conversations, &row).ok());
            if row.is_some_and(|row| row.log.reworded == reworded && segment.to <= row.log.end) {
                segment.put(tx, &key);
            }
            let state = index.state.borrow();
            Ok(Stored::new(&!(state.unsaved.is_empty() && state.touched.is_empty())))
        })
    }

    /// Builds the next segment at the end of a conversation of which nothing is loaded. Whether there was one to build.
    fn cover(&self, index: &RecallIndex, id: &str) -> Call<bool> {
        let (index, key) = (index.clone(), index.key(id));
        self.read(Table::OF_WORDS, move |tx| {
            let row = row(tx, &key)?;
            let mut segments = segments::newest(tx, &key, &row.log)?;
            let start = segments.first().map_or(0, |segment| segment.from);
            let built = segments::fill_gap(tx, &key, &row.log, &mut segments, start)?;
            let is_more = built.is_some();
            if let Some(segment) = built {
                let (index, unsaved) =
                    (index.clone(), Unsaved { key: key.clone(), reworded: row.log.reworded, segment });
                tx.after_commit(move || index.state.borrow_mut().unsaved.push(unsaved));
            }
            Ok(Stored::new(&is_more))
        })
    }
}
