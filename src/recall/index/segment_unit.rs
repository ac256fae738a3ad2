use super::bytes::{ANY_BYTE, ByteReader, put_within};
use crate::{recall::analysis::Passage, records::Role};

const HAS_TIME: u8 = 1;
const HAS_NUMBER: u8 = 2;
const ENDS_IN_QUESTION: u8 = 4;
const HAS_WISH: u8 = 8;
const IS_CODE: u8 = 16;

/// What a segment knows of a unit, a passage of a message.
///
/// | what | bytes |
/// |---|---|
/// | 4 · words, + 2 when there are question words, + 1 when it says I or you | 1, or 2 from 64 words on |
/// | content | 1 |
/// | flags, and 32 · capitals | 1 |
/// | question words, when there are any | 1 |
/// | I and 16 · you, when it says them | 1 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentUnit {
    /// How many words it has, at most 255.
    pub words: u8,
    /// How many of its terms are no function words, at most 255.
    pub content: u8,
    /// How many of its words are in questions, at most 255.
    pub question_words: u8,
    /// How often it says I, at most 15.
    pub first_person: u8,
    /// How often it says you, at most 15.
    pub second_person: u8,
    /// How many words within its sentences have a capital, at most 7.
    pub capitals: u8,
    /// Whether it has a word of time.
    pub has_time: bool,
    /// Whether it has a number.
    pub has_number: bool,
    /// Whether its last sentence is a question.
    pub ends_in_question: bool,
    /// Whether its message wishes something from now on.
    pub has_wish: bool,
    /// Whether it is program code.
    pub is_code: bool,
}

impl SegmentUnit {
    /// What is known of a passage by somebody of a role. An assistant ends with offers, which nobody answers.
    pub fn of(passage: &Passage, role: Role) -> Self {
        let most = |count: usize, most: u8| u8::try_from(count).unwrap_or(most).min(most);
        Self {
            words: most(passage.words, 255),
            content: most(passage.content, 255),
            question_words: most(passage.question_words, 255),
            first_person: most(passage.first_person, 15),
            second_person: most(passage.second_person, 15),
            capitals: most(passage.capitals, 7),
            has_time: passage.has_time,
            has_number: passage.has_number,
            ends_in_question: passage.ends_in_question && !(passage.ends_in_offer && role == Role::Assistant),
            has_wish: passage.has_wish,
            is_code: passage.is_code,
        }
    }

    /// Writes it behind these bytes.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let persons = self.first_person | self.second_person << 4;
        let (has_questions, has_persons) = (self.question_words > 0, persons > 0);
        let bits = u64::from(has_questions) << 1 | u64::from(has_persons);
        put_within(bytes, ANY_BYTE, u64::from(self.words) << 2 | bits);
        bytes.push(self.content);
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        bytes.push(
            bit(self.has_time, HAS_TIME)
                | bit(self.has_number, HAS_NUMBER)
                | bit(self.ends_in_question, ENDS_IN_QUESTION)
                | bit(self.has_wish, HAS_WISH)
                | bit(self.is_code, IS_CODE)
                | self.capitals << 5,
        );
        if has_questions {
            bytes.push(self.question_words);
        }
        if has_persons {
            bytes.push(persons);
        }
    }

    /// The next one that was written.
    pub fn read(reader: &mut ByteReader<'_>) -> Option<Self> {
        let words = reader.number_within(ANY_BYTE)?;
        let (content, flags) = (reader.byte()?, reader.byte()?);
        let question_words = if words & 2 != 0 { reader.byte()? } else { 0 };
        let persons = if words & 1 != 0 { reader.byte()? } else { 0 };
        Some(Self {
            words: u8::try_from(words >> 2).ok()?,
            content,
            question_words,
            first_person: persons & 15,
            second_person: persons >> 4,
            capitals: flags >> 5,
            has_time: flags & HAS_TIME != 0,
            has_number: flags & HAS_NUMBER != 0,
            ends_in_question: flags & ENDS_IN_QUESTION != 0,
            has_wish: flags & HAS_WISH != 0,
            is_code: flags & IS_CODE != 0,
        })
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_read_as_they_were_written(
            (words, content, question_words) in any::<(u8, u8, u8)>(),
            (first_person, second_person, capitals) in (0..16_u8, 0..16_u8, 0..8_u8),
            (has_time, has_number, ends_in_question, has_wish, is_code) in any::<(bool, bool, bool, bool, bool)>(),
        ) {
            let unit = SegmentUnit {
                words, content, question_words, first_person, second_person, capitals,
                has_time, has_number, ends_in_question, has_wish, is_code,
            };
            let mut bytes = Vec::new();
            unit.write(&mut bytes);
            let mut reader = ByteReader(&bytes);
            prop_assert_eq!((SegmentUnit::read(&mut reader), reader.byte()), (Some(unit), None));
        }
    }
}
