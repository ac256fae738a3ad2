//! An id for a conversation that has none.

use super::ImportedConversation;

/// The same for the same content and another for any other, so that importing a file again finds what it has brought
/// before. (FNV-1a of 128 bits.)
pub fn of(foreign: &ImportedConversation) -> String {
    let ImportedConversation { source, title, created_at, messages, .. } = foreign;
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let mut add = |text: &str| {
        // No text holds the byte that ends each of them.
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    };
    add(title);
    add(created_at.as_str());
    for message in messages {
        add(&message.id);
        add(message.parent_id.as_deref().unwrap_or_default());
        add(message.role.name());
        add(&message.content);
        add(message.created_at.as_str());
    }
    format!("{} {hash:032x}", source.name())
}
