//! Pictures and other files that came with a message: the note that stands for them in a text, and those that go to the
//! model themselves.

use crate::{
    text::{find_all, has, truncate},
    value::Value,
};

/// The fields in which the exports of products and the parts of frameworks tell of what kind a file is.
const KINDS: [&str; 8] =
    ["mediaType", "media_type", "mimeType", "mime_type", "contentType", "content_type", "file_kind", "type"];
/// Where they have its name.
const NAMES: [&str; 4] = ["name", "filename", "fileName", "file_name"];
/// Where they have the file itself, or its address.
const SOURCES: [&str; 6] = ["url", "image", "data", "image_url", "file", "source"];
/// The types of parts that are files.
const PARTS: [&str; 9] =
    ["file", "image", "image_url", "input_image", "input_file", "document", "audio", "input_audio", "video"];
/// Kinds of parts that are no files.
const OTHER_PARTS: [&str; 5] = ["text", "reasoning", "thinking", "thoughts", "step-start"];
/// How the kinds of others begin, which have a name behind that.
const NAMED_PARTS: [&str; 4] = ["tool", "dynamic-tool", "source", "data"];

/// So much of a name is told, in characters, and so many names.
const NAME_CHARACTERS: usize = 80;
const MAX_NAMES: usize = 10;

/// What a picture takes, in tokens. Nobody decodes it here to measure it: Anthropic says width × height / 750, at most about
/// 1,600; OpenAI's older models take 85 and 170 for each of at most 8 tiles, which is 1,445.
const PICTURE_TOKENS: u32 = 1_600;
/// A text takes a token for about so many bytes.
const TEXT_BYTES: f64 = 3.0;
/// What another file takes for about so many bytes: Anthropic says 1,500 to 3,000 tokens for a page of a PDF, which has 50 to
/// 100 KB.
const FILE_BYTES: f64 = 32.0;

/// A picture or another file.
#[derive(Debug, Clone)]
pub struct MessageFile {
    media_type: String,
    is_picture: bool,
    name: Option<String>,
    bytes: Option<f64>,
    // What it can be had by: an attachment, or a data URL.
    source: Option<(&'static str, Value)>,
}

impl MessageFile {
    /// The file that an entry of a list beside a message is; none when it is what else a message is made of.
    pub fn in_list(item: &Value) -> Option<Self> {
        if !item.is_object() {
            return None;
        }
        let kind = KINDS.iter().find_map(|&field| item.field(field).text()).unwrap_or_default().to_ascii_lowercase();
        let is_other = OTHER_PARTS.contains(&kind.as_str()) || NAMED_PARTS.iter().any(|part| kind.starts_with(part));
        (!is_other).then(|| Self::of(item, kind))
    }

    /// The file that a part of a message is; none when it is another part.
    pub fn in_part(part: &Value) -> Option<Self> {
        let kind = part.field("type").text()?;
        PARTS.contains(&kind.as_str()).then(|| Self::of(part, kind))
    }

    fn of(item: &Value, kind: String) -> Self {
        // The file or its address, or an object with them: `{ url }`, `{ data, media_type }`, `{ filename, file_data }`.
        let nested = SOURCES.map(|field| item.get(field));
        let inside = |fields: &[&'static str]| {
            let objects = std::iter::once(item).chain(&nested);
            objects.flat_map(|object| fields.iter().filter_map(|&field| object.get(field).text())).next()
        };
        let addresses = nested.iter().flat_map(|object| [object.clone(), object.get("url")]);
        let url = addresses.into_iter().find(|address| data_type(address).is_some());
        // The last of the kinds is the type of the part, which is none of media.
        let media_type =
            inside(KINDS.split_last().map_or(&[], |(_, kinds)| kinds)).or_else(|| data_type(url.as_ref()?));
        let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
        let attachment = item.get("attachment");
        let source = if attachment.is_text() { Some(("attachment", attachment)) } else { url.map(|url| ("url", url)) };
        let is_picture = find_all(&kind, "image").next().is_some() || media_type.starts_with("image");
        Self { media_type, is_picture, name: inside(&NAMES), bytes: item.get("size").number(), source }
    }

    /// Whether a model that takes these types can be given it: "image/png", or all of a kind, "image/*".
    pub fn can_go_to(&self, media_types: &[String]) -> bool {
        let takes = |wanted: &String| match wanted.strip_suffix("/*") {
            Some("*") => true,
            Some(kind) => self.media_type.split('/').next() == Some(kind),
            None => *wanted == self.media_type,
        };
        self.source.is_some() && !self.media_type.is_empty() && media_types.iter().any(takes)
    }

    /// About what it takes of a prompt when it goes to the model, in tokens.
    pub fn tokens(&self) -> u32 {
        if self.is_picture {
            return PICTURE_TOKENS;
        }
        let encoded = self.source.as_ref().map_or(0, |(_, source)| source.size()) as f64 * 0.75;
        let bytes = self.bytes.unwrap_or(encoded);
        let each = if self.media_type.starts_with("text/") { TEXT_BYTES } else { FILE_BYTES };
        ((bytes / each) as u32).max(PICTURE_TOKENS)
    }

    /// As a message to a model names it.
    pub fn value(&self) -> Value {
        let mut file = Value::object();
        if let Some((field, source)) = &self.source {
            file.set(field, source.clone());
        }
        file.set("mediaType", self.media_type.as_str().into());
        if let Some(name) = &self.name {
            file.set("name", name.as_str().into());
        }
        if let Some(bytes) = self.bytes {
            file.set("size", bytes.into());
        }
        file
    }
}

/// What stands for files in a text: how many pictures and other files there are, and their names; none for none.
pub fn note_of(files: &[MessageFile]) -> Option<String> {
    let (pictures, others): (Vec<&MessageFile>, Vec<&MessageFile>) = files.iter().partition(|file| file.is_picture);
    let notes: Vec<String> = [told(&pictures, "picture"), told(&others, "file")].into_iter().flatten().collect();
    let between = if files.iter().any(|file| file.name.is_some()) { "; " } else { ", " };
    (!notes.is_empty()).then(|| format!("[{}]", notes.join(between)))
}

fn told(files: &[&MessageFile], one: &str) -> Option<String> {
    let counted = match files.len() {
        0 => return None,
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let names = files.iter().filter_map(|file| file.name.as_deref()).filter(|name| !name.trim().is_empty());
    let mut names: Vec<String> = names.take(MAX_NAMES + 1).map(in_one_line).collect();
    if names.len() > MAX_NAMES {
        names.truncate(MAX_NAMES);
        names.push("...".to_owned());
    }
    Some(if names.is_empty() { counted } else { format!("{counted}: {}", names.join(", ")) })
}

fn in_one_line(name: &str) -> String {
    let name = truncate(name, NAME_CHARACTERS);
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The media type of a data URL; none when it is none.
fn data_type(url: &Value) -> Option<String> {
    if !url.is_text() {
        return None;
    }
    let text = url.text()?;
    let rest = text.strip_prefix("data:")?;
    let (head, _) = rest.split_once(',')?;
    let kind = head.split(';').next().unwrap_or_default();
    has(kind, '/').then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(json: &str) -> Option<MessageFile> {
        MessageFile::in_part(&Value::parse("part", json).unwrap())
    }

    #[test]
    fn files_of_all_frameworks_are_known() {
        let files = [
            (
                r#"{"type":"file","attachment":"a","name":"x.png","mediaType":"image/png","size":7}"#,
                "image/png",
                "[1 picture: x.png]",
                true,
            ),
            (
                r#"{"type":"file","url":"data:image/png;base64,iVBO","mediaType":"image/png","filename":"p"}"#,
                "image/png",
                "[1 picture: p]",
                true,
            ),
            (
                r#"{"type":"file","url":"https://a.example/x.pdf","mediaType":"application/pdf"}"#,
                "application/pdf",
                "[1 file]",
                false,
            ),
            (r#"{"type":"image","image":"data:image/gif;base64,R0lG"}"#, "image/gif", "[1 picture]", true),
            (r#"{"type":"image","image":"https://a.example/x"}"#, "", "[1 picture]", false),
            (
                r#"{"type":"image_url","image_url":{"url":"data:image/webp;base64,AAAA"}}"#,
                "image/webp",
                "[1 picture]",
                true,
            ),
            (r#"{"type":"image_url","image_url":"https://a.example/x"}"#, "", "[1 picture]", false),
            (
                r#"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}"#,
                "image/jpeg",
                "[1 picture]",
                false,
            ),
            (r#"{"type":"file","file":{"filename":"a\nb.pdf","file_data":"x"}}"#, "", "[1 file: a b.pdf]", false),
        ];
        for (json, media_type, note, can_go) in files {
            let file = file(json).unwrap();
            assert_eq!(file.media_type, media_type, "{json}");
            assert_eq!(file.can_go_to(&["*/*".to_owned()]), can_go, "{json}");
            assert_eq!(note_of(&[file]).unwrap(), note, "{json}");
        }
        for other in ["text", "reasoning", "tool-image", "data-file", "source-document", "step-start", "x"] {
            assert!(file(&format!(r#"{{"type":"{other}","mediaType":"image/png"}}"#)).is_none(), "{other}");
        }
    }

    #[test]
    fn only_what_a_model_takes_goes_to_it() {
        let picture = file(r#"{"type":"file","attachment":"a","mediaType":"image/PNG","size":9}"#).unwrap();
        let takes = |wanted: &str| picture.can_go_to(&[wanted.to_owned()]);
        assert!(
            takes("image/*") && takes("image/png") && takes("*/*") && !takes("image/jpeg") && !takes("application/pdf")
        );
        assert_eq!(picture.value().json(), r#"{"attachment":"a","mediaType":"image/png","size":9}"#);
        let tokens = |size: u32, kind: &str| {
            file(&format!(r#"{{"type":"file","attachment":"a","mediaType":"{kind}","size":{size}}}"#)).unwrap().tokens()
        };
        assert_eq!(
            [tokens(5_000_000, "image/png"), tokens(320_000, "application/pdf"), tokens(30_000, "text/csv")],
            [1_600, 10_000, 10_000]
        );
    }
}
