use crate::recall::analysis::{Language, Words, dates as han_dates, unspaced};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Names of months that are other words too.
const AMBIGUOUS: &[&str] = &["may", "march", "mar", "mars", "mai", "mayo", "sep", "مارس"];

/// The days, months and years that a question names.
///
/// ```
/// use conversation_memory::recall::{analysis::Words, rank::Dates};
/// let dates = Dates::of(&Words::of("What did she say on 8 May 2023?"));
/// let day = 1_683_504_000_000; // 2023-05-08
/// assert_eq!(dates.closeness(day), 2.0);
/// assert!(dates.closeness(day + 3 * 86_400_000) > dates.closeness(day + 20 * 86_400_000));
/// assert_eq!(Dates::of(&Words::of("You may go.")).closeness(day), 0.0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dates(Vec<Date>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Date {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
}

impl Dates {
    /// What [`Self::closeness`] is at most.
    pub const CLOSEST: f32 = 2.0;

    /// Those that these words name: "8 May 2023", "May", "2023", "2023-05-08", "8.5.2023", "2023年5月8日", in the languages
    /// whose months are known.
    pub fn of(words: &Words) -> Self {
        let forms: Vec<&str> = words.iter().map(|(_, form)| form).collect();
        let form = |at: usize| forms.get(at).copied().unwrap_or_default();
        let mut dates = Vec::new();
        let mut years = Vec::new();
        for at in 0..forms.len() {
            let before = |back: usize| at.checked_sub(back).map_or("", form);
            if let Some(date) = dotted(form(at)) {
                dates.push(date);
            } else if let Some(year) = year(form(at)).filter(|_| !form(at + 1).starts_with('年')) {
                let number = |at: usize, most: i64| form(at).parse().ok().filter(|number| (1..=most).contains(number));
                let month = number(at + 1, 12);
                let day = month.and_then(|_| number(at + 2, 31));
                if month.is_some() && day.is_some() {
                    dates.push(Date { year: Some(year), month, day });
                } else {
                    years.push(year);
                }
            } else if let Some(month) = month(form(at)) {
                let behind = at + 1 + usize::from(is_filler(form(at + 1)));
                let ahead = if is_filler(before(1)) { before(2) } else { before(1) };
                let day = day(ahead).or_else(|| day(form(at + 1)));
                let of_year = year(form(behind)).or_else(|| year(form(behind + 1)));
                let is_sure = day.is_some() || of_year.is_some() || is_before_month(before(1));
                if is_sure || !AMBIGUOUS.contains(&form(at)) {
                    dates.push(Date { year: of_year, month: Some(month), day });
                }
            }
        }
        let of_characters = han_dates(&unspaced(&words.iter().collect::<Vec<_>>())).into_iter();
        dates.extend(of_characters.map(|(year, month, day)| Date { year, month, day }));
        // A year by itself belongs to a month that has none.
        for year in years {
            if !dates.iter().any(|date: &Date| date.year == Some(year)) {
                dates.push(Date { year: Some(year), ..Date::default() });
            }
        }
        Self(dates)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The day of a time, counted from 1970; all of it fits as well.
    pub fn day(time: i64) -> i64 {
        time.div_euclid(DAY_MS)
    }

    /// How well a time, in milliseconds since 1970, fits the best of them: from 0 to [`Self::CLOSEST`].
    pub fn closeness(&self, time: i64) -> f32 {
        let at = civil(Self::day(time));
        self.0.iter().map(|date| date.closeness(at)).fold(0.0, f32::max)
    }
}

impl Date {
    fn closeness(self, (year, month, day): (i64, i64, i64)) -> f32 {
        let Some(asked_month) = self.month else { return if self.year == Some(year) { 0.3 } else { 0.0 } };
        // Without a year every year is meant.
        let months = match self.year {
            Some(asked) => (year - asked) * 12 + month - asked_month,
            None => (month - asked_month + 6).rem_euclid(12) - 6,
        };
        if let Some(asked_day) = self.day {
            let is_later = (asked_month, asked_day) > (month, day);
            let asked_year = self.year.unwrap_or(if is_later { year - 1 } else { year });
            let days = days(year, month, day) - days(asked_year, asked_month, asked_day);
            match days {
                0 => return 2.0,
                1..=7 => return 1.5,
                _ => {}
            }
        }
        match months {
            0 => 1.0,
            -1 | 1 if self.day.is_some() => 0.2,
            -1 | 1 => 0.4,
            _ => 0.0,
        }
    }
}

/// "8.5.2023".
fn dotted(form: &str) -> Option<Date> {
    let mut parts = form.split('.');
    let (day, month, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, year(parts.next()?)?);
    let is_date = parts.next().is_none() && (1..=31).contains(&day) && (1..=12).contains(&month);
    is_date.then_some(Date { year: Some(year), month: Some(month), day: Some(day) })
}

fn year(form: &str) -> Option<i64> {
    if form.len() != 4 {
        return None;
    }
    form.parse().ok().filter(|year| (1900..=2099).contains(year))
}

fn month(form: &str) -> Option<i64> {
    for language in Language::ALL {
        let months = language.data().months.split_ascii_whitespace();
        for (number, names) in (1..).zip(months) {
            if names.split(',').any(|name| name == form) {
                return Some(number);
            }
        }
    }
    None
}

fn day(form: &str) -> Option<i64> {
    let digits = form.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

/// Between day, month and year.
fn is_filler(form: &str) -> bool {
    matches!(form, "of" | "de" | "del" | "the")
}

fn is_before_month(form: &str) -> bool {
    Language::ALL.iter().any(|language| language.data().before_months.split_ascii_whitespace().any(|word| word == form))
}

/// Year, month and day of a day since 1970, by Gregory's calendar (Howard Hinnant's `civil_from_days`).
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way round.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Vec<(Option<i64>, Option<i64>, Option<i64>)> {
        Dates::of(&Words::of(text)).0.iter().map(|date| (date.year, date.month, date.day)).collect()
    }

    #[test]
    fn dates_of_several_forms() {
        let day = [(Some(2023), Some(5), Some(8))];
        for text in [
            "on May 8, 2023",
            "8th of May 2023",
            "am 8. Mai 2023",
            "el 8 de mayo de 2023",
            "le 8 mai 2023",
            "2023-05-08",
            "8.5.2023",
            "2023年5月8日",
            "二〇二三年五月八日",
            "في 8 مايو 2023",
        ] {
            assert_eq!(of(text), day, "{text}");
        }
        assert_eq!(of("in May"), [(None, Some(5), None)]);
        assert_eq!(of("in 2022"), [(Some(2022), None, None)]);
        assert_eq!(of("in June 2022 and 2023"), [(Some(2022), Some(6), None), (Some(2023), None, None)]);
        assert_eq!(of("you may march on port 3000"), []);
    }

    #[test]
    fn the_nearer_the_better() {
        let at = |year, month, day_of| days(year, month, day_of) * DAY_MS;
        let closeness = |text, time| Dates::of(&Words::of(text)).closeness(time);
        assert_eq!(closeness("December 31", at(2024, 1, 3)), 1.5);
        assert_eq!(closeness("December 31", at(2023, 12, 31)), 2.0);
        assert_eq!(closeness("in December", at(2024, 1, 3)), 0.4);
        assert_eq!(closeness("in December 2022", at(2024, 1, 3)), 0.0);
        assert_eq!(closeness("in 2024", at(2024, 1, 3)), 0.3);
    }

    proptest! {
        #[test]
        fn the_calendar_goes_both_ways(day in -1_000_000_i64..1_000_000) {
            use chrono::{Datelike, Days, NaiveDate};
            let (year, month, of_month) = civil(day);
            prop_assert_eq!(days(year, month, of_month), day);
            if let Some(date) = u64::try_from(day).ok().and_then(|day| NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_days(Days::new(day))) {
                prop_assert_eq!((year, month, of_month), (date.year().into(), date.month().into(), date.day().into()));
            }
        }
    }
}
