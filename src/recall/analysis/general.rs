//! How frequent words are in general English. A conversation of some hundred messages cannot learn by itself that "good" or
//! "feel" says little.
//!
//! From the counts of senses in `index.sense` of WordNet 3.1, which come from running text (SemCor): the words that are
//! counted often there, by their stems. WordNet's notice is in `LICENSE-WORDNET`.

/// What a stem says, and the stems that say no more than that.
const LEVELS: &[(f32, &str)] = &[
    (
        0.8,
        "abandon abl accomplish accord acquir actual address adjust administr admir admit adopt advanc affair affect \
        afternoon age ago agre aid aim air allot alon along alreadi america analysi anim announc anod anoth anticip \
        apart appar appli applic appreci approach appropri approv approxim arc argu argument aris armi around arrang \
        arriv art artist aspect assign assist associ assum assur atmospher attack attempt attend attent attitud \
        attract audienc avail averag avoid awar award away bad balanc ball bank base basi basic battl bear beat beauti \
        bed behavior bend benefit bitter black blind block blood blow blue board bond book bother box branch break \
        breath bright brother brown brush burn burst buy camp capabl captain car catch cathol cell center centuri \
        chanc chapter charact characterist charg check choos christian circl circumst citi claim class clean climb \
        cloth cloud coffe cold collect colleg color column combin comfort command comment common communic communism \
        communiti compani compar compet competit complex compos comput comrad conceiv concentr concept conclud conclus \
        condit conduct confid confront confus congreg connect conscious consider construct contact content contract \
        contrast contribut convers cool cooper corner corpor correct correspond count coupl cours court cri critic \
        cross crowd cultur current curs curv cut damn danc danger data dead deal decis declar deep defend defens defin \
        definit degre deliv demonstr deni depart depth deriv desir destroy detail detect devic devot dictionari \
        difficult difficulti disappear discov display distanc distinct distribut district divid doctor dog domin doubl \
        doubt dream dress dri drink dust ear earn earth easi eat econom edg educ effort elect electr element elimin \
        emerg emot employ employe empti enabl encount encourag enemi energi engag england english enjoy entir equal \
        equip escap especi essenti estim evening event everi exact examin exampl excit exercis exhibit expens extend \
        extens extent extrem factor fail fair faith farm father favor featur feder fellow fig file film finger finish \
        firm fit five fix flash flat fli floor flow flower fool foreign forest forget former forward free frequent \
        front full function fund futur gain game gas gather generat glanc glass god grant grass gray greater growth \
        guess gun hair half hall handl hang happi hate heart heat heavi hide histori hit honor hors hot hotel human \
        hundr hurri husband ident identifi ignor illustr imag imagin immedi imposs impress improv inch incom inde \
        independ industri influenc initi insid insist instal instant instead institut instruct integr intend intens \
        interpret introduc investig invit isol issu item jew jewish join judgment kid kill kitchen knee knowledg labor \
        lack land languag larger late latter laugh law lay lean left leg length less letter liber lieuten lift limit \
        lip liquid list listen literatur load local loss lot loud low machin mad main maintain major manag manner \
        march mark market marri marriag mass match matter matur maximum mayb member memori mention mere method mg mile \
        militari million minim minut miss mission model modern money month morn mother mount mouth movement murder \
        muscl music necessari neighborhood news newspap nod nois normal north notic oblig obvious occasion occur \
        offici onset opportun oppos opposit organiz origin outsid oxygen pace pain paint pair paper park parti \
        particip particl particular past patient pattern paus payment percent perfect period permit persist person \
        phase physic pictur piec plane plant pleas polic polici polit poor popul popular portion possess pound practic \
        precis predict prefer presenc preserv press pressur pretti previous price privat procedur proceed process \
        profession progress project promis promot proper properti propos protect protest prove publish pull purchas \
        purpos push qualiti quick quiet radiat rain rang rapid rather reaction readi real realiti realiz realli rear \
        recal recent recogn recommend red refer reflect refus regard region regular reject relationship releas \
        religion remark remind remov repeat replac repli research resist respect respond respons rest retir reveal \
        ride rifl ring river road roar role roll rough rule rush safe sale sampl satisfi save scene schedul score sea \
        search season seat section secur seek select sell sens sentenc separ seri serious servic settl shake shape \
        share sharp shelter shift ship short shot shoulder shout sight sign signific similar simpl simpli sing singl \
        site situat six size skill sky sleep slide slow slowli smell smile smoke social societi soft soil solid \
        sometim somewhat son song soon sort sourc south southern space special specif speed spot spread spring squar \
        stage stain standard stare statement stem step stock store stori straight strang stream street strength stress \
        stretch strike strong structur struggl student style subject succeed suffer suffici summer sun suppli suppos \
        sure surpris surviv sweep swing symbol system tabl tall tax teach teacher team tear techniqu temperatur ten \
        tend term test text theori therefor thick thin third thought thousand threaten throat throw tie tissu titl \
        today togeth tone tooth top toss total touch town trade tradit transfer travel treat treatment tree trial \
        troop troubl true trust tube unit urg vagu vari various victori view villag visit vocat volum vote wage wall \
        war warm warn wash wave weak wear week weight west white whole wide wild wind window wish wit wood worri wound \
        writer wrong yard yellow young",
    ),
    (
        0.6,
        "accept achiev act action activ add allow almost alway american amount answer appear area arm ask author back \
        believ best better big bodi boy bring build busi call care carri case caus certain chang child church clear \
        close complet concern consid contain continu control cost countri cover creat dark day death decid demand \
        describ design determin develop die differ direct discuss door draw drive drop earli effect end enough enter \
        establish ever evid exist expect experi explain express eye face fact fall famili far fear feed field fight \
        figur fill final fire follow foot forc form four friend general girl good govern great ground grow hand happen \
        hard head hear help high hold home hope hour hous idea import includ increas indic individu inform interest \
        involv job keep kind larg last later lead learn level lie life light like line littl live long lose love mani \
        materi measur meet mind moment move much name nation natur near never new next night note noth number object \
        observ obtain offer offic often old open oper order part pass pay peopl perform perhap place plan play point \
        posit possibl power prepar present prevent probabl problem produc product program provid public put question \
        quit rais rate reach read reason receiv record reduc regiment relat remain rememb report repres requir result \
        return right rise room run school send serv set sever shoot side sit small soldier sound speak spend spirit \
        stand start state stay still studi success sudden suggest support surfac talk thing three thus train tri turn \
        type understand usual valu voic wait walk watch water well wife win woman wonder word world write youth",
    ),
    (
        0.4,
        "becom begin come even feel find get give go know leav locat look mean one seem show take tell think time two \
        want way work year",
    ),
    (0.2, "group make man say see"),
];

/// How much a stem says, from 0.2 to 1: less when it is frequent in general English.
pub fn weight(stem: &str) -> f32 {
    let level = LEVELS.iter().find(|(_, stems)| stems.split_ascii_whitespace().any(|frequent| frequent == stem));
    level.map_or(1.0, |(weight, _)| *weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_say_less() {
        assert!(weight("feel") < weight("paint") && weight("studio") == 1.0);
    }
}
