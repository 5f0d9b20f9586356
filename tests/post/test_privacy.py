"""Nothing of a household leaves the house, whatever people type and whatever a diagram says to its people."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import Household, Notice, Submission
from tests.builders import actor, deployed, diagram, flows, opened
from tests.post.building import deliverer, subscribed, with_addresses
from tests.scenarios.programme import ROOT, Programme, days_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from tests.post.receivers import Hook, Mailbox

#: A side process that tells people, in its message, all that it knows of the household.
TELLTALE = diagram(
    "telltale",
    """<startEvent id="s" camunda:formKey="note"/>
    <sendTask id="tell" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">worker,coordinator</camunda:inputParameter>
      <camunda:inputParameter name="message">=first_name + last_name + town + done</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask><endEvent id="e"/>"""
    + flows("s>tell", "tell>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator"',
)


def _sent(hooks: Hook, mailbox: Mailbox) -> str:
    """All that left, headers included, as its receivers read it."""
    told = [f"{one.path} {one.headers} {one.body.decode()}" for one in hooks.got]
    mails = [f"{message.items()} {message.get_content()}" for _, message in mailbox.got]
    return "\n".join(told + mails)


def _deliver(sessions: sessionmaker[Session], mailbox: Mailbox, clock: TurnedClock) -> None:
    sending = deliverer(mailbox)
    while sending.deliver(sessions, clock.now()):
        pass


def test_what_a_diagram_says_of_the_household_stays_in_the_inbox(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock, hook: Hook, mailbox: Mailbox
) -> None:
    deployed(session, clock.now(), telltale=TELLTALE)
    with_addresses(session)
    subscribed(session, hook, clock.now())
    secrets = {
        "last_name": "SECRETNAME Bcc: x@example.org",
        "first_name": "<b>SECRETFIRST</b>",
        "town": "SECRETTOWN " * 15,
    }
    case = opened(session, clock.now(), **secrets).case
    commands.start_side_process(
        session, actor(session, "cora"), case.id, "telltale", {"done": "SECRETNOTE"}, now=clock.now()
    )
    assert "SECRETNOTE" in session.scalars(select(Notice.message)).all()[0]
    _deliver(sessions, mailbox, clock)
    sent = _sent(hook, mailbox)
    assert len(hook.got) > 3
    assert {message["Subject"] for _, message in mailbox.got} == {"Un avis vous attend (2026-0001)"}
    assert "2026-0001" in sent
    assert "SECRET" not in sent
    assert "example.org" not in sent


def test_no_answer_to_any_form_of_the_programme_leaves_on_the_way_to_a_support(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock, hook: Hook, mailbox: Mailbox
) -> None:
    p = Programme(sessions, session, clock)
    with_addresses(session)
    subscribed(session, hook, clock.now())
    case = p.opens(
        "nora", "referral_retention", last_name="Vidalinc", first_name="Robertin", birth_date="1954-05-03",
        phone="06 12 34 56 78", arrears=1840.5, eviction_stage="summons", urgency="high",
        hearing_date=days_after(p.today, 20), urgency_reason="Audience dans vingt jours.",
    )  # fmt: skip
    for day, who, step in (
        ("2026-03-05", None, ""),
        ("2026-03-10", None, ""),
        ("2026-03-13", "coralie", "Task_Admissibility"),
        ("2026-04-09", "gilles", "Task_CommitteeFirst"),
        ("2026-04-10", "coralie", "Task_DiagnosticAssignment"),
        ("2026-04-13", "claire", "Task_ContactAttempt"),
        ("2026-04-30", None, ""),
        ("2026-05-11", "claire", "Task_Diagnostic"),
    ):
        p.on(day)
        if who is not None:
            p.does(who, case, step, **({"agenda": "2026-04-09"} if "Admiss" in step else {}))
        _deliver(sessions, mailbox, clock)

    typed = {one for data in session.scalars(select(Submission.data)) for one in _typed(data)}
    household = session.scalars(select(Household)).one()
    typed |= {"Vidalinc", "Robertin", "1954-05-03", "1840.5", str(household.id)}
    assert len(typed) > 8
    sent = _sent(hook, mailbox)
    assert len(hook.got) > 30
    assert len(mailbox.got) > 5
    assert [one for one in sorted(typed) if one.lower() in sent.lower()] == []

    # And the other way round: all that leaves is a number, a name from a diagram, or an instant.
    drawn = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "processes").glob("*.bpmn")))
    processes = set(re.findall(r'<(?:\w+:)?process id="(\w+)"', drawn))
    for one in hook.got:
        told = json.loads(one.body)
        assert set(told) == {"type", "timestamp", "data"}
        assert told["type"] in commands.EVENT_TYPES
        assert set(told["data"]) == {"event", "case", "process", "element"}
        assert told["data"]["case"] == case.number
        assert told["data"]["process"] in {None, *processes}
        assert told["data"]["element"] is None or f'id="{told["data"]["element"]}"' in drawn
    for _, message in mailbox.got:
        lines = message.get_content().splitlines()
        assert f"Situation\u00a0: {case.number}" in lines
        [step] = (line.partition("\u00a0: ")[2] for line in lines if line.startswith("Étape"))
        assert f'name="{step}"' in drawn


def _typed(value: Any) -> Iterator[str]:
    """Texts that people typed; not the keys of choices, nor dates, which events have as well."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _typed(one)
    elif isinstance(value, list):
        for one in value:
            yield from _typed(one)
    elif isinstance(value, str) and not re.fullmatch(r"[a-z_0-9]*|\d{4}-\d\d-\d\d.*|\d{1,4}", value):
        yield value
