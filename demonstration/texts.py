# ruff: noqa: E501  (one sentence a line)
"""Sentences that invented people write in the forms: short, without judgement, and of nobody."""

NOTES = ("Rien à signaler.", "Point fait avec l’équipe.", "À revoir à la prochaine rencontre.")
URGENT = "Concours de la force publique accordé, départ annoncé sous quinze jours."
PRESSING = "Le ménage n’ouvre plus sa porte depuis trois semaines."
TRIED = (
    "Deux visites, un plan d’apurement proposé et non tenu.",
    "Courriers, appels, visite du gardien. Saisine du FSL refusée faute de pièces.",
    "Rendez-vous à l’agence, médiation avec les voisins.",
)
SITUATIONS_RETENTION = (
    "La dette augmente depuis la perte d’emploi. Le courrier n’est plus ouvert. Le ménage dit vouloir rester et ne sait pas par où commencer.",
    "Le logement s’encombre peu à peu, le voisinage se plaint. La personne vit seule et reçoit peu de visites.",
    "Séparation récente, un seul revenu pour le loyer. Les démarches CAF sont bloquées depuis quatre mois.",
    "Monsieur et Madame ne se sentent plus chez eux depuis les travaux. Tensions avec la cage d’escalier.",
)
SITUATIONS_ACCESS = (
    "Hébergement précaire depuis plusieurs mois, changements d’adresse fréquents. Souhaite un logement proche de l’école.",
    "Sortie d’hébergement prévue, ressources stables, mais un premier bail qui inquiète.",
    "Vit à l’hôtel. Les démarches s’arrêtent à chaque déménagement. Demande un accompagnement pour tenir un logement.",
)
COMPLETED = "Renseignements repris avec le ménage au téléphone."
SENT_BACK = "Il manque un moyen de joindre le ménage. Pouvez-vous le demander au gardien ou au CCAS ?"
SYNTHESES_FIRST = (
    "Ménage en difficulté pour se maintenir, d’accord pour être rencontré. Un diagnostic à domicile est demandé.",
    "Parcours d’hébergement long, projet de logement clair. Besoin d’évaluer l’accompagnement.",
    "Dette installée, démarches interrompues, isolement. Le service social du bailleur a épuisé ses moyens.",
)
FAVOURABLE = "La situation ne peut pas attendre le prochain comité."
MORE_INFORMATION = "Le comité ne peut pas se prononcer sans connaître les ressources."
INFORMATION_WANTED = "Ressources du ménage, et ce qu’en pense le travailleur social de secteur."
UNREACHABLE = "Trois essais par des moyens différents sont restés sans réponse. La porte reste ouverte."
FIRST = {
    "diagnostic": "La situation relève de l’ASAE : un diagnostic à domicile est décidé.",
    "redirect": "Les services de droit commun peuvent répondre à la demande.",
    "refuse": "La situation ne relève pas de l’ASAE aujourd’hui.",
}
CONTACTS = {
    "appointment": "Rendez-vous pris, la personne préfère le matin.",
    "met": "Rencontre sur le pas de la porte, puis chez elle.",
    "no_answer": "Message laissé, pas de réponse.",
    "refused": "La personne remercie et ne souhaite pas être rencontrée.",
    "wrong_contact": "Le numéro n’est plus attribué.",
}
SURROUNDINGS = (
    "Quartier calme, commerces à pied.",
    "Immeuble bruyant, ascenseur souvent en panne.",
    "Peu de transports.",
)
STRENGTHS = (
    "Tient son budget quand le courrier est ouvert à deux. Une sœur présente.",
    "Sait demander quand la confiance est là. Bon contact avec le gardien.",
    "Attaché à son logement, cuisine, accueille volontiers.",
)
DIFFICULTIES = (
    "Courrier accumulé, droits interrompus.",
    "Se décourage vite, peur de l’administration.",
    "Fatigue, peu de relations, logement trop chargé.",
)
WORDS = (
    "« Je veux rester ici, c’est chez moi. »",
    "« Si on m’aide à trier les papiers, le reste je peux. »",
    "« J’en ai assez de déménager, je voudrais poser mes affaires. »",
    "« Je ne croyais pas que quelqu’un viendrait. »",
)
SYNTHESES_SECOND = (
    "Besoin d’un accompagnement régulier au domicile : budget, droits, relation avec le bailleur. Le ménage est d’accord.",
    "Personne isolée, volontaire pour avancer. Appui sur le logement et les démarches, relais à construire.",
    "Accès au logement à sécuriser : installation, droits et devoirs du locataire, voisinage.",
)
NOT_NEEDED = "Le ménage a repris ses démarches : un accompagnement n’est pas nécessaire."
DIFFERS = "La rencontre montre un besoin un peu différent de ce que disent les notes."
SECOND = {
    "validate": "Le comité suit la préconisation.",
    "amend": "Le comité ajuste la préconisation, l’équipe étant disponible.",
    "decline": "Le droit commun peut prendre le relais.",
}
GOALS = (
    "Reprendre le paiement du loyer",
    "Ouvrir les droits manquants",
    "Désencombrer une pièce après l’autre",
    "Rencontrer le bailleur et convenir d’un plan",
    "Retrouver un médecin traitant",
    "Connaître les lieux du quartier",
)
SEARCHES = (
    "Demande mise à jour, livraison annoncée pour le trimestre prochain.",
    "Deux logements visités, trop éloignés de l’école.",
    "Dossier complet chez les deux bailleurs.",
)
VISITS = (
    "Tri du courrier, appel à la CAF ensemble.",
    "Point sur le budget du mois, classeur mis à jour.",
    "Visite du logement, pièce du fond dégagée.",
    "Accompagnement à l’agence du bailleur.",
    "Café, discussion, prise de rendez-vous chez le médecin.",
)
AGREED = ("Se revoir la semaine prochaine.", "Appeler l’agence avant vendredi.", "Rassembler les quittances.")
LAPS = {
    "continue": "Le chemin avance, l’accompagnement continue.",
    "up": "La période est difficile : des visites plus proches sont utiles.",
    "down": "La personne gagne en autonomie : les visites s’espacent.",
    "pause": "Une absence est prévue : l’accompagnement est suspendu.",
    "end": "L’accompagnement peut prendre fin.",
}
SYNTHESES_LAP = (
    "Loyer repris, droits rouverts, le ménage prend lui-même ses rendez-vous.",
    "Des progrès sur les démarches, le budget reste fragile.",
    "Le lien est solide. Le logement est mieux investi.",
)
PAUSED = "Donne des nouvelles, pense revenir bientôt."
HANDOVER = "Visite à deux faite. Les objectifs du contrat continuent, rendez-vous de préférence le matin."
STOPS = "Dit ne plus vouloir de visites pour le moment."
DEATH = "La famille a prévenu le bailleur."
INCIDENT = "Fuite dans la salle de bains, plafond du voisin touché."
INCIDENT_DONE = "Bailleur prévenu, eau coupée, déclaration d’assurance faite avec le ménage."
FAREWELLS = (
    "« Ça m’a remis le pied à l’étrier. »",
    "« Je sais qui appeler maintenant. »",
    "« J’aurais voulu que ça dure. »",
)
SUMMARIES = {
    "goals_reached": "Les objectifs du contrat sont atteints, les relais sont en place.",
    "common_law": "Le service social de secteur prend le relais, une rencontre à trois a eu lieu.",
    "duration_ended": "La durée prévue est écoulée, l’essentiel tient.",
    "moved_away": "Le ménage a déménagé, les services du nouveau lieu sont prévenus.",
    "declined": "Le ménage souhaite arrêter. Il sait comment revenir.",
    "breakdown": "Le lien s’est rompu malgré plusieurs relances.",
    "death": "Décès de la personne accompagnée.",
}
NOT_REACHED = "Deux appels et un courrier sans réponse."
NEWS = (
    "Va bien, toujours dans son logement.",
    "Un creux cet hiver, mais le loyer est payé.",
    "Content d’avoir des nouvelles.",
)
