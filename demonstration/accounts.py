"""The invented people who work in the demonstration, and the accounts to try.

They all share one password, which is written here and printed by `make run`: a demonstration holds no real
household, and must never be open to the world.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Shown to whoever runs the demonstration.
PASSWORD = "demonstration-asae"  # noqa: S105 - the documented password of invented accounts


@dataclass(frozen=True, slots=True)
class Account:
    """One invented worker. `try_for` is what to look at with it; empty: not among the accounts to try."""

    username: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    try_for: str = ""


ACCOUNTS: tuple[Account, ...] = (
    Account(
        "nadia.benazur", "Nadia Benazur", "alogea", ("landlord_worker",), "oriente des locataires d’Alogéa"
    ),
    Account("claire.ferranduze", "Claire Ferranduze", "alogea", ("landlord_worker",)),
    Account("sophie.morella", "Sophie Morella", "habitat_audois", ("landlord_worker",)),
    Account(
        "thierry.nguyenval", "Thierry Nguyenval", "ddetspp", ("state_officer",), "oriente les ménages du DALO"
    ),
    Account("anne.lacombelle", "Anne Lacombelle", "ddetspp", ("state_officer", "committee_member")),
    Account(
        "yasmina.haddadou",
        "Yasmina Haddadou",
        "adaff",
        ("diagnostic_worker",),
        "va à la rencontre des ménages, fait les diagnostics",
    ),
    Account("julien.roquebel", "Julien Roquebel", "adaff", ("diagnostic_worker",)),
    Account(
        "fatou.diarosee",
        "Fatou Diarosée",
        "adaff",
        ("support_worker",),
        "accompagne, note ses visites, fait les bilans",
    ),
    Account("lucas.garcival", "Lucas Garcival", "adaff", ("support_worker",)),
    Account(
        "elif.kayalune", "Elif Kayalune", "soliha", ("support_worker",), "accompagne, intermédiation locative"
    ),
    Account("david.martinoux", "David Martinoux", "soliha", ("support_worker",)),
    Account(
        "marie.delmassif",
        "Marie Delmassif",
        "asae",
        ("coordinator",),
        "prépare le comité, attribue, surveille les délais",
    ),
    Account(
        "bruno.pagesole", "Bruno Pagesole", "adaff", ("committee_member",), "rend les décisions du comité"
    ),
    Account("helene.sanchevre", "Hélène Sanchèvre", "soliha", ("committee_member",)),
    Account(
        "philippe.castelune",
        "Philippe Castelune",
        "alogea",
        ("manager", "committee_member"),
        "voit les retards et les chiffres",
    ),
    Account("monique.vidalque", "Monique Vidalque", "habitat_audois", ("manager", "committee_member")),
    Account(
        "karim.referant",
        "Karim Référant",
        "asae",
        ("process_owner",),
        "modifie les processus et les formulaires",
    ),
    Account("lea.admirat", "Léa Admirat", "asae", ("administrator",), "comptes, organisations, droits"),
)

#: Who coordinates, publishes the first version, sits for the committee by turns.
COORDINATOR = "marie.delmassif"
PROCESS_OWNER = "karim.referant"


def with_role(role: str, organisation: str | None = None) -> tuple[Account, ...]:
    """The accounts that hold a role, in one organisation when it is given, in the order of the list."""
    return tuple(
        account
        for account in ACCOUNTS
        if role in account.roles and organisation in (None, account.organisation)
    )


def table() -> str:
    """The accounts to try, as lines for a terminal."""
    chosen = [account for account in ACCOUNTS if account.try_for]
    width = max(len(account.username) for account in chosen)
    lines = [f"  {account.username:<{width}}  {account.try_for}" for account in chosen]
    return "\n".join(["Comptes à essayer, tous avec le mot de passe « " + PASSWORD + " » :", *lines])
