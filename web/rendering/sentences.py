"""The sentences that form.js says, translated by the server and sent with the form."""

from __future__ import annotations

from flask_babel import gettext


def live_words() -> dict[str, str]:
    """By the name that form.js knows each by. `{…}` are filled in by it."""
    return {
        "saving": gettext("Enregistrement…"),
        "saved": gettext("Brouillon enregistré {time}"),
        "unsaved": gettext("Modifications non enregistrées"),
        "at": gettext("à {hour}"),
        "on": gettext("le {day} à {hour}"),
        "offline": gettext("Hors connexion : vos réponses sont gardées sur cet appareil"),
        "offline_idle": gettext("Hors connexion : vous pouvez continuer"),
        "kept": gettext("Vos réponses sont gardées sur cet appareil, l’enregistrement sera retenté"),
        "signed_out": gettext("Votre session a expiré : vos réponses sont gardées sur cet appareil."),
        "sign_in": gettext("Se reconnecter (nouvel onglet)"),
        "restored": gettext("Les réponses gardées sur cet appareil ont été reprises."),
        "conflict": gettext("Deux versions de vos réponses existent."),
        "conflict_here": gettext("Celle de cet appareil, {time}"),
        "conflict_there": gettext("Celle enregistrée par {by}, {time}"),
        "conflict_there_you": gettext("Celle déjà enregistrée, {time}"),
        "keep_here": gettext("Garder celle de cet appareil"),
        "keep_there": gettext("Prendre celle déjà enregistrée"),
        "refused": gettext("Le brouillon n’a pas pu être enregistré."),
        "not_a_number": gettext(
            "Ce nombre ne se lit pas : écrivez-le avec des chiffres, par exemple 1840,50."
        ),
        "row_added": gettext("Ligne {number} ajoutée."),
        "row_removed": gettext("Ligne retirée."),
        "step": gettext("Étape {number} sur {count}"),
        "complete": gettext("rempli"),
        "missing_one": gettext("1 réponse attendue"),
        "missing_many": gettext("{count} réponses attendues"),
        "error_one": gettext("1 erreur"),
        "error_many": gettext("{count} erreurs"),
        "yes": gettext("Oui"),
        "no": gettext("Non"),
    }
