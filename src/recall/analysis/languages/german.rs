use super::Data;

pub const DATA: Data = Data {
    stop: "aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei beim \
        bin bis bist da dabei dafür damit dann daran darauf darin darüber das dass davon dazu dem den denn der des dessen die \
        dies diese diesem diesen dieser dieses doch dort durch ein eine einem einen einer eines einige einigem einigen einiger \
        er es etwas für gegen gewesen hab habe haben hat hatte hatten hast hier hin hinter ihm ihn ihnen im in indem ins ist \
        ja jede jedem jeden jeder jedes jene jetzt kann kannst kein keine keinem keinen keiner können könnte man manche mit \
        muss musst müssen nach nachdem nein nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner \
        seit selbst sich sie sind so solche soll sollte sondern sonst über um und unter viel vom von vor wann war waren warst \
        warum was weg weil welche welchem welchen welcher welches wenn wer wem wen werde werden wie wieder wieso wieviel will \
        wird wirst wo wohin womit worden wollen wollte wurde wurden während würde würden zu zum zur zwar zwischen mal eben halt \
        gern gerne mehr sowie dadurch deshalb daher",
    first_person: "ich mich mir mein meine meinem meinen meiner meines wir uns unser unsere unserem unseren unserer",
    second_person: "du dich dir dein deine deinem deinen deiner deines ihr euch euer eure eurem euren ihre ihrem ihren ihrer",
    time: "gestern heute morgen vorgestern übermorgen letzte letzten letzter letztes letztem nächste nächsten nächster \
        nächstes woche wochen wochenende monat monate monaten jahr jahre jahren tag tage tagen abend nachmittag vormittag nacht \
        neulich kürzlich bald seit montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april juni \
        juli august september oktober november dezember",
    days: "montag dienstag mittwoch donnerstag freitag samstag sonntag heute gestern vorgestern übermorgen",
    which: "nächste nächsten nächster nächstes letzte letzten letzter letztes diese diesen dieses",
    spans: "woche wochenende monat jahr",
    numbers: "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig dreissig vierzig fünfzig hundert \
        tausend million millionen dutzend paar mehrere zweimal dreimal halb",
    months: "januar,jänner,jan februar,feb märz,mrz april,apr mai juni,jun juli,jul august,aug september,sep,sept oktober,okt \
        november,nov dezember,dez",
    before_months: "im seit bis ab mitte anfang ende letzten nächsten vor nach",
    when_first: "",
    when: "wann|welchem tag|welchen tag|welches datum|welchem monat|welchem jahr|wie lange|seit wann|um wieviel uhr",
    how_many: "wie viel|wie viele|wieviel|wieviele|wie oft|wie alt|wie weit|wie lange",
    who: "wer wen wem wessen wo wohin woher name namen heisst heissen stadt land ort buch bücher film lied band künstler \
        firma restaurant marke spiel schule universität titel",
    request: "kannst du|können sie|könntest du|könnten sie|wie soll ich|wie kann ich|was soll ich|hilf mir|zeig mir|gib mir|\
        ich möchte|ich brauche|bitte|empfiehl|schlag",
    standing: "immer|niemals|nie|ich bevorzuge|ab jetzt|von nun an|wenn ich frage|lieber|statt|bitte nicht|bitte kein|\
        bitte keine|in zukunft|jedes mal",
    offer: "möchtest du|möchten sie|willst du|wollen sie|soll ich|kann ich dir|kann ich ihnen|hilft dir das|\
        hast du noch|gibt es noch",
};
