use super::Data;

/// Between its words are no spaces: they are looked for within rows of characters. In simplified and traditional characters
/// where they differ.
pub const DATA: Data = Data {
    stop: "",
    first_person: "我 咱",
    second_person: "你 您",
    time: "昨天 今天 明天 后天 後天 前天 今早 今晚 昨晚 上周 这周 下周 上週 這週 下週 上个月 下个月 上個月 下個月 月底 月初 去年 \
        今年 明年 前年 每天 每周 每週 每月 每年 星期 礼拜 禮拜 周末 週末 上午 下午 早上 晚上 中午 小时 小時 最近 刚才 剛才 假期 中旬 \
        上旬 下旬",
    days: "",
    which: "",
    spans: "",
    numbers: "几个 幾個 半年 一半 两 兩 俩",
    months: "",
    before_months: "",
    when_first: "",
    when: "什么时候|什麼時候|何时|何時|几月|幾月|几号|幾號|几点|幾點|哪天|哪一天|哪年|哪一年|星期几|星期幾|多久|什么时间|什麼時間",
    how_many: "多少|几个|幾個|几只|幾隻|几次|幾次|几天|幾天|几岁|幾歲|几年|幾年|多大|多长|多長|多久|多远|多遠|多高|多重",
    who: "",
    request: "请|請|帮我|幫我|能不能|可以吗|可以嗎|怎么办|怎麼辦|我想|我要|我需要|建议|建議|推荐|推薦",
    standing: "一直|总是|總是|永远|永遠|从不|從不|以后请|以後請|从现在起|從現在起|每次|不要再|我更喜欢|我更喜歡|而不是|请不要|請不要",
    offer: "需要我|要不要|还有什么|還有什麼|是否需要|想不想|你想要",
};
