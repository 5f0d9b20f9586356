"""Every address is asked and given what it does not expect, by everyone who can reach it.

The addresses come from the application itself, the names of fields from its pages: what is added is tried as
well.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asae_engine.model import Deployment, Task
from tests import builders
from tests.limits import assert_plain, hostile, within_limits
from tests.mutations import JSON
from tests.web.conftest import Visitor, hash_of_password

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from asae_engine.clock import TurnedClock

#: Ending one's own session would leave the rest of the walk at the door.
LEAVING = {"auth.sign_out", "auth.sign_out_everywhere", "auth.change_password"}
PEOPLE = ("remi", "wafa", "cora", "mona", "otto")

TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "\x00",
        "é" * 5000,
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "' or 1=1 --",
        "2026-02-30",
        "9" * 400,
        "-1",
        "1e400",
        "NaN",
        "=1/0",
        "{{7*7}}",
        str(uuid4()),
        "null",
        "[]",
        "{",
        "processes/journey.bpmn",
        "forms/note.form",
    ]
)
FILES = st.tuples(st.binary(max_size=300), TEXTS.filter(lambda name: "\x00" not in name))
_NAMES = re.compile(r'\bname="([^"]+)"')


class Doors:
    """The application, someone of each role signed in, and what its addresses can be filled with."""

    def __init__(self, app: Flask, session: Session, clock: TurnedClock) -> None:
        case = builders.opened(session, clock.now()).case
        task = session.query(Task).filter_by(case_id=case.id, element_id="prepare").one()
        self.rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in LEAVING | {"static"}]
        self.visitors = []
        for name in PEOPLE:
            visitor = Visitor(app.test_client())
            assert visitor.sign_in(name).status_code == 302
            self.visitors.append(visitor)
        self.known: dict[str, list[str]] = {
            "case_id": [str(case.id)],
            "task_id": [str(task.id)],
            "process_key": ["journey", "note"],
            "form_key": ["opening", "prepare"],
            "field_key": ["last_name", "health"],
            "number": [str(session.query(Deployment).one().number)],
            "path": ["processes/journey.bpmn", "forms/note.form", "processes/delays.dmn"],
        }
        self.names = sorted(
            {
                name
                for visitor in self.visitors
                for rule in self.rules
                if "GET" in (rule.methods or ())
                for name in _NAMES.findall(_text(visitor.get(self.address(rule, lambda values: values[0]))))
            }
            - {"csrf_token", "viewport"}
        )

    def address(self, rule: Rule, choose: Any) -> str:
        """The rule's address, each of its parts chosen among what exists and what does not."""

        def part(match: re.Match[str]) -> str:
            kind, _, name = match.group(1).rpartition(":")
            absent = {"uuid": str(uuid4()), "int": "999999999999"}.get(kind, "nulle-part")
            return str(choose([*self.known.get(name, []), absent]))

        return re.sub(r"<([^>]+)>", part, rule.rule)


@pytest.fixture
def doors(programme: None, app: Flask, session: Session, clock: TurnedClock) -> Doors:
    assert hash_of_password()
    return Doors(app, session, clock)


def _text(answer: TestResponse) -> str:
    return answer.get_data().decode(errors="replace")


def _answered(answer: TestResponse) -> None:
    assert answer.status_code < 500, _text(answer)[:2000]
    if answer.mimetype in ("text/html", "application/json", "text/plain"):
        assert_plain(answer.text)


def test_no_address_breaks_or_shows_its_insides_whatever_it_is_asked(doors: Doors) -> None:
    @hostile(60)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        rule = data.draw(st.sampled_from([rule for rule in doors.rules if "GET" in (rule.methods or ())]))
        visitor = data.draw(st.sampled_from(doors.visitors))
        address = doors.address(rule, lambda values: data.draw(st.sampled_from(values)))
        query = data.draw(st.dictionaries(st.sampled_from(doors.names) | TEXTS, TEXTS, max_size=3))
        headers = data.draw(st.sampled_from([{}, {"HX-Request": "true"}, {"Accept": "application/json"}]))
        with within_limits():
            answer = visitor.get(address, query_string=query, headers=headers)
        _answered(answer)

    ask()


def test_no_address_breaks_or_shows_its_insides_whatever_it_is_given(doors: Doors) -> None:
    @hostile(120)
    @given(data=st.data())
    def give(data: st.DataObject) -> None:
        writing = [
            (rule, method)
            for rule in doors.rules
            for method in sorted((rule.methods or set()) & {"POST", "PUT", "DELETE", "PATCH"})
        ]
        rule, method = data.draw(st.sampled_from(writing))
        visitor = data.draw(st.sampled_from(doors.visitors))
        address = doors.address(rule, lambda values: data.draw(st.sampled_from(values)))
        headers = {"X-CSRFToken": visitor.token()}
        sort = data.draw(st.sampled_from(["form", "form", "json", "files", "bytes"]))
        options: dict[str, Any]
        if sort == "form":
            fields = st.dictionaries(
                st.sampled_from(doors.names) | TEXTS, TEXTS | st.lists(TEXTS, max_size=3), max_size=6
            )
            options = {"data": data.draw(fields)}
        elif sort == "json":
            options = {"json": data.draw(JSON)}
        elif sort == "files":
            content, name = data.draw(FILES)
            field = data.draw(st.sampled_from([*doors.names, "file", "archive"]))
            options = {"data": {field: (io.BytesIO(content), name)}}
        else:
            options = {
                "data": data.draw(st.binary(max_size=300)),
                "content_type": data.draw(
                    st.sampled_from(["application/json", "multipart/form-data; boundary=x", "text/xml", "?"])
                ),
            }
        with within_limits():
            answer = visitor.client.open(address, method=method, headers=headers, **options)
        _answered(answer)

    give()
