"""转为国家级 and 登记国家级基地 (第二十四条、第十九条): every end, and what becomes of an open exit or revocation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes import small
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import national_sheets
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import register

HOST = "host-xxlg"
DOC_NO = "国科发外〔2026〕316号"


@pytest.fixture
def province(story: Story) -> Story:
    """The province with small diagrams of the procedures that a transfer meets."""
    story.releases(
        change__bpmn=small.procedure("change"),
        exit__bpmn=small.procedure("exit"),
        reward__bpmn=small.procedure("reward", "省科技厅经办"),
        revocation__bpmn=small.procedure("revocation", "省科技厅经办"),
    )
    return story


def base_id(story: Story, host: str = HOST) -> str:
    return story.bases(host_id=host)[0].id


def begun(story: Story) -> str:
    return story.starts("national_transfer", "p-officer", base_id=base_id(story))


def content(story: Story, *others: dict[str, Any], **changes: Any) -> dict[str, Any]:
    listed = {"others": list(others)} if others else {}
    return national_sheets.transfer(clock.today(), story.file_id, **listed, **changes)


def reported(story: Story, *others: dict[str, Any], **changes: Any) -> str:
    """A transfer that lies with the head."""
    case = begun(story)
    story.does(case, "register", "submit", content(story, *others, **changes))
    return case


def confirms(story: Story, case: str) -> None:
    story.does(case, "confirm", "approve", national_sheets.confirm_transfer())


@pytest.mark.article("24")
def test_base_leaves_the_province_and_stays_in_the_register(province: Story) -> None:
    """第二十四条：自转出之日起不再作为省级基地管理；以国家级留在台账，其他在办事项同时终止，奖励照常（第十九条）。"""
    story, base = province, base_id(province)
    change = story.starts("change", f"p-{HOST}", base_id=base)
    reward = story.starts("reward", "p-officer", base_id=base)
    case = reported(story, recognised_on="2026-02-10", effective_on="2026-02-10")
    confirms(story, case)
    assert story.end(case) == "transferred"
    row = story.base(base)
    assert (row.status, row.level, row.national_type) == ("transferred_national", "national", "joint_centre")
    assert row.status_on == date(2026, 2, 10)
    with story.database.reading(SYSTEM) as tx:
        assert register.as_of(tx, base, date(2026, 2, 9))["status"] == "active"
        assert register.as_of(tx, base, date(2026, 2, 10))["status"] == "transferred_national"
    assert (story.end(change), story.case(reward).status) == ("ended", "open")
    summary = story.proceeding(case)
    assert (summary["status"], summary["doc_no"], summary["kind"]) == ("transferred", DOC_NO, "joint_centre")
    for reader in (f"p-{HOST}", f"p-{HOST}-admin", "p-dept-jyt"):
        assert story.told(reader, "自2026年2月10日起不再作为省科技厅国合基地管理")


@pytest.mark.article("24")
def test_transfer_is_no_ban(province: Story) -> None:
    """domain.md 3.4：转国家级不产生限制申报；已转出的基地不能再次转出。"""
    case = reported(province)
    confirms(province, case)
    with province.database.reading(SYSTEM) as tx:
        assert register.bans(tx, register.base_facts(tx, base_id(province))["uscc"]) == []
    with pytest.raises(Rejected, match="不符合发起"):
        begun(province)


@pytest.mark.article("24")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recognised_on": "2026-03-03", "effective_on": "2026-03-03"}, "recognised_on"),
        ({"recognised_on": "2019-12-19"}, "recognised_on"),
        ({"recognised_on": "2026-02-10", "effective_on": "2026-02-09"}, "effective_on"),
        ({"effective_on": "2026-03-03"}, "effective_on"),
        ({"doc_no": "316号"}, "doc_no"),
        ({"national_type": "key_laboratory"}, "national_type"),
    ],
)
def test_document_and_dates_must_be_right(province: Story, changes: dict[str, Any], field: str) -> None:
    """第二十四条：认定日期不早于省级认定、不晚于今天；转出日期不早于认定日期。"""
    case = begun(province)
    with pytest.raises(Invalid) as error:
        province.does(case, "register", "submit", content(province, **changes))
    assert field in error.value.fields
    assert province.elements(case) == ["register"]


@pytest.mark.article("24", "12(2)")
def test_registration_is_confirmed_by_a_second_person_or_given_up(province: Story) -> None:
    """第十二条（二）：登记与确认不得由同一人；负责人可退回，经办可取消，取消的基地不变。"""
    story = province
    case = reported(story)
    with pytest.raises(Forbidden):
        story.does(case, "confirm", "approve", national_sheets.confirm_transfer(), person="p-officer")
    with pytest.raises(Invalid):
        story.does(case, "confirm", "return", {})
    story.does(case, "confirm", "return", {}, "类型与文件不一致。")
    task = story.task(case, "register")
    story.does(case, "register", "cancel", {}, "文件所列并非该基地。")
    assert story.end(case) == "cancelled"
    with pytest.raises(Stale):
        story.commands("submit", "p-officer", task.id, content(story), "submit")
    assert story.base(base_id(story)).status == "active"
    assert "文件所列并非该基地" in story.proceeding(case)["note"]


@pytest.mark.article("24")
def test_only_the_province_registers_it_once(province: Story) -> None:
    """第二十四条：由省科技厅登记；同一基地一次一件。"""
    for person in (f"p-{HOST}", "p-dept-jyt"):
        with pytest.raises(Forbidden):
            province.starts("national_transfer", person, base_id=base_id(province))
    begun(province)
    with pytest.raises(Rejected, match="正在办理"):
        begun(province)


@pytest.mark.article("24", "22")
def test_open_exit_and_revocation_must_be_decided(province: Story) -> None:
    """第二十四条、第二十二条：在办的退出、取消资格逐件选择处理并说明理由；转国家级不消除严重情形。"""
    story, base = province, base_id(province)
    leaving = story.starts("exit", f"p-{HOST}", base_id=base)
    revoking = story.starts("revocation", "p-officer", base_id=base)
    case = begun(story)
    choice = national_sheets.choice
    for others, field in (
        ([], "others.0.choice"),
        ([choice(leaving, "go_on"), choice(revoking, "wait")], "choice"),
        ([choice(leaving, "end"), choice(revoking, "end", "没有")], "reason"),
    ):
        with pytest.raises(Invalid) as error:
            story.does(case, "register", "submit", content(story, *others))
        assert any(path.endswith(field.rpartition(".")[2]) for path in error.value.fields)
    story.does(case, "register", "submit", content(story, choice(leaving, "end"), choice(revoking, "go_on")))
    confirms(story, case)
    assert story.end(case) == "transferred"
    assert story.end(leaving) == "ended"
    assert story.case(revoking).status == "open"
    assert story.base(base).status == "transferred_national"


@pytest.mark.article("24", "22")
def test_transfer_waits_until_the_revocation_is_closed(province: Story) -> None:
    """第二十四条：选择先办结的，转出等待；每个工作日核对，办结后自行转出；期间可以改变处理意见。"""
    story, base = province, base_id(province)
    revoking = story.starts("revocation", "p-officer", base_id=base)
    case = reported(story, national_sheets.choice(revoking, "wait"))
    confirms(story, case)
    assert story.elements(case) == []
    assert story.variables(case)["standing"] == {"waiting": True, "cases": [revoking], "next_check": "2026-03-03"}
    story.today("2026-03-05")
    assert story.base(base).status == "active"
    story.does(revoking, "work", "done")
    story.today("2026-03-06")
    assert story.end(case) == "transferred"


@pytest.mark.article("24", "22")
def test_officer_changes_his_mind_and_newcomers_are_waited_for(province: Story) -> None:
    """第二十四条：等待期间改变处理意见须重新确认；确认后才立案的取消资格也先等待，并提示经办。"""
    story, base = province, base_id(province)
    leaving = story.starts("exit", f"p-{HOST}", base_id=base)
    case = reported(story, national_sheets.choice(leaving, "wait"))
    revoking = story.starts("revocation", "p-officer", base_id=base)
    confirms(story, case)
    assert story.told("p-officer", "转国家级期间新开始取消资格")
    assert story.variables(case)["standing"]["waiting"]
    with pytest.raises(Forbidden):
        story.sends(case, "choose_again", f"p-{HOST}", national_sheets.choose_again())
    story.sends(case, "choose_again", "p-officer", national_sheets.choose_again())
    story.does(
        case,
        "register",
        "submit",
        content(story, national_sheets.choice(leaving, "end"), national_sheets.choice(revoking, "end")),
    )
    confirms(story, case)
    assert story.end(case) == "transferred"
    assert (story.end(leaving), story.end(revoking)) == ("ended", "ended")


@pytest.mark.article("22", "23")
def test_base_that_ends_meanwhile_ends_the_transfer(province: Story) -> None:
    """第二十二条、第二十三条：等待期间基地被取消资格或者退出的，转出终止，告知经办。"""
    story, base = province, base_id(province)
    revoking = story.starts("revocation", "p-officer", base_id=base)
    case = reported(story, national_sheets.choice(revoking, "wait"))
    confirms(story, case)
    story.delivers(case, "base_terminal", {"kind": "revoked", "reason": "基地资格已取消", "case": revoking})
    assert story.end(case) == "ended"
    assert story.proceeding(case)["status"] == "ended"
    assert story.told("p-officer", "基地资格已取消，转国家级的登记终止")


# ---------------------------------------------------------------------------------------------- never provincial


def enrolling(story: Story, host: str = "host-gzyj", **changes: Any) -> str:
    case = story.starts("national_base", "p-officer")
    sheet = {**national_sheets.base(host, "330100", story.file_id), **changes}
    story.does(case, "register", "submit", sheet)
    return case


@pytest.mark.article("19")
def test_base_that_never_was_provincial_is_enrolled(story: Story) -> None:
    """第十九条：直接由科技部认定的基地以国家级列入台账，不按省级基地管理。"""
    case = enrolling(story)
    story.does(case, "confirm", "return", {}, "请核对文号。")
    story.does(case, "register", "submit", national_sheets.base("host-gzyj", "330100", story.file_id))
    with pytest.raises(Forbidden):
        story.does(case, "confirm", "approve", national_sheets.confirm_base(), person="p-officer")
    story.does(case, "confirm", "approve", national_sheets.confirm_base())
    assert story.end(case) == "registered"
    (base,) = story.bases(origin="national")
    assert (base.level, base.status, base.national_type) == ("national", "transferred_national", "joint_centre")
    assert (base.host_id, base.designated_on, base.doc_no) == ("host-gzyj", date(2014, 11, 20), "国科外字〔2014〕82号")
    assert base.code.startswith("ZJGH-2014-G")
    assert story.told("p-host-gzyj", "已作为国家级基地列入台账")
    assert story.told("p-city-330100", "已作为国家级基地列入台账")


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recognised_on": "2026-03-03"}, "recognised_on"),
        ({"host_id": "city-330100"}, "host_id"),
        ({"name": ""}, "name"),
    ],
)
def test_enrolment_asks_for_a_known_unit_and_a_past_date(story: Story, changes: dict[str, Any], field: str) -> None:
    """第十九条：单位须已登记，认定日期不得晚于今天。"""
    with pytest.raises(Invalid) as error:
        enrolling(story, **changes)
    assert field in error.value.fields


@pytest.mark.article("19", "24")
def test_provincial_base_is_transferred_and_nothing_enrolled_twice(story: Story) -> None:
    """第二十四条：省级基地应从该基地登记转国家级；同一国家级基地不重复登记。"""
    own = story.bases(host_id=HOST)[0]
    with pytest.raises(Invalid) as error:
        enrolling(story, HOST, name=own.name)
    assert "登记转国家级" in error.value.fields["name"]
    case = enrolling(story)
    story.does(case, "confirm", "approve", national_sheets.confirm_base())
    with pytest.raises(Invalid) as error:
        enrolling(story)
    assert "不需重复登记" in error.value.fields["name"]


@pytest.mark.article("19")
def test_enrolment_may_be_given_up(story: Story) -> None:
    """第十九条：登记有误的取消，台账不变；只有省科技厅经办可以登记。"""
    case = story.starts("national_base", "p-officer")
    story.does(case, "register", "cancel", {}, "该基地已登记。")
    assert story.end(case) == "cancelled"
    assert story.bases(level="national") == []
    with pytest.raises(Forbidden):
        story.starts("national_base", f"p-{HOST}")
