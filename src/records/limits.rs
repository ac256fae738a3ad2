//! How large things may be. A call beyond a limit is refused with `invalid-input` before it touches storage.

use super::{MessageStatus, Metadata, NewMessage, Parts, entities};
use crate::error::{Error, Result};

/// The longest content of a message, in bytes of UTF-8.
pub const CONTENT_BYTES: usize = 8 * 1024 * 1024;
/// The longest parts of a message, in bytes of JSON text. There may be as much of them as of content, because what a tool
/// gave stands in them.
pub const PARTS_BYTES: usize = CONTENT_BYTES;
/// The longest metadata of a message, in bytes of JSON text.
pub const METADATA_BYTES: usize = 1024 * 1024;
/// The longest title, persona name, or other one-line text, in Unicode code points.
pub const LINE_CHARACTERS: usize = 500;
/// The longest id that an application gives a message, in Unicode code points.
pub const ID_CHARACTERS: usize = 128;
/// The size of a portion of a file, in bytes; only the last one may be shorter. (js/attachments/uploads.ts makes them.)
pub const CHUNK_BYTES: u64 = 1024 * 1024;
/// The largest number of entities of one message, and in one question about past results.
pub const ENTITIES: usize = 1_000;

/// So many messages are recalled or found by one call at most.
pub const RECALLED: usize = 1_000;
/// Of a text recall and search look at so many bytes: one message must not block the page.
pub const INDEXED_BYTES: usize = 128 * 1024;

/// What recall and search look at of a text: its beginning.
pub fn indexed(text: &str) -> &str {
    let end = (0..=INDEXED_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Refuses more than [`ENTITIES`] entities to ask for.
pub fn check_entities(entities: &[String]) -> Result<()> {
    if entities.len() > ENTITIES {
        return Err(Error::invalid("entities", format!("at most {ENTITIES} entities, got {}", entities.len())));
    }
    Ok(())
}

/// Refuses a text that is blank or longer than [`LINE_CHARACTERS`].
pub fn check_line(argument: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(argument, "a text that is not blank"));
    }
    check_length(argument, text, LINE_CHARACTERS)
}

/// Refuses a text of more than `most` code points.
pub fn check_length(argument: &str, text: &str, most: usize) -> Result<()> {
    // No character takes less than a byte, so most need no count.
    if text.len() <= most {
        return Ok(());
    }
    match text.chars().count() {
        length if length > most => Err(Error::invalid(argument, format!("at most {most} characters, got {length}"))),
        _ => Ok(()),
    }
}

/// Refuses an id of no or more than 128 characters, a status that only the package gives, parts or metadata that are too
/// large, and what [`content_of`] refuses; `argument` names the message. Gives what it says.
pub fn check_message(argument: &str, message: &mut NewMessage) -> Result<String> {
    if let Some(id) = &message.id {
        check_id(&format!("{argument}.id"), id)?;
    }
    if let Some(author) = &message.author {
        check_line(&format!("{argument}.author"), author)?;
    }
    check_status(&format!("{argument}.status"), message.status)?;
    if let Some(parts) = &message.parts {
        check_parts(&format!("{argument}.parts"), parts)?;
    }
    check_metadata(&format!("{argument}.metadata"), &message.metadata)?;
    content_of(argument, message.content.take(), message.parts.as_ref())
}

/// What a message says of which this is given. Refuses content that is too large, content that is not what the parts say, and
/// neither of both; `argument` names the message.
pub fn content_of(argument: &str, content: Option<String>, parts: Option<&Parts>) -> Result<String> {
    let path = format!("{argument}.content");
    match (content, parts.map(Parts::text)) {
        (Some(content), Some(text)) if content != text => Err(Error::invalid(
            &path,
            "left out where parts are given, or what their texts say, joined by a blank line",
        )),
        (Some(content), _) | (None, Some(content)) => {
            check_bytes(&path, content.len(), CONTENT_BYTES)?;
            Ok(content)
        }
        (None, None) => Err(Error::invalid(&path, "a text where no parts are given")),
    }
}

/// Refuses parts that are too large. What [`Parts::json_units`] says of them.
pub fn check_parts(argument: &str, parts: &Parts) -> Result<usize> {
    let units = parts.json_units();
    // A unit of UTF-16 takes at most three bytes of UTF-8, so most need no exact count.
    if units > PARTS_BYTES / 3 {
        check_bytes(argument, parts.json().len(), PARTS_BYTES)?;
    }
    Ok(units)
}

/// Refuses the id of a message that is empty or longer than 128 characters.
pub fn check_id(argument: &str, id: &str) -> Result<()> {
    match id.chars().count() {
        1..=ID_CHARACTERS => Ok(()),
        length => Err(Error::invalid(argument, format!("of 1 to {ID_CHARACTERS} characters, got {length}"))),
    }
}

/// Refuses "queued": such a question waits for an agent, which gives it that status.
pub fn check_status(argument: &str, status: Option<MessageStatus>) -> Result<()> {
    if status == Some(MessageStatus::Queued) {
        return Err(Error::invalid(argument, "another status than \"queued\", which agents give"));
    }
    Ok(())
}

/// Refuses metadata that is too large. What [`Metadata::json_units`] says of it.
pub fn check_metadata(argument: &str, metadata: &Metadata) -> Result<usize> {
    let units = metadata.json_units();
    // A unit of UTF-16 takes at most three bytes of UTF-8, so most need no exact count.
    if units > METADATA_BYTES / 3 {
        check_bytes(argument, metadata.json_bytes(), METADATA_BYTES)?;
    }
    // An entity takes three units at least: `"",`.
    let count = if units > 3 * ENTITIES { entities(metadata).len() } else { 0 };
    if count > ENTITIES {
        return Err(Error::invalid(argument, format!("at most {ENTITIES} entities, got {count}")));
    }
    Ok(units)
}

/// Refuses a text of more than `most` bytes.
pub fn check_bytes(argument: &str, length: usize, most: usize) -> Result<()> {
    if length > most {
        return Err(Error::invalid(argument, format!("at most {most} bytes, got {length}")));
    }
    Ok(())
}
