//! Numbers and dates in Chinese characters, as Chinese and Japanese write them.

/// What stands behind a number that tells a time.
const TIMES: &str = "年月日号號时時点點周週";
/// What stands behind other numbers: what is counted.
const COUNTED: &str = "个個人本张張枚只隻条條次回度层層階楼樓岁歳才元块塊円斤米里天分秒篇种種位件台冊匹頭头羽杯泊間间倍名社軒\
    割句両两兩成口";

/// The value of a digit in Chinese characters, or of a power of ten.
fn numeral(letter: char) -> Option<i64> {
    let index_in = |letters: &str| letters.chars().position(|known| known == letter);
    index_in("〇一二三四五六七八九").map(|digit| digit as i64).or(match letter {
        '零' => Some(0),
        '两' | '兩' => Some(2),
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        '万' | '萬' => Some(10_000),
        '亿' | '億' => Some(100_000_000),
        _ => None,
    })
}

/// Whether a row of characters has a number from two, and whether it has one of a time. `behind_digits`: it stands behind
/// digits without a space.
pub fn numbers(row: &str, behind_digits: bool) -> (bool, bool) {
    let is_in = |list: &str, letter: char| list.chars().any(|known| known == letter);
    let mut found = (false, behind_digits && row.starts_with(|first| is_in(TIMES, first)));
    // How many numerals stand before, whether the only one of them is "one", and whether the row begins with them.
    let (mut count, mut is_one, mut is_first) = (0, false, true);
    for letter in row.chars() {
        if let Some(value) = numeral(letter) {
            is_one = count == 0 && value == 1;
            count += 1;
            continue;
        }
        if count > 0 && is_in(TIMES, letter) {
            found = (found.0 || !is_one, true);
        }
        found.0 |= count > 1 || (count == 1 && !is_one && is_in(COUNTED, letter));
        (count, is_first) = (0, false);
    }
    // "三十" before "センチ".
    found.0 |= count > 1 || (count == 1 && !is_one && is_first);
    found
}

/// A number in a text of folded forms that ends before a character: in digits, or in Chinese ones below a hundred.
fn number_before(text: &str) -> Option<i64> {
    let start = |is: fn(char) -> bool| text.trim_end_matches(is).len();
    let digits = text.get(start(|letter| letter.is_ascii_digit())..)?;
    if !digits.is_empty() {
        return digits.parse().ok();
    }
    let numerals = text.get(start(|letter| numeral(letter).is_some_and(|value| value <= 10))..)?;
    let mut parts = numerals.split('十');
    let digits = |part: &str| part.chars().try_fold(0_i64, |sum, digit| Some(sum.checked_mul(10)? + numeral(digit)?));
    match (parts.next(), parts.next(), parts.next()) {
        (Some(""), ..) if numerals.is_empty() => None,
        (Some(units), None, _) => digits(units),
        (Some(tens), Some(units), None) => Some(if tens.is_empty() { 1 } else { digits(tens)? } * 10 + digits(units)?),
        _ => None,
    }
}

/// The dates in a text of folded forms, each with its year, month and day as far as they are told: "2023年5月8日", "五月十七日".
pub fn dates(text: &str) -> Vec<(Option<i64>, Option<i64>, Option<i64>)> {
    let mut found = Vec::new();
    // Where the part before ended.
    let mut end = None;
    for (at, sign) in text.char_indices() {
        let most = match sign {
            '年' => 2099,
            '月' => 12,
            '日' | '号' | '號' => 31,
            _ => continue,
        };
        let least = if sign == '年' { 1900 } else { 1 };
        let before = text.get(..at).unwrap_or_default();
        let Some(number) = number_before(before).filter(|number| (least..=most).contains(number)) else { continue };
        let start = before.trim_end_matches(|letter: char| letter.is_ascii_digit() || numeral(letter).is_some()).len();
        let goes_on = end == Some(start);
        match (sign, found.last_mut()) {
            ('年', _) => found.push((Some(number), None, None)),
            ('月', Some((Some(_), month @ None, None))) if goes_on => *month = Some(number),
            ('月', _) => found.push((None, Some(number), None)),
            (_, Some((_, Some(_), day @ None))) if goes_on => *day = Some(number),
            _ => {}
        }
        end = Some(at + sign.len_utf8());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_numbers_and_times() {
        for (row, behind_digits, expected) in [
            ("三十", false, (true, false)),
            ("五月十七日", false, (true, true)),
            ("月", true, (false, true)),
            ("日本", false, (false, false)),
            ("三個月", false, (true, false)),
            ("一番", false, (false, false)),
            ("一月", false, (false, true)),
            ("千葉", false, (false, false)),
            ("四只小猫", false, (true, false)),
        ] {
            assert_eq!(numbers(row, behind_digits), expected, "{row}");
        }
    }

    #[test]
    fn dates_in_digits_and_in_characters() {
        assert_eq!(dates("2023年5月8日"), [(Some(2023), Some(5), Some(8))]);
        assert_eq!(dates("五月十七日と十二月"), [(None, Some(5), Some(17)), (None, Some(12), None)]);
        assert_eq!(dates("二〇二三年 10月2号"), [(Some(2023), None, None), (None, Some(10), Some(2))]);
        assert!(dates("何月ですか 三个月 17日 十十月").is_empty());
    }
}
