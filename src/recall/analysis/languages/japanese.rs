use super::Data;

/// Between its words are no spaces: they are looked for within rows of characters.
pub const DATA: Data = Data {
    stop: "",
    first_person: "私 僕 俺 わたし ぼく",
    second_person: "あなた 君",
    time: "昨日 今日 明日 明後日 一昨日 今朝 今夜 今晩 昨夜 先週 今週 来週 先月 今月 来月 去年 昨年 今年 来年 毎日 毎朝 毎晩 \
        毎週 毎月 毎年 曜日 週末 午前 午後 夕方 時間 連休 平日 中旬 上旬 下旬 最近 きのう きょう あした",
    days: "",
    which: "",
    spans: "",
    numbers: "いくつか 数人 数日 数回 半分",
    months: "",
    before_months: "",
    when_first: "",
    when: "いつ|何月|何日|何年|何時|何曜日|どのくらい前|見頃",
    how_many: "いくつ|いくら|何人|何個|何回|何円|何歳|何本|何枚|何冊|何匹|何頭|何台|何分|何時間|何日間|何泊|何点|何キロ|\
        どのくらい|どれくらい|どれぐらい",
    who: "",
    request: "てください|て下さい|てほしい|てくれますか|てもらえますか|たいです|教えて|手伝って|おすすめ|どうすれば",
    standing: "いつも|必ず|これからは|今後|ないでください|ないで下さい|ほうが好き|方が好き|ではなく|の代わりに|絶対に|二度と|\
        毎回",
    offer: "ましょうか|いかがですか|よろしいですか|ほかに何か|他に何か|必要ですか",
};
