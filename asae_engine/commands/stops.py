"""What stopped in a case, as one command sees it: incidents raised, kept waiting and resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.model import Incident, IncidentEnd, due, lookups, new_id

if TYPE_CHECKING:
    from uuid import UUID

    from asae_engine.commands.casework import CaseWork
    from asae_engine.model import ProcessInstance


class Stops:
    """The incidents of a command's case."""

    def __init__(self, work: CaseWork) -> None:
        self._work = work
        self._raised: list[Incident] = []

    def add(
        self,
        row: ProcessInstance,
        message: str,
        *,
        token_id: str | None = None,
        element_id: str | None = None,
        element_name: str | None = None,
        process_key: str | None = None,
        lasting: bool = False,
    ) -> None:
        """Make something that stopped visible until it goes on. A token tries again by itself, unless what
        stopped it is lasting.
        """
        work = self._work
        incident = Incident(
            id=new_id(),
            case_id=work.case.id,
            instance_id=row.id,
            process_key=process_key or row.process_key,
            token_id=token_id,
            element_id=element_id,
            element_name=element_name or row.name,
            message=message,
            at=work.now,
            tries=0,
            retry_at=None if token_id is None or lasting else due.next_try(1, work.now),
        )
        self._raised.append(incident)
        work.keep(incident)
        self._tell("incident.raised", incident)

    def open(self, instance_id: UUID) -> list[Incident]:
        """Those of an instance that are not resolved, this command's own too."""
        known = (
            () if self._work.is_new(instance_id) else lookups.open_incidents(self._work.session, instance_id)
        )
        mine = [one for one in self._raised if one.instance_id == instance_id]
        return [one for one in (*known, *mine) if one.resolved_at is None]

    def keep_waiting(self, incident: Incident, message: str, *, lasting: bool) -> None:
        """It stopped again: it is tried later, or waits for a person."""
        incident.message = message
        again = not lasting and incident.tries < due.MOST_FAILURES
        incident.retry_at = due.next_try(incident.tries + 1, self._work.now) if again else None

    def resolve(self, incident: Incident, how: IncidentEnd) -> None:
        """It goes on, or is no more."""
        work = self._work
        incident.resolved_at, incident.resolved_how, incident.retry_at = work.now, how, None
        incident.resolved_by_id = None if work.actor is None else work.actor.user_id
        self._tell("incident.resolved", incident, how=how.value)

    def resolve_all(self, instance_id: UUID) -> None:
        """An instance that is over has nothing left that could go on."""
        for incident in self.open(instance_id):
            self.resolve(incident, IncidentEnd.GONE)

    def _tell(self, event: str, incident: Incident, **data: object) -> None:
        self._work.tell(
            event,
            instance_id=incident.instance_id,
            process_key=incident.process_key,
            element_id=incident.element_id,
            element_name=incident.element_name,
            data=data,
        )
