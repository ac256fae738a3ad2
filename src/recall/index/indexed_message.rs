/// A message of a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexedMessage {
    /// Its position in the log.
    pub seq: u64,
    /// When it was said, in milliseconds since 1970.
    pub created_at: i64,
    /// Its author's index in the list.
    pub author: u32,
    /// How many words it has.
    pub words: u32,
    /// How many units it has.
    pub units: u32,
}
