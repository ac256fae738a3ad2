use super::Data;

pub const DATA: Data = Data {
    stop: "a about above after again against ain all also am an and any are aren as at be because been before being below \
        between both but by ca can cannot could couldn d did didn do does doesn doing don down during each etc few for from \
        further had hadn has hasn have haven having he her here hers herself him himself his how however if in into is isn it \
        its itself just let ll m may might more most must mustn need needn no nor not now o of off on once only or other \
        ought out over own re s same shall shan she should shouldn so some such than that the their theirs them themselves \
        then there these they this those though through to too under until up upon ve very was wasn were weren what when \
        where whether which while who whom whose why will with within without wo won would wouldn yet t",
    first_person: "i me my mine myself we us our ours ourselves",
    second_person: "you your yours yourself yourselves u ur",
    time: "yesterday today tomorrow tonight ago last next week weeks weekend month months year years day days morning \
        afternoon evening night recently soon since monday tuesday wednesday thursday friday saturday sunday january february \
        april june july august september october november december",
    days: "monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday",
    which: "next last this coming",
    spans: "day week weekend month year morning afternoon evening night",
    numbers: "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty \
        seventy eighty ninety hundred hundreds thousand thousands million dozen couple several twice once half",
    months: "january,jan february,feb march,mar april,apr may june,jun july,jul august,aug september,sep,sept october,oct \
        november,nov december,dec",
    before_months: "in of during since until by last next this early late mid before after from",
    when_first: "when",
    when: "what date|which date|what month|which month|what year|which year|what day|which day|what time|how long|ago",
    how_many: "how many|how much|how often|how old|how long|how far|number of",
    who: "who whose whom where name names named called city country town state place places book books movie movies film song \
        songs band artist artists author company restaurant restaurants brand game games team school university title",
    request: "can you|could you|would you|will you|how should i|how do i|how can i|how would i|what should i|should i|\
        what would you|what do you|help me|show me|give me|i want|i need|i'd like|i would like|i'm trying|i am trying|please|\
        suggest|recommend",
    standing: "always|never|i prefer|i'd prefer|prefer|from now on|when i ask|whenever i ask|rather than|instead of|\
        please don't|please do not|don't want|make sure|i like|i'd rather|in the future|every time",
    offer: "would you like|do you want|shall i|should i|want me to|can i help|is there anything|\
        do you have any other|do you have any questions|does this|does that",
};
