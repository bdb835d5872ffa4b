"""Parameters, calendar, units, experts and lists changed from their pages, with errors in place and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from handlers import uscc
from tests.views.conftest import SYSTEM, World, token
from webapp import clock
from webapp.store import organisations, parameters, people, register, workdays
from webapp.views.desk import Desk

SignIn = Callable[[str], FlaskClient]
NEW_YEAR = "2027-01-01,放假\n2027-02-05~2027-02-11,放假\n2027-02-13,上班\n2027-04-05,放假\n"
NOTICE = NEW_YEAR + "2027-05-01~2027-05-05,放假\n2027-06-09,放假\n2027-09-15,放假\n2027-10-01~2027-10-07,放假\n"


def post(client: FlaskClient, address: str, **fields: object):  # type: ignore[no-untyped-def]  # werkzeug's test response
    data = {
        "csrf_token": token(client, "/account"),
        "command_id": f"reference-test-{clock.now().timestamp()}".replace(".", "-"),
    }
    return client.post(address, data={**data, **fields}, content_type="multipart/form-data")


def tomorrow() -> str:
    return (clock.today() + timedelta(days=1)).isoformat()


def test_a_parameter_is_changed_from_its_page(sign_in: SignIn, app: Desk) -> None:
    officer = sign_in("officer")
    page = officer.get("/parameters/publicity.days").get_data(as_text=True)
    assert "公示期" in page
    assert 'name="valid_from"' in page
    answer = post(officer, "/parameters/publicity.days", value="7", valid_from=tomorrow(), source="浙科外函〔2026〕3号")
    assert answer.status_code == 302
    with app.database.reading(SYSTEM) as tx:
        assert parameters.at(tx, None)["publicity.days"] == 5
        assert parameters.at(tx, clock.today() + timedelta(days=1))["publicity.days"] == 7
    page = officer.get("/parameters/publicity.days").get_data(as_text=True)
    assert "待生效" in page
    assert "人员officer" in page


def test_a_wrong_value_stays_in_the_form(sign_in: SignIn) -> None:
    answer = post(sign_in("officer"), "/parameters/publicity.days", value="七", valid_from=tomorrow(), source="依据")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请填写数字" in page
    assert 'value="七"' in page


@pytest.mark.parametrize(
    ("login", "key", "may"),
    [
        ("sysadmin", "publicity.days", True),
        ("secadmin", "publicity.days", False),
        ("secadmin", "login.max_failures", True),
        ("officer", "login.max_failures", False),
        ("analyst", "publicity.days", False),
    ],
)
def test_only_who_may_sees_the_form_and_is_obeyed(sign_in: SignIn, login: str, key: str, may: bool) -> None:
    client = sign_in(login)
    assert ('name="valid_from"' in client.get(f"/parameters/{key}").get_data(as_text=True)) is may
    answer = post(client, f"/parameters/{key}", value="4", valid_from=tomorrow(), source="依据")
    assert answer.status_code == (302 if may else 403)


def test_unknown_parameters_and_people_without_the_right(sign_in: SignIn) -> None:
    assert sign_in("officer").get("/parameters/no.such").status_code == 404
    assert sign_in("host").get("/parameters/publicity.days").status_code == 403


@pytest.mark.parametrize("key", ["change.roll", "annual_report.reminders", "leader.status", "regulation.effective_on"])
def test_every_kind_of_value_has_its_form(sign_in: SignIn, key: str) -> None:
    page = sign_in("sysadmin").get(f"/parameters/{key}").get_data(as_text=True)
    assert 'name="value"' in page


def test_the_year_is_provisional_until_its_notice_is_imported(sign_in: SignIn, app: Desk) -> None:
    admin = sign_in("sysadmin")
    assert "暂定" in admin.get("/calendar?year=2027").get_data(as_text=True)
    answer = post(admin, "/calendar", year="2027", source="国办发明电〔2026〕7号", rows=NOTICE)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    page = admin.get("/calendar?year=2027").get_data(as_text=True)
    assert "已按通知确定" in page
    assert "国办发明电〔2026〕7号" in page
    with app.database.reading(SYSTEM) as tx:
        assert workdays.calendar(tx).is_workday(date(2027, 2, 13))


def test_bad_lines_are_named_and_nothing_is_imported(sign_in: SignIn, app: Desk) -> None:
    answer = post(
        sign_in("officer"), "/calendar", year="2027", source="通知", rows="2027-13-01,放假\n2027-01-01,休假中"
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "第 1 行" in page
    assert "第 2 行" in page
    assert "2027-13-01,放假" in page
    with app.database.reading(SYSTEM) as tx:
        assert workdays.of_year(tx, 2027) == []


def test_a_make_up_day_in_the_week_is_told_by_its_day(sign_in: SignIn) -> None:
    answer = post(sign_in("officer"), "/calendar", year="2027", source="通知", rows=NOTICE + "2027-03-03,上班")
    assert "2027-03-03 是周一至周五" in answer.get_data(as_text=True)


def test_a_notice_may_be_a_file_in_either_encoding(sign_in: SignIn) -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        given = (BytesIO(NOTICE.encode(encoding)), "2027.csv")
        assert post(sign_in("officer"), "/calendar", year="2027", source="通知", file=given).status_code == 302
    given = (BytesIO(b"\xff\xff\x00\x81"), "2027.csv")
    assert post(sign_in("officer"), "/calendar", year="2027", source="通知", file=given).status_code == 422


@pytest.mark.parametrize(("day", "warned"), [("2026-10-31", False), ("2026-11-01", True)])
def test_next_year_is_missed_from_november_on(
    sign_in: SignIn, today: Callable[[str], object], day: str, warned: bool
) -> None:
    today(day)
    page = sign_in("sysadmin").get("/calendar").get_data(as_text=True)
    assert ("2027 年放假安排尚未导入" in page) is warned


def test_a_unit_s_facts_and_recommender(sign_in: SignIn, app: Desk, world: World) -> None:
    officer = sign_in("officer")
    page = officer.get("/organisations/host-1/edit").get_data(as_text=True)
    assert "改变组织推荐部门" in page
    with app.database.reading(SYSTEM) as tx:
        code = _valid(organisations.get(tx, "host-1").uscc or "")
    given = {"name": "示例依托单位更正", "uscc": code, "city": "330100", "contact_name": "丁一", "active": "1"}
    assert post(officer, "/organisations/host-1/edit", **given, reason="来函").status_code == 302
    answer = post(officer, "/organisations/host-1/edit", **{**given, "uscc": "123"}, reason="来函")
    assert answer.status_code == 422
    assert "18位" in answer.get_data(as_text=True)
    wanted = {"recommender": "city-330200", "valid_from": tomorrow(), "source": "隶属调整"}
    assert post(officer, "/organisations/host-1/recommender", **wanted).status_code == 302
    with app.database.reading(SYSTEM) as tx:
        assert organisations.get(tx, "host-1").name == "示例依托单位更正"
        later = clock.today() + timedelta(days=1)
        assert organisations.recommender_of(tx, "host-1", later) == "city-330200"
    answer = post(officer, "/organisations/host-1/recommender", **{**wanted, "valid_from": "soon"})
    assert answer.status_code == 422


def test_an_expert_s_fields_unit_and_conflicts(sign_in: SignIn, app: Desk) -> None:
    officer = sign_in("officer")
    assert "/people/p-expert/expert" in officer.get("/people?q=expert").get_data(as_text=True)
    page = officer.get("/people/p-expert/expert").get_data(as_text=True)
    field = re.search(r'name="fields" value="([^"]+)"', page)
    assert field
    given = {"fields": field[1], "unit": "示例依托单位2", "conflicts": "某公司\n\n某人", "available": "1"}
    assert post(officer, "/people/p-expert/expert", **given).status_code == 302
    with app.database.reading(SYSTEM) as tx:
        row = people.person(tx, "p-expert")
        assert (row.expert_org, row.expert_conflicts, row.available) == ("host-2", ["某人", "某公司"], True)
    answer = post(officer, "/people/p-expert/expert", unit="", conflicts="保留")
    assert answer.status_code == 422
    assert "保留" in answer.get_data(as_text=True)


def test_the_list_of_dishonest_units(sign_in: SignIn, app: Desk) -> None:
    officer, code = sign_in("officer"), _valid("91330000MA27U00015")
    answer = post(officer, "/dishonesty", rows=f"代码,名称\n{code},示例公司,科研失信,2026-05-01", source="科技部 2026")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert "示例公司" in officer.get("/dishonesty").get_data(as_text=True)
    with app.database.reading(SYSTEM) as tx:
        assert [row.uscc for row in register.dishonest(tx)] == [code]
    answer = post(officer, "/dishonesty", rows=f"{code},\nx,y", source="科技部")
    assert answer.status_code == 422
    assert "第 2 行" in answer.get_data(as_text=True)


def test_a_delegation_is_ended_by_its_giver_not_by_its_taker(sign_in: SignIn, app: Desk) -> None:
    given = []
    with app.database.writing(SYSTEM) as tx:
        for _ in range(2):
            facts = {"role": "province_officer", "org_id": "province", "valid_from": clock.today()}
            facts |= {"from_person": "p-officer", "to_person": "p-division_head", "valid_to": date(2099, 1, 1)}
            given.append(people.delegate(tx, **facts))
    assert "撤销代理" in sign_in("officer").get("/account").get_data(as_text=True)
    assert "撤销代理" not in sign_in("division_head").get("/account").get_data(as_text=True)
    assert post(sign_in("division_head"), f"/account/delegations/{given[0]}/end").status_code == 403
    assert post(sign_in("host"), f"/account/delegations/{given[0]}/end").status_code == 404
    assert post(sign_in("officer"), f"/account/delegations/{given[0]}/end").status_code == 302
    assert f"/account/delegations/{given[1]}/end" in sign_in("sysadmin").get("/people/p-officer").get_data(as_text=True)
    assert (
        post(sign_in("sysadmin"), f"/account/delegations/{given[1]}/end", back="/people/p-officer").status_code == 302
    )
    with app.database.reading(SYSTEM) as tx:
        assert not [seat for seat in people.seats_of(tx, "p-division_head") if seat.acted_for]


def _valid(code: str) -> str:
    """The code with check characters that hold."""
    head = code[:8] + code[8:16] + uscc.organisation_check(code[8:16])
    return head + uscc.check(head)
