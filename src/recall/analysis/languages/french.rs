use super::Data;

pub const DATA: Data = Data {
    stop: "à ai aie alors après as au aucun aucune aussi autre autres aux avait avant avec avez avoir ayant c car ce ceci cela \
        celle celles celui ces cet cette ceux chaque chez ci combien comme comment contre d dans de depuis des donc dont du \
        elle elles en encore entre est et étaient était étant été êtes être eu eux fait il ils j jusque l la là le les leur \
        leurs lors lorsque lui m mais même moins n ne ni non on ont ou où par parce pas pendant peu peut plus plusieurs pour \
        pourquoi puis qu quand que quel quelle quelles quels quelque quelques qui quoi s sa sans se selon ses si sinon soi soit \
        son sont sous suis sur t tandis tel telle tous tout toute toutes très trop un une va vers voici voilà y avais avons \
        sommes serait sera ça",
    first_person: "je me moi mon ma mes mien mienne nous notre nos",
    second_person: "tu te toi ton ta tes tien tienne vous votre vos",
    time: "hier demain aujourd'hui dernier dernière derniers dernières prochain prochaine semaine semaines mois an ans année \
        années jour jours matin soir nuit récemment bientôt depuis lundi mardi mercredi jeudi vendredi samedi dimanche janvier \
        février mars avril mai juin juillet août septembre octobre novembre décembre hui",
    days: "lundi mardi mercredi jeudi vendredi samedi dimanche hier demain aujourd'hui",
    which: "prochain prochaine dernier dernière cette ce",
    spans: "semaine mois année",
    numbers: "deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente quarante cinquante soixante cent cents \
        mille million millions douzaine plusieurs demi",
    months: "janvier,janv février,févr mars avril,avr mai juin juillet,juil août septembre,sept octobre,oct novembre,nov \
        décembre,déc",
    before_months: "en de depuis jusqu'en mi début fin",
    when_first: "quand",
    when: "quelle date|quel jour|quel mois|quelle année|à quelle heure|combien de temps|depuis quand",
    how_many: "combien|quel âge|combien de fois",
    who: "qui où nom noms appelle appelait ville pays lieu livre livres film chanson groupe artiste auteur entreprise restaurant \
        marque jeu équipe école université titre",
    request: "peux tu|pouvez vous|pourrais tu|pourriez vous|comment puis|comment dois|que dois|aide moi|aidez moi|montre|\
        donne moi|je veux|je voudrais|j'ai besoin|s'il te plaît|s'il vous plaît|recommande",
    standing: "toujours|jamais|je préfère|désormais|à partir de maintenant|quand je demande|plutôt que|au lieu de|à l'avenir|\
        chaque fois",
    offer: "veux tu|voulez vous|souhaites tu|souhaitez vous|aimerais tu|aimeriez vous|puis je|\
        as tu d'autres|avez vous d'autres",
};
