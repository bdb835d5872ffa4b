"""Parameters, calendar, codes, roles, releases, numbers, and what ships."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from sqlalchemy import update

from webapp.errors import Invalid, Misconfigured, Missing
from webapp.store import codes, numbers, organisations, parameters, releases, roles, seeding, workdays
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal
from webapp.store.tables import Artefact, Code

Writing = Callable[[], AbstractContextManager[Tx]]
Today = Callable[[str], datetime]


def test_a_parameter_has_the_value_of_the_day(writing: Writing) -> None:
    with writing() as tx:
        parameters.put(tx, "review.formal_days", 5, date(2020, 1, 1))
        parameters.put(tx, "review.formal_days", 7, date(2027, 3, 1), source="通知")
    with writing() as tx:
        assert parameters.at(tx, date(2027, 2, 28))["review.formal_days"] == 5
        assert parameters.at(tx, date(2027, 3, 1))["review.formal_days"] == 7
        assert "review.formal_days" not in parameters.at(tx, date(2019, 12, 31))
        with pytest.raises(TypeError):
            parameters.at(tx, None)["review.formal_days"] = 1  # type: ignore[index]


def test_what_is_said_later_replaces_what_was_said_for_later_days(writing: Writing) -> None:
    with writing() as tx:
        for value, day in ((5, 1), (7, 20), (6, 10)):
            parameters.put(tx, "k", value, date(2027, 1, day))
        assert [(row.value, row.valid_from.day, row.valid_to) for row in parameters.history(tx, "k")] == [
            (5, 1, date(2027, 1, 9)),
            (6, 10, None),
        ]
        assert len(parameters.listed(tx)) == 2


def test_a_current_parameter_is_todays_whatever_the_day(writing: Writing, today: Today) -> None:
    today("2027-06-01")
    with writing() as tx:
        parameters.put(tx, "ban.scope", "host", date(2020, 1, 1), current=True)
        parameters.put(tx, "ban.scope", "base", date(2027, 5, 1))
        assert parameters.at(tx, date(2021, 1, 1))["ban.scope"] == "base"


def test_a_value_of_another_kind_is_refused(writing: Writing) -> None:
    with writing() as tx:
        parameters.put(tx, "k", 5, date(2020, 1, 1))
        with pytest.raises(Invalid):
            parameters.put(tx, "k", "five", date(2027, 1, 1))
        with pytest.raises(Invalid):
            parameters.put(tx, "k", True, date(2027, 1, 1))
        parameters.put(tx, "k", 5.5, date(2027, 1, 1))


def test_a_change_is_seen_by_everybody_after_its_commit(database: Database, writing: Writing) -> None:
    """Kept copies never outlive the revision, and an undone change leaves none."""
    with writing() as tx:
        parameters.put(tx, "k", 1, date(2020, 1, 1))
    with writing() as tx:
        assert parameters.at(tx, None)["k"] == 1
    with pytest.raises(Missing), writing() as tx:  # noqa: PT012
        parameters.put(tx, "k", 2, date(2020, 1, 2))
        assert parameters.at(tx, None)["k"] == 2
        raise Missing
    with database.reading(Principal("p")) as tx:
        assert parameters.at(tx, None)["k"] == 1
    other = Database(database.url.render_as_string(hide_password=False))
    with other.writing(Principal.system_("command")) as tx:
        parameters.put(tx, "k", 3, date(2020, 1, 3))
    other.close()
    with database.reading(Principal("p")) as tx:
        assert parameters.at(tx, None)["k"] == 3


def test_a_notice_makes_a_year_firm(writing: Writing) -> None:
    with writing() as tx:
        calendar = workdays.calendar(tx)
        assert calendar.is_provisional(2027)
        workdays.put(tx, date(2027, 2, 8), "holiday", "预排", provisional=True)
        notice = [(date(2027, 2, 7), "makeup"), (date(2027, 2, 9), "holiday")]
        workdays.import_notice(tx, 2027, notice, "国办发明电〔2026〕7号")
    with writing() as tx:
        calendar = workdays.calendar(tx)
        assert not calendar.is_provisional(2027)
        assert [calendar.is_workday(date(2027, 2, day)) for day in (6, 7, 8, 9)] == [False, True, True, False]
        assert len(workdays.of_year(tx, 2027)) == 2
        assert calendar.is_workday(date(2050, 1, 3))


@pytest.mark.parametrize(
    "days",
    [
        [],
        [(date(2026, 1, 1), "holiday")],
        [(date(2027, 1, 1), "feast")],
        [(date(2027, 1, 1), "holiday"), (date(2027, 1, 1), "makeup")],
    ],
)
def test_a_wrong_notice_changes_nothing(writing: Writing, days: list[tuple[date, str]]) -> None:
    with writing() as tx:
        workdays.put(tx, date(2027, 5, 1), "holiday", "x")
        with pytest.raises(Invalid):
            workdays.import_notice(tx, 2027, days, "x")
        assert len(workdays.of_year(tx, 2027)) == 1
        with pytest.raises(Invalid):
            workdays.put(tx, date(2027, 5, 1), "feast", "x")


def test_codes_keep_their_order_and_old_entries_their_label(writing: Writing) -> None:
    with writing() as tx:
        rows = [{"code": "b", "label": "乙"}, {"code": "a", "label": "甲", "active": False}]
        codes.replace(tx, "kind", rows)
        codes.put(tx, "kind", "c", "丙", position=9)
        codes.replace_indicators(tx, "set", [{"code": "x", "name": "指标", "maximum": 40}])
    with writing() as tx:
        assert list(codes.labels(tx, "kind").items()) == [("b", "乙"), ("a", "甲"), ("c", "丙")]
        assert [row.code for row in codes.of_kind(tx, "kind", active_only=True)] == ["b", "c"]
        assert codes.kinds(tx) == ["kind"]
        assert codes.indicators(tx, "set")[0].maximum == 40


def test_everything_ships_once_and_edits_stay(writing: Writing) -> None:
    with writing() as tx:
        assert seeding.load(tx) > 500
    with writing() as tx:
        tx.execute(update(Code).where(Code.kind == "city", Code.code == "330100").values(label="改名市"))
        roles.put(tx, code="host", name="依托单位", resolver="case.host", scope="own_host", position=7)
    with writing() as tx:
        assert seeding.load(tx) == 0
        assert codes.labels(tx, "city")["330100"] == "改名市"
        assert roles.coded(tx, "host").position == 7
        assert roles.named(tx, "省科技厅经办").resolver == "org:province"
        assert roles.named(tx, "没有的泳道") is None
        assert len(roles.all_of(tx)) == 15
        assert organisations.get(tx, "province-jd").parent_id == "province"
        assert len(organisations.of_kind(tx, "city_bureau")) == 11
        assert parameters.at(tx, None)["review.formal_days"] == 5
        assert not workdays.calendar(tx).is_workday(date(2026, 10, 1))
        assert sum(row.maximum for row in codes.indicators(tx, "application_joint_rd") if not row.parent) == 100


def test_a_release_is_kept_for_ever_and_found_by_its_day(writing: Writing, today: Today) -> None:
    today("2027-01-01")
    with writing() as tx:
        with pytest.raises(Misconfigured):
            releases.current(tx, date(2027, 1, 1))
        files = {"exit.bpmn": "<a/>", "forms/exit/fill.schema.json": "{}", "forms/exit/fill.ui.json": "{}"}
        first = releases.add(tx, files, effective_from=date(2027, 1, 1), made_by="p", approved_by="q")
        second = releases.add(tx, {**files, "exit.bpmn": "<b/>"}, effective_from=date(2027, 3, 1))
        third = releases.add(tx, files, effective_from=date(2027, 3, 1))
    with writing() as tx:
        assert releases.current(tx, date(2027, 2, 28)).id == first.id
        assert releases.current(tx, date(2027, 3, 1)).id == third.id
        assert [row.id for row in releases.listed(tx)] == [third.id, second.id, first.id]
        manifest = releases.get(tx, second.id).manifest
        assert releases.artefact(tx, manifest["exit.bpmn"]).content == "<b/>"
        assert releases.artefact(tx, manifest["exit.bpmn"]).kind == "diagram"
        with pytest.raises(Missing):
            releases.artefact(tx, "nothing")
        with pytest.raises(Missing):
            releases.get(tx, "nothing")
    with writing() as tx:
        tx.execute(update(Artefact).where(Artefact.hash == manifest["exit.bpmn"]).values(content="<c/>"))
    with writing() as tx, pytest.raises(Misconfigured):
        releases.artefact(tx, manifest["exit.bpmn"])


def test_numbers_run_without_gap_or_repeat(database: Database, writing: Writing) -> None:
    drawn: list[int] = []

    def draw() -> None:
        for _ in range(5):
            with database.writing(Principal.system_("command")) as tx:
                number = numbers.next_of(tx, "accepted", 2027)
            drawn.append(number)

    threads = [threading.Thread(target=draw) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(drawn) == list(range(1, 21))
    with writing() as tx:
        assert numbers.next_of(tx, "accepted", 2028) == 1
        assert numbers.next_of(tx, "base.J", 2027) == 1
