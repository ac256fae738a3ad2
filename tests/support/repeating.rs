//! A store that holds steps to what they promise: that they come to the same end however often they are run, and touch no
//! table beside those that their call has named.

use conversation_memory::{
    Change, MemoryStore,
    store::{Range, Read, Stop, Store, Table, Tx, TxFuture, TxRequest, TxResult, Write},
    value::Value,
};

/// Answers one read before it runs the steps again, and runs those that have come to their end three times. Whatever
/// differs between these runs fails the test.
#[derive(Clone, Default)]
pub struct Repeating(pub MemoryStore);

impl Store for Repeating {
    fn run(&self, TxRequest { tables, writes, steps }: TxRequest) -> TxFuture {
        let steps = Box::new(move |tx: &mut Tx| {
            let mut answer = steps(tx);
            if matches!(answer, Err(Stop::NeedsRead)) {
                let mut wanted = tx.take_pending_reads();
                wanted.iter().for_each(|read| assert!(tables.contains(&table_of(read)), "{read:?} of {tables:?}"));
                // Neither what was announced first nor what the steps have stopped at: they must not depend on the order.
                want(tx, wanted.swap_remove(wanted.len() / 2))?;
                return Err(Stop::NeedsRead);
            }
            let first = end_of(tx, &answer);
            for write in tx.writes() {
                let (Write::Put(table, _) | Write::Delete(table, _)) = write;
                assert!(writes && tables.contains(table), "{write:?} by a call of {tables:?} that writes: {writes}");
            }
            for _ in 1..3 {
                // Forgets what the run before has said.
                tx.take_pending_reads();
                answer = steps(tx);
                assert_eq!(end_of(tx, &answer), first, "the steps came to another end when they were run again");
            }
            answer
        });
        self.0.run(TxRequest { tables, writes, steps })
    }

    fn close(&self) {
        self.0.close();
    }
}

/// What a run has come to: its answer, what it writes, and what it tells.
fn end_of(tx: &Tx, answer: &TxResult<Value>) -> (Result<Value, String>, Vec<Write>, Vec<Change>) {
    let answer = match answer {
        Ok(value) => Ok(value.clone()),
        Err(stop) => Err(format!("{stop:?}")),
    };
    (answer, tx.writes().to_vec(), tx.emitted().to_vec())
}

fn table_of(read: &Read) -> Table {
    match read {
        Read::Row(table, _) | Read::Range(table, _) | Read::Keys(table, _) | Read::LastKey(table, _) => *table,
        Read::Newest(..) | Read::Changed(..) | Read::LastChange(..) => Table::Conversations,
    }
}

/// Asks once more for what the steps have asked for. Fails where IndexedDB would: for a range that ends before it begins.
fn want(tx: &mut Tx, read: Read) -> TxResult<()> {
    match read {
        Read::Range(_, Range { positions: Some((from, to)), .. }) if from > to => {
            let (record, reason) = ("range".to_owned(), format!("{from} > {to}"));
            Err(conversation_memory::Error::Corrupt { record, reason }.into())
        }
        Read::Range(table, range) => {
            tx.prefetch(table, range);
            Ok(())
        }
        Read::Row(table, key) => {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            unread(tx.get(table, &key))
        }
        Read::Keys(table, range) => unread(tx.keys(table, range)),
        Read::LastKey(table, range) => unread(tx.last_key(table, range)),
        Read::Newest(user_id, until, count) => unread(tx.newest(&user_id, until, count)),
        Read::Changed(user_id, after) => unread(tx.changed(&user_id, after)),
        Read::LastChange(user_id) => unread(tx.last_change(&user_id)),
    }
}

fn unread<T>(answer: TxResult<T>) -> TxResult<()> {
    match answer {
        Ok(_) | Err(Stop::NeedsRead) => Ok(()),
        Err(failed) => Err(failed),
    }
}
