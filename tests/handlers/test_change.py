"""Rules of 变更 without a database: limits, items, re-checks, what is written; refused and late cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from handlers import change, change_decision, change_record, change_request, change_review, change_rules
from handlers.vocabulary import (
    BpmnError,
    Case,
    ChangeBase,
    ChangeHost,
    ClearMark,
    IssueDocument,
    RaiseMark,
    StartCase,
    UpdateProceeding,
)
from handlers.workdays import Workdays
from tests.handlers import desk, given
from webapp.store.seed import workdays as notices

CALENDAR = Workdays(notices.notices())
D = date.fromisoformat
TODAY = D("2026-06-15")
BASE = {
    "id": "base-1",
    "code": "ZJGH-2024-J001",
    "name": "青禾新材料国际科技合作基地",
    "category": "joint_rd",
    "host_id": "host-1",
    "leader": "周远",
    "city": "330100",
    "recommender_id": "city-330100",
    "field_code": "new_materials",
    "designated_on": D("2024-03-01"),
    "status": "active",
    "application_id": "application-1",
}
ORGANISATIONS = {
    "city-330100": {"id": "city-330100", "name": "杭州市科学技术局", "kind": "city_bureau", "city": "330100"},
    "city-330200": {"id": "city-330200", "name": "宁波市科学技术局", "kind": "city_bureau", "city": "330200"},
    "dept-jyt": {"id": "dept-jyt", "name": "浙江省教育厅", "kind": "competent_dept"},
    "province-fg": {"id": "province-fg", "name": "政策法规处"},
}
HOST = {**desk.ORGANISATIONS["host-1"], "host_kind": "enterprise", "entity_type": "company"}
HOST |= {"registered_address": "浙江省杭州市滨江区江南大道1号"}


@dataclass
class Shelf(desk.Shelf):
    """The register, with what procedures about a base read."""

    base_rows: list[dict[str, Any]] = field(default_factory=lambda: [dict(BASE)])
    summaries: list[dict[str, Any]] = field(default_factory=list)
    mark_rows: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    application: dict[str, Any] = field(default_factory=given.form)

    def organisation(self, org_id: str) -> dict[str, Any] | None:
        return ORGANISATIONS.get(org_id)

    def submitted(self, case_id: str) -> dict[str, Any]:
        return {"application": self.application} if case_id == "application-1" and self.application else {}

    def proceedings(self, **where: Any) -> list[dict[str, Any]]:
        return [row for row in self.summaries if all(row.get(key) == value for key, value in where.items())]

    def marks(self, base_id: str, *, open_only: bool = True) -> list[dict[str, Any]]:
        return self.mark_rows

    def open_cases(self, base_id: str) -> list[dict[str, Any]]:
        return [{"id": row["id"], "number": f"BG-{row['id']}"} for row in self.summaries]

    def host_with(self, uscc: str) -> dict[str, Any] | None:
        return self.hosts.get(uscc)


def request(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "event_date": "2026-06-01", "influence": "none", **fields}


def case(form: dict[str, Any], shelf: Shelf | None = None, **facts: Any) -> Case:
    known: dict[str, Any] = {
        "id": "case-5",
        "process": "change",
        "number": "BG-2026-0005",
        "base": dict(BASE),
        "host": HOST,
        "round": {},
        "application": {},
        "calendar": CALENDAR,
        "forms": {"change_request": form, **facts.pop("forms", {})},
    }
    return desk.case(shelf or Shelf(), **{**known, **facts})


def routed(form: dict[str, Any], shelf: Shelf | None = None, **facts: Any) -> Case:
    """The case once the table has named its rules."""
    plain = case(form, shelf)
    data = {"change": dict(change.register_request(plain).data), **change_request.route(plain, form)}
    return case(form, shelf, **{**facts, "data": {**data, **facts.get("data", {})}})


def statuses(form: dict[str, Any], shelf: Shelf | None = None) -> dict[str, str]:
    found = change_review.findings_now(routed(form, shelf))
    return {finding.rule_id: finding.status for finding in found}


# ---------------------------------------------------------------------------------------------- the limit

VECTORS = [
    ("2026-01-14", "2026-02-14"),  # a Saturday, but a make-up working day
    ("2026-01-15", "2026-02-24"),  # Spring Festival
    ("2026-01-31", "2026-02-28"),
    ("2025-12-31", "2026-02-02"),
    ("2026-04-04", "2026-05-06"),
    ("2026-08-20", "2026-09-20"),  # a make-up Sunday
    ("2026-08-31", "2026-09-30"),
    ("2026-09-01", "2026-10-08"),
    ("2027-01-31", "2027-03-01"),  # no notice yet: provisional
    ("2028-01-31", "2028-02-29"),
]


@pytest.mark.article("16")
@pytest.mark.parametrize(("event", "due"), VECTORS)
def test_due_day_is_a_month_after_the_event_rolled(event, due):
    """第十六条：变更事项发生一个月内，末日遇休息日顺延；当日不逾期，次日逾期一天."""
    form = request("direction", event_date=event)
    on_time = case(form, today=D(due))
    assert change_request.due_on(on_time, form) == D(due)
    assert change_request.late(on_time, form) is False
    behind = case(form, today=D(due) + timedelta(days=1))
    assert (change_request.late(behind, form), change_request.days_late(behind, form)) == (True, 1)
    assert "晚于规定期限1天，请说明原因" in change_request.deadline_note(behind, form)


@pytest.mark.article("16")
def test_limit_follows_the_parameters():
    """第十六条：期限、是否顺延为参数；发生日期未填的没有期限."""
    form = request("direction", event_date="2026-01-15")
    strict = case(form, parameters={"change.period_months": 2, "change.roll": False})
    assert change_request.due_on(strict, form) == D("2026-03-15")
    assert change_request.due_on(strict, {"kind": "direction"}) is None
    assert change_request.late(strict, {"kind": "direction"}) is None
    assert change_request.deadline_note(strict, {}) == ""


@pytest.mark.article("16")
def test_first_submission_decides_whether_it_is_late():
    """第十六条：补正后再次提交的，逾期与否按首次提交之日."""
    form = request("direction", event_date="2026-05-20")
    again = case(form, today=D("2026-07-10"), proceeding={"submitted_on": D("2026-06-15")})
    assert change_request.late(again, form) is False
    (written,) = desk.of(change.register_request(again), UpdateProceeding)
    assert written.fields["submitted_on"] == D("2026-06-15")


@forall(st.dates(D("2024-03-01"), D("2030-12-31")))
def test_every_event_has_a_due_day_after_it(event):
    """No day of an event is without a limit, whatever the calendar knows."""
    form = request("direction", event_date=event.isoformat())
    due = change_request.due_on(case(form, today=event), form)
    assert due is not None
    assert timedelta(days=27) < due - event < timedelta(days=60)
    assert CALENDAR.is_workday(due)


# ---------------------------------------------------------------------------------------------- checks


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("event", "said"), [("2026-06-16", "不能晚于今天"), ("2024-02-29", "不能早于认定日期"), ("2024-03-01", "")]
)
def test_day_of_the_event(event, said):
    """domain.md 3.7 第7项."""
    checked = desk.errors(change.check_request(case(request("other", other_item="场地", event_date=event))))
    assert said in checked.get("event_date", "") if said else "event_date" not in checked


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("form", "place"),
    [
        (request("base_name", new_base_name=BASE["name"]), "new_base_name"),
        (request("leader", new_leader={"name": "周远", "full_time": True}), "new_leader"),
        (request("category", new_category="joint_rd"), "new_category"),
        (request("core_team"), "team_joined"),
        (request("partner", partner_action="add", partner_new=given.partner("Delta Institute", "NLD")), "partner_new"),
        (request("partner", partner_action="remove", partner_removed="Nobody"), "partner_removed"),
    ],
)
def test_nothing_new_is_refused(form, place):
    """第十六条：与现登记内容相同、与名单不符的不能提交."""
    assert place in desk.errors(change.check_request(case(form)))


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        (request("leader"), {"kind": "leader", "items": ["leader"]}, True),
        (request("leader"), {"kind": "direction", "items": ["direction"]}, False),
        (request("other", other_item="共建 单位"), {"kind": "other", "items": ["other:共建单位"]}, True),
        (request("other", other_item="场地"), {"kind": "other", "items": ["other:共建单位"]}, False),
        (
            request("partner", partner_action="remove", partner_removed="DELTA Institute"),
            {"kind": "partner", "items": ["partner:deltainstitute"]},
            True,
        ),
    ],
)
def test_open_changes_of_the_same_item(mine, theirs, clash):
    """domain.md 3.6：同一事项拒绝，其他事项允许；他基地的不影响."""
    row = {"id": "case-3", "base_id": "base-1", "process": "change", "kind": theirs["kind"], "ended_on": None}
    row["facts"] = {"items": theirs["items"]}
    said = desk.errors(change.check_request(case(mine, Shelf(summaries=[row])))).get("kind", "")
    assert ("正在办理（BG-case-3）" in said) is clash
    other = {**row, "base_id": "base-2"}
    assert "kind" not in desk.errors(change.check_request(case(mine, Shelf(summaries=[other]))))


def test_of_two_handed_in_at_once_the_later_number_yields():
    """两件同时提交的，编号在后的一件在审核时被指出；编号在前的照常."""
    row = {"base_id": "base-1", "process": "change", "kind": "leader", "ended_on": None, "facts": {"items": ["leader"]}}
    own = {"submitted_on": TODAY, "facts": {"items": ["leader"]}}
    earlier = case(request("leader"), Shelf(summaries=[{**row, "id": "case-3"}]), proceeding=own)
    later = case(request("leader"), Shelf(summaries=[{**row, "id": "case-9"}]), proceeding=own)
    assert len(change_rules.rivals(earlier, request("leader"))) == 1
    assert change_rules.rivals(later, request("leader")) == []
    assert (
        "先于本申请办理"
        in desk.errors(change_review.check_department(routed(request("leader"), earlier.register, proceeding=own)))[""]
    )


# ---------------------------------------------------------------------------------------------- re-checks


@pytest.mark.article("16")
def test_name_must_be_free():
    """第十六条：名称被其他在管基地使用或申请中的不能用；已终止基地的名称可以用."""
    name = "海岳国际科技合作基地"
    other = {"id": "base-2", "name": name, "status": "active", "host_name": "海岳科技"}
    form = request("base_name", new_base_name=name)
    assert statuses(form) == {"N1": "pass"}
    assert statuses(form, Shelf(base_rows=[dict(BASE), other])) == {"N1": "reject"}
    assert statuses(form, Shelf(base_rows=[dict(BASE), {**other, "status": "exited"}])) == {"N1": "pass"}
    row = {"id": "case-2", "base_id": "base-7", "process": "change", "kind": "base_name", "ended_on": None}
    asked = {**row, "title": "另一基地", "facts": {"items": ["base_name"], "new": name}}
    assert statuses(form, Shelf(summaries=[asked])) == {"N1": "reject"}


@pytest.mark.article("7(1)", "8(1)")
def test_new_leader():
    """第七条（一）、第八条（一）：在岗与兼任；高校、科研机构的项目负责人关系."""
    led = {"name": "林岚", "full_time": True}
    academic = Shelf(application=given.academic())
    institute = {**HOST, "host_kind": "research_institute"}
    form = request("leader", new_leader=led)
    found = change_rules.check(case(form, academic, host=institute), form, "C14,J1b", {})
    assert {each.rule_id: each.status for each in found} == {"C14": "pass", "J1b": "explain"}
    own = request("leader", new_leader=led, leader_projects=[{"name": "省重点", "level": "provincial"}])
    found = change_rules.check(case(own, academic, host=institute), own, "C14,J1b", {})
    assert {each.rule_id: each.status for each in found} == {"C14": "pass", "J1b": "pass"}
    busy = Shelf(base_rows=[dict(BASE), {"id": "base-2", "name": "乙基地", "leader": "林岚", "status": "active"}])
    assert statuses(form, busy)["C14"] == "explain"
    legacy = case(form, Shelf(application={}), host=institute, base={**BASE, "application_id": None})
    assert {each.rule_id: each.status for each in change_rules.check(legacy, form, "C14,J1b", {})}["J1b"] == "manual"


@pytest.mark.article("8(2)", "25")
@pytest.mark.parametrize(
    ("new", "status"),
    [
        (given.partner("Nova", "FRA"), "pass"),
        (given.partner("Harbour", "MAC"), "pass"),
        (given.partner("沪上研究所", "CHN"), "reject"),
        (given.partner("Nova", "FRA", agreements=[]), "reject"),
        (given.partner("Nova", "FRA", agreements=[{"signed_on": "2020-01-01", "expires_on": "2026-06-14", "related": True}]), "reject"),
        (given.partner("Nova", "FRA", agreements=[{"signed_on": "2020-01-01", "related": False}]), "manual"),
    ],
)  # fmt: skip
def test_new_partner(new, status):
    """第八条（二）、第二十五条：海外机构、协议在有效期内；港澳台机构计入."""
    assert statuses(request("partner", partner_action="add", partner_new=new)) == {"P1": status}


@pytest.mark.article("8(2)", "7(2)")
def test_fewer_partners():
    """第八条（二）：减少后少于三个的须说明；一个不剩的不符合（第七条第二项）；开放服务类只看第七条."""
    form = request("partner", partner_action="remove", partner_removed="Delta Institute")
    assert statuses(form) == {"J6": "explain", "C6": "pass"}
    only = Shelf(application=given.form(partners=[given.partner("Delta Institute", "NLD")]))
    assert statuses(form, only) == {"J6": "reject", "C6": "reject"}
    service = case(form, base={**BASE, "category": "open_service"})
    assert [each.rule_id for each in change_rules.check(service, form, "J6,C6", {})] == ["C6"]


@pytest.mark.article("16")
def test_renamed_host_keeps_its_code():
    """第十六条：更名不改变统一社会信用代码；空格、小写不影响."""
    assert statuses(request("host_name", new_host_name="新名", new_host_uscc=f" {given.COMPANY.lower()} ")) == {
        "H1": "pass"
    }
    assert statuses(request("host_name", new_host_name="新名", new_host_uscc=given.INSTITUTE)) == {"H1": "reject"}


@pytest.mark.article("13")
@pytest.mark.parametrize(
    ("city", "department", "status"),
    [("330200", "city-330200", "manual"), ("330200", "city-330100", "reject"), ("330200", "dept-jyt", "manual"),
     ("330100", "city-330100", "pass"), ("330200", "nobody", "reject"), ("330200", "", "reject")],
)  # fmt: skip
def test_department_follows_the_place_or_the_affiliation(city, department, status):
    """第十三条、第十一条（一）：按隶属或属地关系."""
    moved = {"new_registered_in": "zhejiang", "new_city": city, "new_address": "浙江省宁波市鄞州区1号"}
    assert statuses(request("location", new_recommender=department, **moved))["R1"] == status


@pytest.mark.article("7(1)", "6")
def test_rules_of_a_list():
    """复核规则按编号、前缀或全部."""
    assert change_rules.is_named("C14,J1b", "J1b")
    assert not change_rules.is_named("C14,J1b", "J1")
    assert change_rules.is_named("C1, J*", "J6b")
    assert change_rules.is_named("*", "S-A1")
    assert not change_rules.is_named("", "C1")


@pytest.mark.article("6", "10")
def test_new_category_reads_the_conditions():
    """第六条：类别变更按新类别的全部条件；本基地自身不算重名."""
    form = request("category", new_category="open_service")
    conditions = given.form("open_service")
    found = change_rules.check(case(form), form, "*", conditions)
    ids = {each.rule_id for each in found}
    assert {"O1", "O5", "C5", "C8.ip", "CAT"} <= ids
    assert {each.rule_id for each in found if each.status == "reject"} == set()
    asked = change_rules.check(case(form), form, "*", None)
    assert {each.rule_id for each in asked} <= change_rules.IN_REQUEST


# ---------------------------------------------------------------------------------------------- effects


def effects(form: dict[str, Any], shelf: Shelf | None = None, **facts: Any) -> Any:
    decision = {"decision": {"effective_on": "2026-06-15"}}
    return change_decision.apply_change(routed(form, shelf, data=decision, **facts))


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (request("base_name", new_base_name="海岳国际科技合作基地"), {"name": "海岳国际科技合作基地"}),
        (request("leader", new_leader={"name": "林岚", "full_time": True}), {"leader": "林岚"}),
        (request("direction", new_direction="海洋防护"), {"direction": "海洋防护"}),
        (request("other", other_item="场地", other_old="一号楼", other_new="二号楼"), None),
    ],
)
def test_register_gets_the_new_value_from_the_day_of_effect(form, fields):
    """第十六条“完成变更”：自生效之日起写入台账."""
    found = desk.of(effects(form), ChangeBase)
    assert [(each.fields, each.on, each.base) for each in found] == ([(fields, TODAY, None)] if fields else [])
    (letter,) = desk.of(effects(form), IssueDocument)
    assert letter.kind == "change_approval"


@pytest.mark.article("16")
def test_partners_are_written_as_the_register_keeps_them():
    """第十六条：合作对象按机构和协议写入台账，再读出仍能核验."""
    form = request("partner", partner_action="add", partner_new=given.partner("Nova", "FRA"))
    (written,) = desk.of(effects(form), ChangeBase)
    rows = written.fields["partners"]
    assert [row["name"] for row in rows][-1] == "Nova"
    assert rows[-1]["agreement"] == "联合研究协议"
    again = [change_record.as_declared(row) for row in rows]
    assert all(row["agreements"][0]["related"] for row in again)
    known = case(request("direction"), base={**BASE, "partners": rows})
    assert change_request.known_partners(known, {}) == 4


@pytest.mark.article("16", "13")
def test_move_takes_host_and_its_bases_of_that_place_along():
    """domain.md 3.7 第1项：单位主数据、隶属关系和同地在管基地一并变更；他地基地不变."""
    beside = {**BASE, "id": "base-2", "name": "乙"}
    away = {**BASE, "id": "base-3", "name": "丙", "city": "330300"}
    moved = {"new_registered_in": "zhejiang", "new_city": "330200", "new_address": "浙江省宁波市鄞州区1号"}
    form = request("location", new_recommender="city-330200", **moved)
    outcome = effects(form, Shelf(base_rows=[dict(BASE), beside, away]))
    fields = {"city": "330200", "recommender_id": "city-330200"}
    assert [(each.base, each.fields) for each in desk.of(outcome, ChangeBase)] == [(None, fields), ("base-2", fields)]
    (host,) = desk.of(outcome, ChangeHost)
    assert (host.recommender, host.fields["city"], host.fields["county"]) == ("city-330200", "330200", None)


@pytest.mark.article("16")
def test_host_s_name_is_master_data():
    """第十六条：依托单位更名写入单位主数据."""
    (host,) = desk.of(effects(request("host_name", new_host_name="新名", new_host_uscc=given.COMPANY)), ChangeHost)
    assert (host.fields, host.recommender) == ({"name": "新名"}, "")


@pytest.mark.article("16")
def test_another_host_needs_to_be_known():
    """第十六条：新依托单位未登记的，生效前核验不通过."""
    unit = {"name": "海岳科技", "uscc": given.INSTITUTE, "host_kind": "research_institute"}
    form = request("host_entity", new_host=unit)
    decided = {"rules": "", "decision": {"effective_on": "2026-06-15"}}
    with pytest.raises(BpmnError, match="尚未在平台登记"):
        change_decision.apply_change(routed(form, data=decided))
    known = {given.INSTITUTE: {"id": "host-2", "city": "330200", "recommender_id": "city-330200"}}
    outcome = change_decision.apply_change(routed(form, Shelf(hosts=known), data=decided))
    (written,) = desk.of(outcome, ChangeBase)
    assert written.fields == {"host_id": "host-2", "city": "330200", "recommender_id": "city-330200"}


@pytest.mark.article("16")
def test_overridden_rules_do_not_block():
    """第十六条：省科技厅逐条记录理由的，不阻断生效；没有理由的不算."""
    form = request("base_name", new_base_name="海岳国际科技合作基地")
    taken = Shelf(base_rows=[dict(BASE), {"id": "base-2", "name": "海岳国际科技合作基地", "status": "active"}])
    with pytest.raises(BpmnError, match="请另定名称"):
        effects(form, taken)
    why = {"officer_review": {"overrides": [{"rule_id": "N1", "reason": "原基地同日更名，已协调。"}]}}
    assert desk.of(effects(form, taken, forms=why), ChangeBase)
    silent = {"officer_review": {"overrides": [{"rule_id": "N1", "reason": " "}]}}
    with pytest.raises(BpmnError):
        effects(form, taken, forms=silent)


# ---------------------------------------------------------------------------------------------- ends and grounds


@pytest.mark.article("22(5)")
@pytest.mark.parametrize(
    ("late", "influence", "asked", "suspected"),
    [(True, "some", False, True), (True, "none", False, False), (False, "some", False, False),
     (True, "some", True, False)],
)  # fmt: skip
def test_ground_five_needs_both(late, influence, asked, suspected):
    """第二十二条（五）：未及时申请“且”影响正常运行；只核实一次."""
    form = request("leader", new_leader={"name": "林岚", "full_time": True}, influence=influence)
    data = {"change": {"late": late, "influence": influence}, "rules": ""}
    data |= {"confirm_ground": {"outcome": "no_ground"}} if asked else {}
    assert change.recheck(case(form, data=data)).data["ground_suspected"] is suspected


@pytest.mark.article("22(5)", "22(6)")
def test_grounds_join_a_case_that_is_open():
    """第二十二条：提出的情形并入已立案的取消资格案件."""
    form = request("leader", influence="some")
    said = {"confirm_ground": {"facts": "研究停滞三个月", "evidence": ["f1"]}}
    data = {"change": {"title": "负责人", "event_on": "2026-03-01", "due_on": "2026-04-01", "days_late": 75}}
    (begun,) = desk.of(change_decision.propose_ground(case(form, data=data, forms=said)), StartCase)
    assert (begun.process, begun.joins, begun.facts["base_id"]) == ("revocation", "ground_added", "base-1")
    assert (begun.facts["data"]["ground"], begun.facts["data"]["source_number"]) == ("G5", "BG-2026-0005")
    assert begun.facts["data"]["evidence"] == ["f1"]
    assert "逾期75天；研究停滞三个月" in begun.facts["data"]["facts"]
    (sixth,) = desk.of(change_decision.propose_departure(case(request("location"))), StartCase)
    assert sixth.facts["data"]["ground"] == "G6"
    assert sixth.key != begun.key


@pytest.mark.article("16")
def test_refused_change_leaves_a_mark_when_it_is_not_confirmed():
    """第十六条：未确认维持原状的作出标记."""
    form = request("leader", new_leader={"name": "林岚"})
    outcome = change_decision.note_changed(case(form, data={"confirm_unchanged": {"outcome": "changed"}}))
    (mark,) = desk.of(outcome, RaiseMark)
    assert (mark.kind, mark.period) == ("undeclared_change", "BG-2026-0005")
    assert "依托单位答复已经调整" in desk.told(outcome, "province_officer")


@pytest.mark.article("16")
def test_answered_marks_are_cleared():
    """第十六条：所回应的标记随批准消除，其他的保留."""
    marks = [{"kind": "undeclared_change", "period": "NB-1", "text": "负责人不一致"},
             {"kind": "undeclared_change", "period": "NB-2", "text": "名称不一致"},
             {"kind": "annual_report_overdue", "period": "2025", "text": ""}]  # fmt: skip
    form = request("leader", new_leader={"name": "林岚", "full_time": True}, answers=["NB-1"])
    cleared = desk.of(effects(form, Shelf(mark_rows=marks)), ClearMark)
    assert [(each.kind, each.period) for each in cleared] == [("undeclared_change", "NB-1")]
    assert change.prior(case(form, Shelf(mark_rows=marks))).data["marks"] == {
        "NB-1": "负责人不一致",
        "NB-2": "名称不一致",
    }


def test_returns_are_counted_by_level():
    """退回次数按级计；第二级的退回不占第一级的次数."""
    form = request("direction", new_direction="海洋防护")
    first = change.record_return(case(form, data={"recommender_review": {"outcome": "return"}}))
    assert first.data["returns"] == {"recommender": 1, "province": 0}
    later = {
        "recommender_review": {"outcome": "agree"},
        "officer_review": {"outcome": "return"},
        "correction": first.data,
    }
    second = change.record_return(case(form, data=later))
    assert (second.data["returned_by"], second.data["returns"]) == ("province", {"recommender": 1, "province": 1})
    assert change.recheck(case(form, data={"correction": second.data, "rules": ""})).data["returns_left"] == {
        "recommender": 1,
        "province": 1,
    }


def test_nothing_is_asked_of_an_empty_draft():
    """空白草稿没有出错的核验，也没有选项."""
    empty = case({}, Shelf(application={}), base={**BASE, "application_id": None})
    assert desk.errors(change.check_request(empty)) == {}
    assert change.prior(empty).data == {}
    for compute in (change_request.old_value, change_request.new_value, change_request.route_text):
        assert compute(empty, {}) == ""


# ---------------------------------------------------------------------------------------------- reviewers


@pytest.mark.article("13(4)", "16")
def test_department_cannot_agree_against_a_condition_and_the_officer_only_with_a_reason():
    """第十三条（四）、第十六条：推荐部门不能同意不符合条件的；省科技厅逐条记录理由后可以."""
    form = request("base_name", new_base_name="海岳国际科技合作基地")
    taken = Shelf(base_rows=[dict(BASE), {"id": "base-2", "name": "海岳国际科技合作基地", "status": "active"}])
    assert "不能同意" in desk.errors(change_review.check_department(routed(form, taken)))["findings_confirmed"]
    assert "逐条记录理由" in desk.errors(change_review.check_officer(routed(form, taken)))["overrides"]
    why = {"officer_review": {"overrides": [{"rule_id": "N1", "reason": "原基地同日更名，已协调。"}]}}
    assert desk.errors(change_review.check_officer(routed(form, taken, forms=why))) == {}


@pytest.mark.article("13(4)")
def test_items_for_a_person_have_to_be_ticked():
    """需人工核验的事项逐项确认."""
    moved = {"new_registered_in": "zhejiang", "new_city": "330200", "new_address": "浙江省宁波市鄞州区1号"}
    form = request("location", new_recommender="city-330200", **moved)
    silent = routed(form, element="recommender_review")
    assert "请确认需人工核验的事项" in desk.errors(change_review.check_department(silent))["findings_confirmed"]
    ticked = {"recommender_review": {"findings_confirmed": [{"rule_id": "R1", "confirmed": True}]}}
    assert desk.errors(change_review.check_department(routed(form, element="recommender_review", forms=ticked))) == {}


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("on", "said"), [("2026-06-14", "不能早于今天"), ("2027-06-17", "一年之后"), ("2026-06-15", ""), ("2027-06-16", "")]
)
def test_day_of_effect(on, said):
    """第十六条：批准之日或以后一年内."""
    decided = case(request("direction"), element="head_review", forms={"head_review": {"effective_on": on}})
    found = desk.errors(change_review.check_decision(decided)).get("effective_on", "")
    assert (said in found) if said else found == ""


def test_who_has_seen_a_request_learns_that_it_is_gone():
    """撤回时，推荐部门已收到的告知推荐部门，省科技厅退回的告知经办."""
    form = request("direction")
    fresh = change_decision.withdraw(case(form))
    assert desk.told(fresh, "recommender") == ""
    seen = case(form, proceeding={"submitted_on": TODAY}, data={"correction": {"returned_by": "province"}})
    outcome = change_decision.withdraw(seen)
    assert "已撤回" in desk.told(outcome, "recommender")
    assert "已撤回" in desk.told(outcome, "province_officer")


def test_partner_without_an_agreement_is_kept_by_its_name():
    """没有协议的机构在台账中只留机构信息；长文字在清单中截短."""
    bare = {"name": "Nova", "country_region": "FRA", "agreements": []}
    assert change_record.as_registered(bare) == {"name": "Nova", "country_region": "FRA"}
    assert change_request.short("甲" * 300).endswith("…")
    assert change_request.new_value(case({}), request("partner", partner_action="add")) == ""
