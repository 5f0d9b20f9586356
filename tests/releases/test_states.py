"""What an older release saved, this one reads and takes to its end.

Each folder is named by the release that wrote it. A file once here is never written again.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from asae_engine.bpmn import Instance, parse
from tests.bpmn.drawing import Surroundings

SAVED: list[dict[str, Any]] = [
    one
    for path in sorted(Path(__file__).parent.glob("*/states.json"))
    for one in json.loads(path.read_text("utf-8"))
]
#: What people answer from now on: loops end, what was missing is there.
ANSWERS = {"more": False, "flag": True}


@pytest.mark.parametrize("saved", SAVED, ids=[one["name"] for one in SAVED])
def test_a_state_of_an_older_release_is_read_as_it_was_and_goes_on_to_its_end(saved: dict[str, Any]) -> None:
    definitions, findings = parse(saved["diagram"].encode(), "saved.bpmn")
    assert [finding for finding in findings if finding.severity == "error"] == []
    by_key = {definition.key: definition for definition in definitions}
    env = Surroundings(datetime.fromisoformat(saved["at"]))
    env.dossier.update(saved["dossier"])
    instance = Instance.restore(by_key, saved["state"].encode())
    assert sorted(task.element.id for task in instance.user_tasks()) == saved["open"]
    assert [incident.element.id for incident in instance.errors()] == saved["stopped"]
    due = instance.next_due_at
    assert (None if due is None else due.isoformat()) == saved["due"]
    env.dossier.update(ANSWERS)
    for _ in range(30):
        if instance.is_ended:
            break
        instance = Instance.restore(by_key, instance.save())
        if stopped := instance.errors():
            instance.retry(stopped[0].token_id, env)
        elif waiting := instance.user_tasks():
            instance.complete(waiting[0].token_id, {}, env)
        else:
            env.now += timedelta(days=100)
            assert instance.fire_due(env) > 0
    assert instance.ended_how == "normal"


def test_states_of_each_kind_are_kept() -> None:
    assert len(SAVED) >= 5
