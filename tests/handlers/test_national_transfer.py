"""Rules of 转为国家级 and 登记国家级基地 without a database: dates, choices, what is waited for, what is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from handlers import national, national_base, national_transfer
from handlers.vocabulary import ChangeBase, Deliver, EndBase, RegisterBase, UpdateProceeding
from tests.handlers import desk

BASE = {
    "id": "base-1",
    "name": "青禾新材料国际科技合作基地",
    "host_id": "host-1",
    "recommender_id": "city-330100",
    "designated_on": date(2021, 11, 8),
}
EXIT = {"id": "case-7", "number": "TC-2026-0001", "process": "exit", "started_on": date(2026, 6, 1)}
REVOCATION = {"id": "case-8", "number": "CX-2026-0001", "process": "revocation", "started_on": date(2026, 6, 2)}
CHANGE = {"id": "case-9", "number": "BG-2026-0001", "process": "change", "started_on": date(2026, 6, 3)}
REWARD = {"id": "case-5", "number": "JL-2026-0001", "process": "reward", "started_on": date(2026, 6, 3)}
UNKNOWN = {"id": "case-6", "number": "XX-2026-0001", "process": "audit", "started_on": None}


@dataclass
class Shelf(desk.Shelf):
    """A register that knows the base's open cases."""

    open_rows: list[dict[str, Any]] = field(default_factory=list)

    def open_cases(self, base_id: str) -> list[dict[str, Any]]:
        assert base_id == "base-1"
        return self.open_rows


def case(*open_rows: dict[str, Any], **facts: Any) -> Any:
    return desk.case(Shelf(open_rows=list(open_rows)), **{"base": BASE, "round": {}, "application": {}, **facts})


def content(*others: dict[str, Any], **changes: Any) -> dict[str, Any]:
    own = {"doc_no": "国科发外〔2026〕316号", "recognised_on": "2026-06-10", "effective_on": "2026-06-12"}
    return {**own, "national_type": "joint_centre", "others": list(others), **changes}


def chosen(row: dict[str, Any], choice: str, reason: str = "经核实没有严重情形，予以终止。") -> dict[str, Any]:
    return {"case": row["id"], "choice": choice, "reason": reason}


@pytest.mark.article("24")
def test_form_lists_open_cases_with_what_becomes_of_them():
    rows = national_transfer.prefill(case(EXIT, REVOCATION, CHANGE, REWARD, UNKNOWN)).data["others"]
    assert [(row["name"], row["treatment"]) for row in rows] == [
        ("重大事项变更", "随转出终止"),
        ("取消资格", "由经办决定"),
        ("奖励经费", "继续办理"),
        ("主动退出", "由经办决定"),
        ("audit", "随转出终止"),
    ]


@pytest.mark.article("24")
@pytest.mark.parametrize(
    ("changes", "field_", "said"),
    [
        ({}, "", ""),
        ({"recognised_on": "2026-06-16"}, "recognised_on", "不能晚于今天"),
        ({"recognised_on": "2021-11-07"}, "recognised_on", "不能早于省级认定日期（2021年11月8日）"),
        ({"effective_on": "2026-06-16"}, "effective_on", "不能晚于今天"),
        ({"effective_on": "2026-06-09"}, "effective_on", "不能早于认定日期"),
        ({"recognised_on": "2021-11-08", "effective_on": "2021-11-08"}, "", ""),
    ],
)
def test_dates(changes, field_, said):
    found = desk.errors(national_transfer.check_register(case(forms={"register": content(**changes)})))
    assert said in found[field_] if field_ else found == {}


@pytest.mark.article("24", "22")
@pytest.mark.parametrize(
    ("others", "path"),
    [
        ([], "others.0.choice"),
        ([chosen(EXIT, "end"), chosen(REVOCATION, "wait")], ""),
        ([chosen(EXIT, "wait"), chosen(REVOCATION, "go_on")], ""),
        ([chosen(EXIT, "go_on"), chosen(REVOCATION, "wait")], "others.0.choice"),
        ([chosen(EXIT, "end", ""), chosen(REVOCATION, "wait")], "others.0.reason"),
        ([chosen(EXIT, "end"), chosen(REVOCATION, "end", "没有问题")], "others.1.reason"),
    ],
)
def test_every_exit_and_revocation_is_decided_with_reasons(others, path):
    """第二十四条：转国家级不消除严重情形."""
    forms = {"register": content(*others)}
    found = desk.errors(national_transfer.check_register(case(EXIT, REVOCATION, CHANGE, forms=forms)))
    assert (path in found) if path else found == {}


@pytest.mark.article("24")
def test_what_must_end_first_is_waited_for():
    forms = {"register": content(chosen(EXIT, "wait"))}
    first = national_transfer.weigh(case(EXIT, REVOCATION, CHANGE, forms=forms, today=date(2026, 6, 18)))
    assert first.data == {"waiting": True, "cases": ["case-8", "case-7"], "next_check": "2026-06-22"}
    assert "新开始取消资格（CX-2026-0001）" in desk.told(first, "province_officer")
    again = national_transfer.weigh(case(EXIT, REVOCATION, forms=forms, data={"standing": first.data}))
    assert (again.data["waiting"], list(again.effects)) == (True, [])
    assert not national_transfer.weigh(case(CHANGE, forms=forms)).data["waiting"]
    going_on = {"register": content(chosen(EXIT, "end"), chosen(REVOCATION, "go_on"))}
    assert not national_transfer.weigh(case(EXIT, REVOCATION, forms=going_on)).data["waiting"]


@pytest.mark.article("24", "19")
def test_transfer_writes_the_register_and_ends_what_was_chosen():
    forms = {"register": content(chosen(EXIT, "end"), chosen(REVOCATION, "go_on"), chosen(CHANGE, "end"))}
    outcome = national_transfer.transfer(case(EXIT, REVOCATION, forms=forms))
    (ended,), (changed,) = desk.of(outcome, EndBase), desk.of(outcome, ChangeBase)
    assert (ended.status, ended.on, ended.doc_no) == (national.STATUS, date(2026, 6, 12), "国科发外〔2026〕316号")
    assert (changed.fields, changed.on) == ({"level": "national", "national_type": "joint_centre"}, date(2026, 6, 12))
    assert [effect.to for effect in desk.of(outcome, Deliver)] == ["case-7"]  # what has ended meanwhile needs nothing
    assert desk.of(outcome, UpdateProceeding)[0].fields["event_on"] == date(2026, 6, 10)
    assert "（国际联合研究中心），依据第二十四条，自2026年6月12日起" in desk.told(outcome, "recommender")
    nobody = national_transfer.transfer(case(base={**BASE, "recommender_id": None}, forms={"register": content()}))
    assert desk.told(nobody, "recommender") == ""


@pytest.mark.article("24")
def test_other_ends_say_so():
    cancelled = national_transfer.cancel(case(data={"register": {"outcome": "cancel", "opinion": "文件有误"}}))
    assert desk.of(cancelled, UpdateProceeding)[0].fields == {"note": "取消登记：文件有误"}
    ended = national_transfer.end(case(data={"base_terminal": {"reason": "基地已主动退出"}}))
    assert "基地已主动退出，转国家级的登记终止" in desk.told(ended, "province_officer")


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("changes", "base", "field_", "said"),
    [
        ({}, {}, "", ""),
        ({"recognised_on": "2026-06-16"}, {}, "recognised_on", "不能晚于今天"),
        ({"host_id": "host-9"}, {}, "host_id", "请选择已登记的依托单位"),
        ({}, {"status": "active", "level": "provincial"}, "name", "登记转国家级"),
        ({}, {"status": national.STATUS, "level": "national"}, "name", "不需重复登记"),
        ({}, {"status": "exited", "level": "provincial"}, "", ""),
    ],
)
def test_enrolment(changes, base, field_, said):
    """第十九条：未经省级认定的国家级基地."""
    form = {"host_id": "host-1", "name": "国际联合研究中心", "recognised_on": "2014-11-20", **changes}
    rows = [{"host_id": "host-1", "name": "国际联合研究中心", **base}] if base else []
    shelf = Shelf(base_rows=rows)
    found = desk.errors(national_base.check_register(desk.case(shelf, forms={"register": form})))
    assert said in found[field_] if field_ else found == {}


@pytest.mark.article("19", "24")
def test_enrolled_base_is_the_ministry_s():
    form = {
        "host_id": "host-1",
        "name": "国际联合研究中心",
        "recognised_on": "2014-11-20",
        "doc_no": "国科外字[2014]082号",
        "national_type": "innovation_park",
    }
    outcome = national_base.enrol(desk.case(Shelf(), forms={"register": form}))
    (entry,) = desk.of(outcome, RegisterBase)
    assert (entry.category, entry.doc_no, entry.designated_on) == ("", "国科外字〔2014〕82号", date(2014, 11, 20))
    assert (entry.facts["level"], entry.facts["status"], entry.facts["origin"]) == (
        "national",
        national.STATUS,
        "national",
    )
    assert "国际创新园" in desk.told(outcome, "host")
    assert desk.told(outcome, "recommender") == ""  # this register names none
    assert national.type_name("other") == "other"
