"""三年内不得再次申报: the first and last day, whom each scope keeps out, what a lifted ban does not (domain.md 3.1, 3.4)."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import bans
from tests.handlers import desk, given

OTHER = "91330300MAXXXX0660"
BAN = {"uscc": given.COMPANY, "host_id": "host-1", "scope": "host", "doc_no": "浙科发外〔2026〕9号", "leader": "周远",
       "base_name": "旧基地", "field_code": "life_health", "starts_on": date(2026, 4, 10),
       "ends_on": date(2029, 4, 10), "rescinded_on": None}  # fmt: skip
WISH = {"uscc": given.COMPANY, "base_name": "新基地", "leader": "吴岚", "field_code": "new_materials"}


def ban(**changes):
    return {**BAN, **changes}


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("policy", "begins_on"),
    [
        ("document_date", date(2026, 4, 10)),
        ("service_date", date(2026, 4, 16)),
        ("effective_date", date(2026, 5, 1)),
        ("anything else", date(2026, 4, 10)),
    ],
)
def test_a_ban_begins_on_the_day_that_the_parameter_names(policy, begins_on):
    """第二十二条：默认自决定成文之日起算。"""
    assert bans.start(policy, date(2026, 4, 10), date(2026, 4, 16), date(2026, 5, 1)) == begins_on


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("decided", "last", "allowed"),
    [
        (date(2026, 4, 10), date(2029, 4, 10), date(2029, 4, 11)),
        (date(2028, 2, 29), date(2031, 2, 28), date(2031, 3, 1)),
        (date(2027, 12, 31), date(2030, 12, 31), date(2031, 1, 1)),
    ],
)
def test_a_ban_runs_three_years(decided, last, allowed):
    """第十八条、第二十二条：三年内不得再次申报。"""
    period = bans.period(desk.case(), decided)
    assert (period.ends_on, period.first_day_allowed) == (last, allowed)


@pytest.mark.article("22")
def test_years_are_a_parameter():
    assert bans.period(desk.case(parameters={"ban.years": 2}), date(2026, 4, 10)).ends_on == date(2028, 4, 10)


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("change", "wish", "kept_out"),
    [
        ({}, {}, True),
        ({"scope": "base"}, {}, False),
        ({"scope": "base"}, {"base_name": "旧基地"}, True),
        ({"scope": "base"}, {"leader": "周远"}, True),
        ({"scope": "base"}, {"field_code": "life_health"}, True),
        ({"scope": "host_and_leader"}, {}, True),
        ({"scope": "host_and_leader"}, {"uscc": OTHER, "leader": "周远"}, True),
        ({"scope": "host_and_leader"}, {"uscc": OTHER}, False),
        ({"scope": "host"}, {"uscc": OTHER, "leader": "周远"}, False),
        ({"rescinded_on": date(2026, 6, 15)}, {}, False),
        ({"rescinded_on": date(2026, 6, 16)}, {}, True),
        ({"starts_on": date(2026, 6, 16)}, {}, False),
        ({"ends_on": date(2026, 6, 15)}, {}, True),
        ({"ends_on": date(2026, 6, 14)}, {}, False),
    ],
)
def test_scope_and_rescission_say_who_is_kept_out(change, wish, kept_out):
    """domain.md 3.4：限制范围逐案决定；已解除的不再限制；到期次日可以申报。"""
    case = desk.case(desk.Shelf(ban_rows=[ban(**change)]))
    assert bool(bans.hitting(case, {**WISH, **wish})) is kept_out


@pytest.mark.article("22")
def test_a_ban_follows_the_code_however_it_is_typed():
    case = desk.case(desk.Shelf(ban_rows=[BAN]))
    assert bans.hitting(case, {**WISH, "uscc": given.COMPANY}) == [BAN]
    assert bans.hits(case, BAN, {**WISH, "uscc": given.COMPANY.lower()})


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("scope", "stopped"),
    [("host", ["case-1", "case-3"]), ("base", ["case-3"]), ("host_and_leader", ["case-1", "case-2", "case-3"])],
)
def test_open_applications_within_the_scope_are_stopped(scope, stopped):
    """domain.md 3.4：申报途中开始限制的，受限的在办申报终止。"""
    rows = [
        desk.application(1, uscc=given.COMPANY),
        desk.application(2, leader="周远"),
        desk.application(3, uscc=given.COMPANY, base_name="旧基地"),
        desk.application(5, uscc=given.COMPANY, base_name="旧基地", status="refused"),
    ]
    case = desk.case(desk.Shelf(application_rows=rows))
    found = bans.open_wishes(case, ban(scope=scope), ended=("refused",))
    assert [row["id"] for row in found] == stopped


@pytest.mark.article("22")
def test_the_ban_is_told_with_its_last_day():
    assert bans.told(BAN, given.COMPANY) == (
        "贵单位因浙科发外〔2026〕9号自2026年4月10日起三年内不得申报，2029年4月11日起可再次申报。"
    )
    assert bans.told(BAN, OTHER).startswith("负责人周远因浙科发外〔2026〕9号")
    assert "限制申报期" in bans.told({**BAN, "ends_on": None}, given.COMPANY)
