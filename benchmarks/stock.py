"""The same workload on SpiffWorkflow as it comes, with its own serialiser, for comparison.

A step there is: read the row, restore, complete, run on, serialise, write the row. No form is checked, no
dossier, history or inbox is kept. Its script engine runs Python, so the conditions are written in it.
"""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, insert, select, update

from benchmarks.measuring import Row, in_turns
from benchmarks.walks import JOURNEY, LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from benchmarks.measuring import Scale

#: Laps at which it is measured: its state grows with each.
LAPS = (1, 50)


def on_postgresql(url: str, scale: Scale) -> list[Row]:
    """A lap of W at the first laps and later."""
    for name in ("spiff", "spiff.task", "spiff.workflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    engine = create_engine(url)
    laps = LAPS if scale.laps[1] == LAPS[1] else (1, 2)
    lives = {lap: _Life(engine, lap) for lap in laps}
    actions: dict[str, Callable[[], object]] = {}
    for lap, life in lives.items():
        for _ in range(lap - 1):
            life.lap()
        actions[str(lap)] = life.lap
    # Few rounds: each makes the state longer.
    taken = in_turns(min(5, scale.rounds), actions)
    rows = [
        Row(
            "SpiffWorkflow as it comes",
            f"PostgreSQL, lap {lap}",
            taken[str(lap)],
            taken[str(lap)] / taken[str(laps[0])],
            None,
            f"a task of W by its own serialiser, {life.size:,} bytes of state; against lap {laps[0]}",
        )
        for lap, life in lives.items()
    ]
    engine.dispose()
    return rows


def _diagram() -> bytes:
    written = (JOURNEY / "workload.bpmn").read_text(encoding="utf-8")
    written = written.replace('=report.again = "yes"', 'again == "yes"').replace("P30D", '"P30D"')
    return re.sub(r"<script>.*?</script>", "<script>counted = 1</script>", written).encode()


class _Life:
    def __init__(self, engine: Engine, number: int) -> None:
        metadata = MetaData()
        self._table = Table("stock", metadata, Column("id", Integer, primary_key=True), Column("state", Text))
        metadata.create_all(engine)
        self._connection = engine.connect()
        self._number = number
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(_diagram())), filename="workload.bpmn")
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        workflow = BpmnWorkflow(parser.get_spec("workload"))
        workflow.do_engine_steps()
        with self._connection.begin():
            state = self._serializer.serialize_json(workflow)
            self._connection.execute(insert(self._table).values(id=number, state=state))
        for name in ("Task_First", "Task_Second", "Task_Left", "Task_Right"):
            self._complete(name)

    @property
    def size(self) -> int:
        """The state's bytes."""
        row = select(self._table.c.state).where(self._table.c.id == self._number)
        with self._connection.begin():
            return len(self._connection.execute(row).scalar_one())

    def lap(self) -> None:
        """One more."""
        self._complete("Task_Lap")

    def _complete(self, name: str) -> None:
        mine = self._table.c.id == self._number
        with self._connection.begin():
            state = self._connection.execute(select(self._table.c.state).where(mine)).scalar_one()
            workflow: Any = self._serializer.deserialize_json(state)
            workflow.refresh_waiting_tasks()
            task = next(
                one for one in workflow.get_tasks(state=TaskState.READY) if one.task_spec.name == name
            )
            task.data.update(json.loads(json.dumps(dict(LONG))))
            task.run()
            workflow.do_engine_steps()
            state = self._serializer.serialize_json(workflow)
            self._connection.execute(update(self._table).where(mine).values(state=state))
