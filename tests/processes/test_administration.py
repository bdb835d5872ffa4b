"""What administrators change reaches the running cases, is on record, and is refused to everybody else."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from handlers.workdays import statutory_days
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.engine import administration
from webapp.errors import Forbidden, Invalid, Missing, Rejected
from webapp.store import codes, journal, organisations, parameters, people, register, workdays
from webapp.store.principal import Principal, Seat

_ids = count(1)


def seated(role: str, org: str = "province", person: str = "") -> Principal:
    """Somebody in that role."""
    seat = Seat(id=f"s-{role}", person_id=person or f"p-{role}", role=role, org_id=org)
    return Principal(person_id=person or f"p-{role}", name=role, seats=(seat,), seat=seat)


SYSADMIN, SECADMIN, OFFICER = seated("sysadmin"), seated("secadmin"), seated("province_officer")


def does(story: Story, verb: str, actor: Principal, *args: Any, **more: Any) -> Any:
    """The command, in its own transaction; then the worker comes to rest."""
    with story.database.writing(SYSTEM) as tx:
        answer = getattr(administration, verb)(tx, actor, *args, command_id=f"administration-{next(_ids):04d}", **more)
    story.works()
    return answer


def entries(story: Story, object_id: str) -> list[Any]:
    with story.database.reading(SYSTEM) as tx:
        return list(journal.of_object(tx, object_id))


def notice(year: int, *more: date, makeup: tuple[date, ...] = ()) -> list[tuple[date, str]]:
    """A notice with the statutory days, some more days off and some make-up days."""
    rows = [(day, "holiday") for day in sorted(statutory_days(year) | set(more))]
    return rows + [(day, "makeup") for day in makeup]


# ------------------------------------------------------------------------------------------------- calendar


def test_a_holiday_notice_moves_the_limits_of_running_cases(story: Story) -> None:
    """导入放假通知后，在办事项的时限、提醒、计时一并重算，原值与新值入留痕。"""
    story.opened_round()
    case_id = story.submits()
    before = story.task(case_id, "recommender_review").due_on
    with story.database.reading(SYSTEM) as tx:
        known = [(row.day, row.kind) for row in workdays.of_year(tx, 2026)]
    off = date.fromordinal(before.toordinal())
    assert off.weekday() < 5
    answer = does(story, "import_holidays", SYSADMIN, 2026, [*known, (off, "holiday")], "测试通知")
    assert answer.notes["changed"] == 1
    assert answer.notes["renewed"] >= 2
    after = story.task(case_id, "recommender_review").due_on
    assert after > before
    renewed = [row for row in story.journal(case_id) if row.action == "renew_limits"]
    moved = json.loads(renewed[-1].after)["recommender_review"]
    assert moved == {"old": before.isoformat(), "new": after.isoformat()}
    entry = entries(story, "calendar:2026")[-1]
    assert json.loads(entry.after)[off.isoformat()] == "holiday"
    assert entry.actor == "p-sysadmin"


def test_the_same_import_twice_tells_the_cases_once(story: Story) -> None:
    story.opened_round()
    given = ("import_holidays-same-command", notice(2027))
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            answer = administration.import_holidays(tx, SYSADMIN, 2027, given[1], "通知", command_id=given[0])
        assert answer.notes["renewed"] == 1
    assert len(entries(story, "calendar:2027")) == 1
    with story.database.reading(SYSTEM) as tx:
        assert not workdays.calendar(tx).is_provisional(2027)


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        (notice(2027)[:-1], "rows"),
        ([*notice(2027), (date(2027, 3, 3), "makeup")], "rows.14"),
        ([*notice(2027), (date(2027, 3, 6), "half")], "rows.14"),
        ([*notice(2027), (date(2027, 1, 1), "holiday")], "rows.14"),
        ([*notice(2027), (date(2028, 3, 6), "holiday")], "rows.14"),
    ],
)
def test_a_wrong_notice_changes_nothing(story: Story, rows: list[tuple[date, str]], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        does(story, "import_holidays", SYSADMIN, 2027, rows, "通知")
    assert set(refusal.value.fields) == {field}
    with story.database.reading(SYSTEM) as tx:
        assert workdays.of_year(tx, 2027) == []


def test_a_notice_needs_its_source_and_an_administrator(story: Story) -> None:
    with pytest.raises(Invalid) as refusal:
        does(story, "import_holidays", SYSADMIN, 2027, notice(2027), " ")
    assert "source" in refusal.value.fields
    for nobody in (seated("recommender", "city-330100"), SECADMIN, seated("analyst"), seated("host", "host-jhsf")):
        with pytest.raises(Forbidden):
            does(story, "import_holidays", nobody, 2027, notice(2027), "通知")


def test_a_parked_case_stays_parked_until_its_cause_is_gone(story: Story) -> None:
    """A notice does not make a case look solved that still cannot go on."""
    story.opened_round()
    case_id = story.drafts()
    story.affiliates("host-jhsf", None)
    story.does(case_id, "fill", "submit", story.content("host-jhsf"))
    story.approves(case_id)
    assert story.case(case_id).status == "incident"
    with story.database.reading(SYSTEM) as tx:
        known = [(row.day, row.kind) for row in workdays.of_year(tx, 2026)]
    does(story, "import_holidays", SYSADMIN, 2026, known, "更正通知")
    assert story.case(case_id).status == "incident"
    assert [row.status for row in story.incidents(case_id)] == ["open"]


# ----------------------------------------------------------------------------------------------- parameters


def test_a_current_parameter_moves_limits_at_once_and_a_pinned_one_never(story: Story) -> None:
    story.opened_round()
    case_id = story.submits()
    before = story.task(case_id, "recommender_review").due_on
    does(story, "set_parameter", SYSADMIN, "review.recommender_days", 3, tomorrow(), "浙科外函〔2026〕1号")
    assert story.task(case_id, "recommender_review").due_on == before
    with story.database.writing(SYSTEM) as tx:
        parameters.put(tx, "review.recommender_days", 10, date(2004, 1, 2), source="测试", current=True)
    answer = does(story, "set_parameter", OFFICER, "review.recommender_days", 3, today(), "浙科外函〔2026〕2号")
    assert answer.notes["renewed"] >= 2
    assert story.task(case_id, "recommender_review").due_on < before
    assert [row.action for row in entries(story, "parameter:review.recommender_days")][-2:] == [
        "parameter.set",
        administration.RENEWED,
    ]


def test_a_current_value_for_later_reaches_the_cases_on_its_day(story: Story) -> None:
    story.opened_round()
    case_id = story.submits()
    with story.database.writing(SYSTEM) as tx:
        parameters.put(tx, "review.recommender_days", 10, date(2004, 1, 2), source="测试", current=True)
    before = story.task(case_id, "recommender_review").due_on
    later = tomorrow()
    does(story, "set_parameter", OFFICER, "review.recommender_days", 3, later, "通知")
    assert renew_due(story) == 0
    assert story.task(case_id, "recommender_review").due_on == before
    story.days_pass(1)
    assert renew_due(story) == 1
    assert story.task(case_id, "recommender_review").due_on < before
    assert renew_due(story) == 0


@pytest.mark.parametrize(
    ("key", "value", "days", "field"),
    [
        ("publicity.days", "五", 1, "value"),
        ("publicity.days", True, 1, "value"),
        ("publicity.days", -1, 1, "value"),
        ("publicity.days", 2.5, 1, "value"),
        ("publicity.days", 5, 1, "value"),  # as it is
        ("publicity.days", 7, 0, "valid_from"),  # would change cases begun today
        ("attachment.max_mb", 20, -1, "valid_from"),
        ("attachment.max_mb", 5000, 0, "value"),
        ("annual_report.due", "02-31x", 0, "value"),
        ("annual_report.reminders", ["x"], 1, "value"),
        ("change.roll", 1, 1, "value"),
        ("leader.status", "maybe", 1, "value"),
    ],
)
def test_a_value_that_cannot_be_is_refused(story: Story, key: str, value: Any, days: int, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        does(story, "set_parameter", SYSADMIN, key, value, today() + timedelta(days=days), "依据")
    assert set(refusal.value.fields) == {field}
    assert entries(story, f"parameter:{key}") == []


def test_security_limits_are_the_security_administrator_s(story: Story) -> None:
    with pytest.raises(Forbidden):
        does(story, "set_parameter", SYSADMIN, "login.max_failures", 4, today(), "依据")
    does(story, "set_parameter", SECADMIN, "login.max_failures", 4, today(), "依据")
    with pytest.raises(Forbidden):
        does(story, "set_parameter", SECADMIN, "publicity.days", 7, tomorrow(), "依据")
    with pytest.raises(Invalid):
        does(story, "set_parameter", SECADMIN, "log.keep_days", 30, today(), "依据")
    with pytest.raises(Missing):
        does(story, "set_parameter", SYSADMIN, "no.such", 1, today(), "依据")
    with pytest.raises(Invalid) as refusal:
        does(story, "set_parameter", SYSADMIN, "attachment.max_mb", 20, today(), "")
    assert set(refusal.value.fields) == {"source"}


# -------------------------------------------------------------------------------------------- organisations


def test_a_unit_s_facts_change_on_record_with_personal_values_apart(story: Story) -> None:
    changes = {"registered_address": "杭州市西湖区示例路 8 号", "contact_name": "丁一", "contact_phone": "13900000000"}
    does(story, "edit_organisation", OFFICER, "host-jhsf", changes, "单位来函")
    with story.database.reading(SYSTEM) as tx:
        assert organisations.get(tx, "host-jhsf").contact_name == "丁一"
    entry = entries(story, "organisation:host-jhsf")[-1]
    assert json.loads(entry.after) == {"registered_address": "杭州市西湖区示例路 8 号"}
    assert "13900000000" not in (entry.after or "") + (entry.before or "")
    with story.database.reading(SYSTEM) as tx:
        assert journal.values_of(tx, [entry.id])[entry.id]["contact_name"] == "丁一"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uscc": "913300"}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"name": "甲"}, "name"),
        ({"city": "999999"}, "city"),
        ({"founded_on": date(2999, 1, 1)}, "founded_on"),
        ({}, "reason"),
    ],
)
def test_wrong_facts_of_a_unit_are_refused(story: Story, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        does(story, "edit_organisation", SYSADMIN, "host-jhsf", changes, "来函")
    assert set(refusal.value.fields) == {field}


def test_a_code_that_another_unit_has_is_refused(story: Story) -> None:
    with story.database.reading(SYSTEM) as tx:
        other = organisations.get(tx, "host-qjdx").uscc
    with pytest.raises(Invalid) as refusal:
        does(story, "edit_organisation", SYSADMIN, "host-jhsf", {"uscc": other}, "来函")
    assert "另一单位" in refusal.value.fields["uscc"]


def test_a_new_recommender_holds_from_its_day_and_running_applications_stay(story: Story) -> None:
    story.opened_round()
    case_id = story.submits()
    host, old = story.case(case_id).host_id, story.case(case_id).recommender_id
    later = tomorrow()
    does(story, "set_recommender", OFFICER, host, "city-330200", later, "隶属关系调整")
    with story.database.reading(SYSTEM) as tx:
        assert organisations.recommender_of(tx, host, today()) == old
        assert organisations.recommender_of(tx, host, later) == "city-330200"
    assert story.case(case_id).recommender_id == old
    with pytest.raises(Invalid):
        does(story, "set_recommender", OFFICER, host, "city-330200", later, "再来一次")
    does(story, "set_recommender", OFFICER, host, "city-330300", later, "更正")
    with story.database.reading(SYSTEM) as tx:
        assert organisations.recommender_of(tx, host, later) == "city-330300"
        assert len(organisations.bonds(tx, host)) == 2
    for wrong in ("host-qjdx", "province"):
        with pytest.raises(Invalid):
            does(story, "set_recommender", OFFICER, host, wrong, later, "x")
    with pytest.raises(Forbidden):
        does(story, "set_recommender", seated("host_admin", host), host, "city-330200", later, "x")
    with pytest.raises(Rejected):
        does(story, "set_recommender", OFFICER, "city-330200", "city-330300", later, "x")


# ---------------------------------------------------------------------------------- experts, lists, deputies


def test_what_matching_reads_of_an_expert(story: Story) -> None:
    expert = story.active_experts()[0]
    facts = {"fields": ["biomedicine"], "unit": "示例大学", "conflicts": [" 示例公司 ", ""], "available": False}
    with story.database.reading(SYSTEM) as tx:
        facts["fields"] = [next(iter(codes.labels(tx, "field")))]
    does(story, "edit_expert", OFFICER, expert, **facts)
    with story.database.reading(SYSTEM) as tx:
        row = next(each for each in register.View(tx, today()).experts() if each["id"] == expert)
    assert (row["org_name"], row["conflicts"], row["available"]) == ("示例大学", ["示例公司"], False)
    for wrong in ({"fields": []}, {"fields": ["x"]}, {"unit": " "}):
        with pytest.raises(Invalid):
            does(story, "edit_expert", OFFICER, expert, **{**facts, **wrong})
    with pytest.raises(Forbidden):
        does(story, "edit_expert", seated("expert", person=expert), expert, **facts)


def test_the_list_of_dishonest_units_is_exactly_what_was_imported(story: Story) -> None:
    with story.database.reading(SYSTEM) as tx:
        code, other = (organisations.get(tx, each).uscc for each in ("host-jhsf", "host-qjdx"))
    first = [{"uscc": each, "name": "甲", "list": "科研失信", "on": None} for each in (code, other)]
    assert does(story, "import_dishonesty", OFFICER, first, "2026年6月").notes["added"] == 2
    answer = does(story, "import_dishonesty", OFFICER, first[:1], "2026年7月")
    assert (answer.notes["added"], answer.notes["removed"]) == (0, 1)
    with story.database.reading(SYSTEM) as tx:
        view = register.View(tx, today())
        assert view.dishonesty(code)["list"] == "科研失信"
        assert view.dishonesty(other) is None
    with pytest.raises(Invalid):
        does(story, "import_dishonesty", OFFICER, [{"uscc": "1", "name": "甲"}], "x")
    with pytest.raises(Forbidden):
        does(story, "import_dishonesty", SYSADMIN, first, "x")


def test_a_delegation_ends_when_its_giver_says_so(story: Story) -> None:
    with story.database.writing(SYSTEM) as tx:
        given = people.delegate(
            tx,
            from_person="p-officer",
            to_person="p-head",
            role="province_officer",
            org_id="province",
            valid_from=today(),
            valid_to=date(2099, 1, 1),
        )
    assert any(seat.acted_for for seat in story.person("p-head").seats)
    with pytest.raises(Forbidden):
        does(story, "end_delegation", seated("division_head", person="p-head"), given)
    does(story, "end_delegation", seated("province_officer", person="p-officer"), given)
    assert not any(seat.acted_for for seat in story.person("p-head").seats)
    assert entries(story, "person:p-officer")[-1].action == "delegation.end"
    with pytest.raises(Rejected):
        does(story, "end_delegation", SYSADMIN, given)


def renew_due(story: Story) -> int:
    with story.database.writing(SYSTEM) as tx:
        found = administration.renew_due(tx, Principal.system_("worker"))
    story.works()
    return found


def today() -> date:
    return clock.today()


def tomorrow() -> date:
    return today() + timedelta(days=1)
