use super::Data;

pub const DATA: Data = Data {
    stop: "a al algo algunas algunos ante antes aquí así aun aunque cada casi como cómo con contra cual cuál cuales cuáles \
        cuando cuándo cuanto cuánto cuánta cuántos cuántas de del desde donde dónde durante e el él ella ellas ellos en entre \
        era eran eres es esa esas ese eso esos esta está están estaba estado estas este esto estos estoy fue fueron ha había \
        han has hasta hay he hemos la las le les lo los luego más menos mientras muy nada ni no o os otra otras otro otros para \
        pero poco por porque pues que qué quien quién quienes quiénes se sea según ser será si sí sido sin sobre solo sólo son \
        soy su sus tal también tampoco tan tanto tenía tiene tienen tengo tener todo toda todos todas un una unas uno unos va \
        vez y ya entonces donde adónde cuyo fui fuiste eras tienes puede puedo puedes hacer hace hacia",
    first_person: "yo me mi mí mis mío mía míos mías conmigo nosotros nosotras nos nuestro nuestra nuestros nuestras",
    second_person: "tú te ti tu tus tuyo tuya contigo usted ustedes vosotros vosotras vuestro vuestra vuestros vuestras",
    time: "ayer hoy mañana anteayer pasado pasada próximo próxima semana semanas mes meses año años día días tarde noche \
        recientemente pronto desde lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio \
        julio agosto septiembre octubre noviembre diciembre",
    days: "lunes martes miércoles jueves viernes sábado domingo hoy ayer anteayer",
    which: "próximo próxima este esta",
    spans: "semana mes año",
    numbers: "dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cuarenta cincuenta cien ciento \
        cientos mil millón millones docena par varios varias medio",
    months: "enero,ene febrero,feb marzo abril,abr mayo junio,jun julio,jul agosto,ago septiembre,setiembre,sep octubre,oct \
        noviembre,nov diciembre,dic",
    before_months: "en de desde hasta durante",
    when_first: "cuando",
    when: "cuándo|qué fecha|que fecha|qué día|que día|qué mes|que mes|qué año|que año|a qué hora|cuánto tiempo|hace cuánto",
    how_many: "cuánto|cuánta|cuántos|cuántas|cuanto|cuantos|cuantas|cuántos años",
    who: "quién quien quiénes quienes dónde donde nombre nombres llama llamaba ciudad país lugar libro libros película canción \
        banda artista autor empresa restaurante marca juego equipo escuela universidad título",
    request: "puedes|podrías|puede|podría|cómo puedo|cómo debo|qué debo|ayúdame|muéstrame|dame|quiero|necesito|por favor|recomienda",
    standing: "siempre|nunca|jamás|prefiero|a partir de ahora|cuando pregunte|cuando pregunto|en lugar de|en vez de|por favor no|\
        de ahora en adelante|cada vez",
    offer: "quieres que|quiere que|te gustaría|le gustaría|puedo ayudarte|puedo ayudarle|necesitas algo|\
        hay algo más|tienes alguna|tiene alguna",
};
