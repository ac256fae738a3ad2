/// A message of a conversation. Packed, it takes 14 bytes in place of 16: a fiftieth of the memory that an index takes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(Rust, packed(2))]
pub struct IndexedMessage {
    /// When it was said, in milliseconds since 1970.
    pub created_at: i64,
    /// Its author's index in the list.
    pub author: u16,
    /// How many words it has, at most 65,535.
    pub words: u16,
    /// How many units it has. Of 128 KB, all that an index has of a text, there are 32,768 at most.
    pub units: u16,
}
