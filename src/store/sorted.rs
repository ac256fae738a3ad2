use super::{Key, Range, Table};
use crate::value::Value;

/// Rows by their tables and keys, sorted. (A `BTreeMap` makes the finished module 5.8 KB larger after
/// gzip, and most insertions are at the end.)
#[derive(Debug, Default)]
pub struct Sorted(pub Vec<((Table, Key), Value)>);

impl Sorted {
    /// Puts a row over the one of the same key.
    pub fn put(&mut self, table: Table, row: Value) {
        let key = (table, table.key(&row));
        match self.find(&key) {
            Ok(index) => {
                if let Some((_, old)) = self.0.get_mut(index) {
                    *old = row;
                }
            }
            Err(index) => self.0.insert(index, (key, row)),
        }
    }

    /// Removes the rows in the range.
    pub fn delete(&mut self, table: Table, range: &Range) {
        self.0.retain(|((of, key), _)| *of != table || !range.holds(key));
    }

    /// The row whose key has these texts and no position; missing when there is none.
    pub fn get(&self, table: Table, texts: Vec<String>) -> Value {
        let index = self.find(&(table, (texts, 0)));
        index.ok().and_then(|index| self.0.get(index)).map_or_else(Value::missing, |(_, row)| row.clone())
    }

    /// Where the row is, or would be.
    pub fn find(&self, key: &(Table, Key)) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}
