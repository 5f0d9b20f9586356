"""A household lived through the real diagrams and tables on a turned clock, with no database: only the engine
of processes, FEEL and the decisions. Every step is saved and restored, as it is in life.

What is answered is not validated here (tests/scenarios does it with the real forms and commands): this room
asks only where the path leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from asae_engine import bpmn, decisions, feel
from asae_engine.bpmn import Element, Happened, Instance, ProcessDefinition, WaitingTask
from asae_engine.calendar import local_date

if TYPE_CHECKING:
    from asae_engine.decisions import Decision

PROCESSES = Path(__file__).parents[2] / "processes"


@cache
def definitions() -> dict[str, ProcessDefinition]:
    found = [bpmn.parse(path.read_bytes(), path.name)[0] for path in sorted(PROCESSES.glob("*.bpmn"))]
    return {definition.key: definition for parsed in found for definition in parsed}


@cache
def tables() -> dict[str, Decision]:
    found = [decisions.parse(path.read_bytes(), path.name)[0] for path in sorted(PROCESSES.glob("*.dmn"))]
    return {decision.id: decision for parsed in found for decision in parsed}


class Journey:
    """One household: its dossier, its instance, its clock; also the environment of its instances."""

    def __init__(self, door: str, referral: Mapping[str, object], on: date = date(2026, 1, 5)) -> None:
        self.now = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        self.door = door
        self.dossier: dict[str, dict[str, object]] = {}
        self.flat: dict[str, object] = {}
        self.notices: list[tuple[str, str]] = []
        self.acted: list[tuple[str, Mapping[str, object]]] = []
        self._answer(f"referral_{door}", referral)
        self.instance = Instance.start(definitions(), f"referral_{door}", {}, self)

    # -- what an instance asks of its surroundings --

    def context(self, variables: Mapping[str, object]) -> dict[str, object]:
        status = "open" if self.closed_for is None else "closed"
        case = {"number": "2026-0042", "door": self.door, "opened_on": date(2026, 1, 5), "status": status}
        return {**self.dossier, **self.flat, "door": self.door, "case": case, **variables}

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        return feel.evaluate(expression, self.context(variables), now=self.now)

    def decide(self, decision: str, variables: Mapping[str, object]) -> object:
        return decisions.evaluate(tables(), decision, self.context(variables), now=self.now)

    def act(self, action: str, variables: Mapping[str, object], element: Element) -> None:
        self.acted.append((action, variables))
        if action == "notify":
            self.notices.append((str(variables["to"]), str(variables["message"])))

    # -- what people do --

    def do(self, element: str, **answers: object) -> Journey:
        """Complete the first open task of that element."""
        task = self.task(element)
        assert task.element.form_key
        self._answer(task.element.form_key, answers)
        self._in_life()
        self.instance.complete(task.token_id, answers, self)
        return self

    def side(self, key: str, **answers: object) -> Instance:
        """Start a side process with the answers of its form; what it throws reaches the path."""
        definition = definitions()[key]
        assert definition.start_form
        assert self.evaluate(str(definition.offered_when), self.instance.variables) is True, key
        self._answer(definition.start_form, answers)
        beside = Instance.start(definitions(), key, {}, self)
        self.carry_messages(beside)
        return beside

    def carry_messages(self, beside: Instance) -> None:
        for happening in beside.drain_events():
            name = str(happening.data.get("message"))
            if happening.kind is Happened.MESSAGE_THROWN and self.instance.waits_for(name):
                self._in_life()
                self.instance.deliver(name, {}, self)

    def wait(self, **delta: int) -> Journey:
        self.now += timedelta(**delta)
        while self.instance.next_due_at is not None and self.instance.next_due_at <= self.now:
            self._in_life()
            self.instance.fire_due(self)
        return self

    # -- what is seen --

    def task(self, element: str) -> WaitingTask:
        found = [task for task in self.instance.user_tasks() if task.element.id == element]
        assert found, f"{element} does not wait; {self.waiting} does. Stopped: {self.instance.errors()}"
        return found[0]

    @property
    def waiting(self) -> list[str]:
        assert not self.instance.errors(), self.instance.errors()
        return [task.element.id for task in self.instance.user_tasks()]

    @property
    def closed_for(self) -> object:
        """The reason with which the case was closed; None while it is open."""
        reasons = [variables["reason"] for action, variables in self.acted if action == "close_case"]
        assert len(reasons) < 2
        return reasons[0] if reasons else None

    def attribute(self, element: str, name: str) -> object:
        """What a FEEL attribute of an open task gives: who it is for, when it is due."""
        task = self.task(element)
        written = getattr(task.element, name)
        if not str(written).startswith("="):
            return written
        return self.evaluate(written, {**self.instance.variables, **task.variables})

    def deadlines(self, element: str, arrived: date | None = None) -> Mapping[str, object]:
        task = self.task(element)
        asked = {
            **self.instance.variables,
            "step": task.element.delays,
            "arrived": arrived or local_date(self.now),
        }
        found = self.decide("delays", asked)
        assert isinstance(found, Mapping)
        return found

    def _answer(self, form: str, answers: Mapping[str, object]) -> None:
        self.dossier[form] = dict(answers)
        self.flat.update(answers)

    def _in_life(self) -> None:
        self.instance = Instance.restore(definitions(), self.instance.save())


SCORES = (
    "s_home",
    "s_budget",
    "s_admin",
    "s_health",
    "s_daily",
    "s_family",
    "s_network",
    "s_work",
    "s_rights",
)


def scores(*values: int) -> dict[str, object]:
    return dict(zip(SCORES, values, strict=True))


def retention(**more: object) -> Journey:
    """The tenant of 71, from his referral."""
    referral: dict[str, object] = {
        "landlord": "alogea", "reasons": ["rent_arrears", "isolation"], "eviction_stage": "summons",
        "children": 0, "hearing_date": date(2026, 1, 25), "urgency": "high", "consent": True,
    }  # fmt: skip
    return Journey("retention", {**referral, **more})


def access(**more: object) -> Journey:
    """The woman of 33 with two children, from her referral."""
    referral: dict[str, object] = {
        "housing_status": "hosted", "reasons": ["domestic_violence"], "children": 2, "urgency": "immediate",
        "consent": True,
    }  # fmt: skip
    return Journey("access", {**referral, **more})


def to_first_committee(journey: Journey) -> Journey:
    return journey.do("Task_Admissibility", decision="agenda", agenda=date(2026, 2, 12))


def to_diagnostic(journey: Journey) -> Journey:
    to_first_committee(journey).do("Task_CommitteeFirst", decision="diagnostic", reason="Utile.")
    journey.do("Task_DiagnosticAssignment", worker="claire.adaff")
    return journey.do("Task_ContactAttempt", way="visit", result="met")


def to_second_committee(journey: Journey, *marks: int, **more: object) -> Journey:
    found = {"commitment": "yes", "violence": "none", "mental_health_suffering": "no", **more}
    journey.do("Task_Diagnostic", **scores(*(marks or (1, 1, 0, 2, 1, 1, 0, 2, 1))), **found)
    proposed = journey.instance.variables["proposed"]
    assert isinstance(proposed, Mapping)
    return journey.do(
        "Task_Recommendation", **{name: proposed[name] for name in ("needed", "level", "intensity", "months")}
    )


def to_support(journey: Journey, *, operator: str = "adaff", **amended: object) -> Journey:
    decision = "amend" if amended else "validate"
    journey.do("Task_CommitteeSecond", decision=decision, operator=operator, reason="Utile.", **amended)
    started = local_date(journey.now)
    return journey.do("Task_Engagement", answer="signs", worker=f"samir.{operator}", start_date=started)


def lap(journey: Journey, decision: str, **changed: object) -> Journey:
    journey.wait(days=85).do("Task_Reassessment", proposal=decision)
    return journey.do("Task_CommitteeReview", decision=decision, reason="Vu en comité.", **changed)
