use super::segment_unit::SegmentUnit;

/// The share of its words that are in questions.
const QUESTIONS: f32 = -1.0;
/// It rather says I than you.
const PERSONS: f32 = 0.6;
/// It begins a session.
const BEGINS_SESSION: f32 = 0.75;
/// It follows a question.
const FOLLOWS_QUESTION: f32 = 0.45;
/// It has a number.
const NUMBER: f32 = 0.35;
/// What a question further back counts for, for each unit between.
const FURTHER_QUESTION: f32 = 0.7;
/// Answers of more words inherit less from their question.
const ANSWER_WORDS: f32 = 40.0;

/// A passage of a message, and where it stands in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Unit {
    /// The middle of it, in half words from the beginning of the conversation.
    pub middle: u32,
    /// What speaks for it whatever is asked, at most [`Unit::HIGHEST_PRIOR`]. Every message is as likely as every other one,
    /// however many passages it has.
    pub prior: f32,
    /// How many of its terms are no function words.
    pub content: u8,
    /// How many units back the question is that it answers; 0 when it answers none.
    pub answers: u8,
    // What it tells, in bits, and the number of capitals above them.
    tells: u8,
    // How much of the question that it answers belongs to it, in parts of 255.
    answer_share: u8,
}

const HAS_TIME: u8 = 1;
const HAS_NUMBER: u8 = 2;
const HAS_WISH: u8 = 4;

impl Unit {
    /// More than a prior can be.
    pub const HIGHEST_PRIOR: f32 = PERSONS + BEGINS_SESSION + FOLLOWS_QUESTION + NUMBER;

    /// A unit of which the segment knows this. What follows from several messages is still missing.
    pub fn new(known: &SegmentUnit) -> Self {
        Self {
            content: known.content,
            tells: known.capitals << 3
                | if known.has_time { HAS_TIME } else { 0 }
                | if known.has_number { HAS_NUMBER } else { 0 }
                | if known.has_wish { HAS_WISH } else { 0 },
            ..Self::default()
        }
    }

    /// How many words within its sentences have a capital, at most 7.
    pub fn capitals(&self) -> u8 {
        self.tells >> 3
    }

    /// Whether it has a word of time.
    pub fn has_time(&self) -> bool {
        self.tells & HAS_TIME != 0
    }

    /// Whether it has a number.
    pub fn has_number(&self) -> bool {
        self.tells & HAS_NUMBER != 0
    }

    /// Whether its message wishes something from now on.
    pub fn has_wish(&self) -> bool {
        self.tells & HAS_WISH != 0
    }

    /// How much of the question that it answers belongs to it: from 0 to 1.
    pub fn answer_share(&self) -> f32 {
        f32::from(self.answer_share) / 255.0
    }

    /// Says how many units back the question is that it answers, as a part of a message of so many words.
    pub fn set_answers(&mut self, back: u8, words: u16) {
        let further = (1..back).fold(1.0, |share, _| share * FURTHER_QUESTION);
        let share = further * (ANSWER_WORDS / f32::from(words.max(1))).min(1.0);
        (self.answers, self.answer_share) = (back, (share * 255.0 + 0.5) as u8);
    }

    /// Gives it its prior, when all else is known.
    pub fn set_prior(&mut self, known: &SegmentUnit, begins_session: bool, follows_question: bool, log_units: f32) {
        let (one, other) = (f32::from(known.first_person), f32::from(known.second_person));
        let questions = f32::from(known.question_words) / f32::from(known.words.max(1));
        let mut prior = QUESTIONS * questions + PERSONS * ((one - other) / (one + other + 1.0));
        if begins_session {
            prior += BEGINS_SESSION;
        }
        if follows_question {
            prior += FOLLOWS_QUESTION * self.answer_share();
        }
        if known.has_number {
            prior += NUMBER;
        }
        self.prior = prior - log_units;
    }
}
