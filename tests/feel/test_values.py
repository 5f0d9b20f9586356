"""What goes into FEEL and what comes out of it."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import feel
from asae_engine.calendar import ZONE, Duration, add_working_days, working_days_between

NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Paris


def _offset(quarters: int) -> timezone:
    return timezone(timedelta(minutes=15 * quarters))


days = st.dates(date(2000, 1, 1), date(2080, 12, 31))
# hypothesis takes naive bounds; the zone is put on what it gives.
earliest, latest = datetime(1990, 1, 1), datetime(2080, 1, 1)  # noqa: DTZ001 - see above
instants = st.datetimes(earliest, latest).map(lambda wall: wall.replace(tzinfo=UTC))
zones = st.sampled_from(
    [ZoneInfo(name) for name in ("America/New_York", "Asia/Kolkata", "Europe/Paris", "Etc/UTC")]
)
far_instants = st.tuples(instants, zones | st.integers(-14 * 4, 14 * 4).map(_offset)).map(
    lambda pair: pair[0].astimezone(pair[1])
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e12, 1e12).map(lambda number: round(number, 2))
    | texts
    | days
    | instants
    | st.times(timezones=st.none() | zones | st.integers(-14 * 4, 14 * 4).map(_offset)).map(
        lambda at: at.replace(fold=0)
    )
    | st.builds(Duration, months=st.integers(-500, 500))
    | st.tuples(st.integers(0, 500), st.integers(0, 86_399), st.sampled_from([1, -1])).map(
        lambda parts: Duration(days=parts[0] * parts[2], seconds=parts[1] * parts[2])
    )
)
#: Keys that JavaScript, JSON or our own tags could take for something of theirs.
keys = st.sampled_from(["@", "v", "__proto__", "constructor", "toString", "", "0", "12", "a b"]) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)


def value(expression: str, **context: object) -> feel.FeelValue:
    return feel.evaluate(expression, context, now=NOW)


@settings(deadline=None, max_examples=150)
@given(values)
def test_a_value_that_only_passes_through_is_unchanged(given_value: object) -> None:
    assert value("x", x=given_value) == given_value
    assert value("{kept: [x]}", x=given_value) == {"kept": [given_value]}


@settings(deadline=None, max_examples=60)
@given(far_instants)
def test_an_instant_keeps_its_zone_or_its_offset(at: datetime) -> None:
    """Until the hour that the autumn repeats, where the offset says which of the two it is."""
    found = value("x", x=at)
    assert isinstance(found, datetime)
    assert (found.astimezone(UTC), found.utcoffset()) == (
        at.astimezone(UTC),
        at.utcoffset(),
    ) or at.tzinfo is ZONE
    written = value("string(x)", x=at)
    assert value("string(y)", y=found) == written
    assert value("date and time(text) = x", text=written, x=at) is True


@pytest.mark.parametrize(
    "written",
    [
        "2026-07-01T10:00:00Z",
        "2026-07-01T10:00:00+05:30",
        "2026-07-01T10:00:00@America/New_York",
        "2026-07-01T10:00:00@Europe/Paris",
        "10:00:00@Europe/Paris",
        "10:00:00-04:00",
        "10:00:00",
    ],
)
def test_what_is_read_from_a_text_with_a_zone_is_written_again_as_it_was(written: str) -> None:
    kept = value(f'@"{written}"')
    assert value("string(x)", x=kept) == written
    assert value("x.hour", x=kept) == 10


def test_a_mapping_from_outside_is_never_taken_for_a_value_of_another_type() -> None:
    for forged in ({"@": "d", "v": "2026-01-01"}, {"@": "z"}, {"@": "o", "v": [["a", 1]]}, {"@": {"@": "p"}}):
        assert value("[x, {kept: x}]", x=forged) == [forged, {"kept": forged}]
    assert value('{"@": "d", v: "no day"}') == {"@": "d", "v": "no day"}
    assert value('x.v + "!"', x={"@": "d", "v": "2026-01-01"}) == "2026-01-01!"


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ('date("0000-01-01")', "hors|sort du calendrier"),
        ('@"9999-12-31" + @"P1D"', "sort du calendrier"),
        ('[{a: date("-0044-03-15")}]', "ne peut pas"),
        ('"\\uD800"', "moitié de caractère"),
        ('{ "\\uDC00": 1 }', "moitié de caractère"),
        ('"\\u0000"', "caractère nul"),
    ],
)
def test_a_result_that_nothing_could_keep_is_refused(expression: str, sentence: str) -> None:
    with pytest.raises(feel.FeelError, match=sentence):
        value(expression)
    [outcome] = feel.evaluate_each([(expression, {})], now=NOW)
    assert isinstance(outcome, feel.FeelError)


def test_an_instant_beyond_the_calendar_of_paris_is_refused() -> None:
    with pytest.raises(feel.FeelError, match="calendrier"):
        value("x", x=datetime.max.replace(tzinfo=UTC))


def test_durations_of_two_signs_have_one_or_are_refused() -> None:
    assert value("x", x=timedelta(days=-1, seconds=3)) == Duration(seconds=-86_397)
    assert value("x = y", x=Duration(days=1, seconds=-3600), y=Duration(seconds=23 * 3600)) is True
    with pytest.raises(feel.FeelError, match="signes contraires"):
        value("x", x=Duration(months=1, days=-1))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1e3 + 1.5E-1", 1000.15),
        ('@"P200D" = @"P201D"', False),
        ('@"PT0.2S" = @"PT0.7S"', False),
        ('@"P12M" = @"P1Y"', True),
        ('-@"P1Y2M"', Duration(months=-14)),
        ('@"P1D" * 1.5', Duration(days=1, seconds=43_200)),
        ('3 * @"P5M"', Duration(months=15)),
        ('@"P1Y" / 5', Duration(months=2)),
        ('@"PT1S" / 8', Duration(seconds=0.125)),
        ('@"P1D" / @"PT6H"', 4),
        ('@"P1D" / 0', None),
        ('@"P1D" * x', None),
        ('years and months duration(@"2026-01-31", @"2027-03-01")', Duration(months=13)),
        ('min([@"P200D", @"P190D"])', Duration(days=190)),
        ('max(@"2026-03-01", @"2026-02-01")', date(2026, 3, 1)),
        ('max(["a", "c", "b"])', "c"),
        ("min([3, 1, 2])", 1),
        ('@"2026-07-01T10:00:00Z" - @"2026-07-01T10:00:00@Europe/Paris"', Duration(seconds=7200)),
        (
            '@"2026-03-30T08:00:00@Europe/Paris" - @"2026-03-28T08:00:00@Europe/Paris"',
            Duration(days=1, seconds=23 * 3600),  # the night of the change of hour is short
        ),
        ('@"2026-03-03T00:00:00" - @"2026-03-01"', Duration(days=2)),
        ('@"10:00:00Z" - @"10:00:00+02:00"', Duration(seconds=7200)),
        ('@"2026-03-02T00:29:59" < now()', True),
        ('@"2026-03-02T00:30:01" < now()', False),
        ('@"2026-01-01" + @"PT36H"', date(2026, 1, 2)),
        ("list replace([1, 2, 3], -1, 4)", [1, 2, 4]),
        ("min([3, null])", None),
        ("max([])", None),
    ],
)
def test_durations_numbers_and_extremes_are_worked_out_as_the_standard_says(
    expression: str, result: object
) -> None:
    assert value(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "list replace([1], 2, 2)",
        '@"P1D" * @"P2D"',
        '@"P1D" / @"P1M"',
        '@"P1D" ** 2',
        '@"2026-01-01" * 2',
        'min([1, "a"])',
        'sum(["a"])',
    ],
)
def test_what_has_no_sense_between_types_is_an_error(expression: str) -> None:
    with pytest.raises(feel.FeelError):
        value(expression)


def test_numbers_without_a_fraction_are_integers_and_others_lose_their_noise() -> None:
    assert value("1.0 + 1") == 2
    assert isinstance(value("4 / 2"), int)
    assert value("0.1 + 0.2") == 0.3
    assert value("x * 3", x=Decimal("0.10")) == 0.3


def test_durations_come_back_with_their_civil_parts() -> None:
    assert value('duration("P1Y2M")') == Duration(months=14)
    assert value('duration("P2DT3H")') == Duration(days=2, seconds=10_800)
    assert value("d + p", d=date(2026, 1, 31), p=Duration(months=1)) == date(2026, 2, 28)
    assert value("d + p", d=date(2026, 1, 31), p=timedelta(days=1)) == date(2026, 2, 1)
    assert value("t", t=time(8, 30)) == time(8, 30)


def test_today_and_now_tell_the_given_instant_in_paris() -> None:
    assert value("today()") == date(2026, 3, 2)
    assert value("now()") == NOW
    assert value("date(now())") == date(2026, 3, 2)
    assert value("x <= now()", x=NOW) is True
    assert value("x.hour", x=NOW) == 0


def test_instants_keep_their_place_through_the_change_of_hour() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))  # both 2:30 on the wall
    assert value("[a, b, a < b]", a=first, b=second) == [first, second, True]
    spring = datetime(2026, 3, 28, 8, 0, tzinfo=ZONE)
    assert value('x + duration("P1D")', x=spring) == datetime(2026, 3, 29, 8, 0, tzinfo=ZONE)


@settings(deadline=None, max_examples=80)
@given(days, st.integers(-40, 40))
def test_working_days_agree_with_the_calendar(day: date, n: int) -> None:
    found = add_working_days(day, n)
    assert value("[working days(d, n), working days between(d, e)]", d=day, n=n, e=found) == [
        found,
        working_days_between(day, found),
    ]


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2008, 3, 2), 18), (date(2008, 3, 3), 17), (date(2004, 2, 29), 22), (None, None)],
)
def test_age_counts_completed_years_in_paris(born: date | None, age: int | None) -> None:
    assert value("age(born)", born=born) == age


def test_names_may_bear_accents_and_spaces() -> None:
    assert value("prénom + nom d'usage", **{"prénom": "Zoé", "nom d'usage": " É."}) == "Zoé É."
    assert value("monthly income * 2", **{"monthly income": 500}) == 1000


def test_a_leading_equals_sign_is_dropped() -> None:
    assert value("= 1 + 1") == 2


@pytest.mark.parametrize(
    "bad", [float("nan"), float("inf"), 2**60, object(), {"a": [b"bytes-\xff" and object()]}]
)
def test_a_value_that_feel_has_no_type_for_is_refused_without_being_shown(bad: object) -> None:
    with pytest.raises(feel.FeelError) as caught:
        value("x", x=bad)
    assert "0x" not in caught.value.message_fr
    assert not re.search("object|bytes", caught.value.message_fr)
    assert caught.value.message_fr.endswith(".")


def test_data_nested_without_end_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(feel.FeelError, match="profondément"):
        value("x", x=deep)
