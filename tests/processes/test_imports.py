"""导入存量基地、评价结果 (第二十六条、第十九条): all or the right rows, old days kept, 存量归类 and rewards begun once."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from handlers import uscc
from tests.processes import small
from tests.processes.story import SYSTEM, Story, host_of
from webapp import clock
from webapp.demo import legacy_sheets, national_sheets
from webapp.engine import administration_imports as imports
from webapp.engine.running import Answer
from webapp.errors import Forbidden, Invalid
from webapp.store import batches, journal, organisations, proceedings, register

NEW_UNIT = uscc.compose("91", "330108", "MA99GH01")
HEAD = [
    "基地名称",
    "依托单位",
    "统一社会信用代码",
    "依托单位类型",
    "设区市",
    "组织推荐部门",
    "级别",
    "国家级类型",
    "原类别",
    "新类别",
    "负责人",
    "合作国家（地区）",
    "认定日期",
    "认定文号",
    "状态",
    "状态日期",
    "基地编号",
]
KNOWN = host_of("host-jhsf")
OLD: dict[str, Any] = {
    "基地名称": "柔性传感国际科技合作基地",
    "依托单位": KNOWN.name,
    "统一社会信用代码": KNOWN.uscc,
    "设区市": "绍兴市",
    "原类别": "高校",
    "负责人": "沈知远",
    "合作国家（地区）": "德国、荷兰",
    "认定日期": "2017-06-30",
    "认定文号": "浙科发外[2017]187号",
}
NEW = {
    **OLD,
    "基地名称": "海创园国际科技合作基地",
    "依托单位": "钱塘海创园发展有限公司",
    "统一社会信用代码": NEW_UNIT,
    "依托单位类型": "科技园区",
    "设区市": "杭州",
    "原类别": "科技园区",
    "认定日期": date(2019, 12, 20),
    "认定文号": "浙科发外〔2019〕129号",
}


def grid(*rows: dict[str, Any], head: list[str] | None = None) -> list[list[Any]]:
    titles = head or HEAD
    return [titles, *([row.get(title, "") for title in titles] for row in rows)]


def sends(story: Story, kind: str, table: list[list[Any]], person: str = "p-officer", **more: Any) -> Answer:
    command = {"bases": imports.import_bases, "results": imports.import_results}[kind]
    given = {"command_id": f"import-{kind}-{len(str(table))}", **more}
    with story.database.writing(SYSTEM) as tx:
        answer = command(tx, story.person(person), table, "存量清单2026", **given)
    story.works()
    return answer


def faults(story: Story, kind: str, table: list[list[Any]], **more: Any) -> list[str]:
    with pytest.raises(Invalid) as error:
        sends(story, kind, table, **more)
    return list(error.value.fields.values())


@pytest.mark.article("26")
def test_bases_enter_with_their_old_days_and_are_sorted_one_by_one(story: Story) -> None:
    """第二十六条：认定日期、文号保持原值；尚未登记的单位一并登记；逐个发起存量归类，每个基地一件。"""
    answer = sends(story, "bases", grid(OLD, NEW))
    assert answer.notes == {"rows": 2, "imported": 2, "left_out": 0, "units": 1, "cases": 2}
    (old,), (new,) = story.bases(doc_no="浙科发外〔2017〕187号"), story.bases(doc_no="浙科发外〔2019〕129号")
    assert (old.origin, old.status, old.category) == ("legacy", "active", "joint_rd")
    assert (old.designated_on, old.code, old.host_id) == (date(2017, 6, 30), "ZJGH-2017-J001", KNOWN.id)
    assert old.recommender_id == "dept-jyt"
    assert old.regions == ["DEU", "NLD"]
    assert (new.category, new.code, new.recommender_id) == ("open_service", "ZJGH-2019-O002", "city-330100")
    with story.database.reading(SYSTEM) as tx:
        unit = organisations.by_uscc(tx, NEW_UNIT)
        assert unit is not None
        assert (unit.name, unit.kind, unit.host_kind, unit.city) == ("钱塘海创园发展有限公司", "host", "park", "330100")
        assert organisations.recommender_of(tx, unit.id, clock.today()) == "city-330100"
        assert register.as_of(tx, old.id, date(2020, 1, 1))["doc_no"] == "浙科发外〔2017〕187号"
        (batch,) = batches.recent(tx)
        assert batches.progress(tx, [batch.id])[batch.id] == {"started": 2}
    (case,) = story.cases_of(old.id)
    assert (case.process, case.number[:7]) == ("legacy_category", "CL-2026")
    assert story.variables(case.id)["filing"]["proposed"] == "joint_rd"
    story.does(case.id, "confirm_category", "confirm", legacy_sheets.confirm())
    story.does(case.id, "recommender_review", "agree", legacy_sheets.review(clock.today()))
    story.does(case.id, "decide", "decide", legacy_sheets.decide("joint_rd"))
    assert story.base(old.id).designated_on == date(2017, 6, 30)


@pytest.mark.article("26")
def test_nothing_is_imported_unless_all_rows_are_right(story: Story) -> None:
    """第二十六条：有一行有误的，整表不导入，逐行写明行号和列名。"""
    before = len(story.bases())
    wrong = {**NEW, "认定日期": "2030-01-01", "负责人": ""}
    assert faults(story, "bases", grid(OLD, wrong)) == [
        "第 3 行“负责人”：必填，请补填。",
        "第 3 行“认定日期”：2030-01-01 晚于今天。",
    ]
    assert len(story.bases()) == before


@pytest.mark.article("26")
def test_right_rows_alone_when_the_officer_says_so(story: Story) -> None:
    """第二十六条：选择只导入没有错误的行时，其余略过，数目记录在案。"""
    answer = sends(story, "bases", grid(OLD, {**NEW, "负责人": ""}), only_right=True, file="file-1")
    assert answer.notes == {"rows": 2, "imported": 1, "left_out": 1, "units": 0, "cases": 1}
    with story.database.reading(SYSTEM) as tx:
        (entry,) = journal.of_object(tx, "import:bases")
    after = json.loads(entry.after or "{}")
    assert (entry.action, after["source"], after["file"], after["left_out"]) == (
        "bases.import",
        "存量清单2026",
        "file-1",
        1,
    )
    assert len(after["made"]) == 1
    assert faults(story, "bases", grid({**NEW, "负责人": ""}), only_right=True, command_id="import-none-right")


@pytest.mark.article("26")
def test_the_same_import_twice_changes_nothing(story: Story) -> None:
    """两次点击同一导入只有一次生效；同一表格再次导入，每行都提示已在台账。"""
    first = sends(story, "bases", grid(OLD), command_id="import-twice-0001")
    again = sends(story, "bases", grid(OLD), command_id="import-twice-0001")
    assert again == first
    assert len(story.bases(doc_no="浙科发外〔2017〕187号")) == 1
    assert faults(story, "bases", grid(OLD), command_id="import-third-0001") == [
        "第 2 行“基地名称”：台账中已有该单位的同名基地。"
    ]


@pytest.mark.article("26")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"统一社会信用代码": "12330000MA11GH0740"}, "“统一社会信用代码”"),
        ({"依托单位": "另一所大学"}, "“依托单位”：该代码登记的单位是"),
        ({"设区市": "上海市"}, "“设区市”：“上海市”无效"),
        ({"组织推荐部门": "上海市科委"}, "“组织推荐部门”：“上海市科委”无效"),
        ({"原类别": ""}, "“原类别”：原类别、新类别至少填一项"),
        ({"原类别": "实验室"}, "“原类别”：“实验室”无效"),
        ({"认定文号": "第187号文件"}, "“认定文号”：“第187号文件”应形如"),
        ({"合作国家（地区）": "德国、火星"}, "“合作国家（地区）”：“火星”无效"),
        ({"状态": "主动退出"}, "“状态日期”：已退出、已取消的必填"),
        ({"状态": "取消资格", "状态日期": "2017-01-01"}, "“状态日期”：不能早于认定日期"),
        ({"级别": "国家级"}, "“国家级类型”：国家级基地必填"),
        (
            {"级别": "国家级", "国家级类型": "国际创新园", "状态": "主动退出", "状态日期": "2020-01-01"},
            "“状态”：国家级基地按科技部办法管理",
        ),
    ],
)
def test_each_column_is_checked(story: Story, changes: dict[str, Any], said: str) -> None:
    """第二十六条：单位代码、名称、设区市、部门、类别、文号、状态逐项核对。"""
    found = faults(story, "bases", grid({**OLD, **changes}))
    assert any(said in text for text in found), found
    assert all(text.startswith("第 2 行") for text in found)


@pytest.mark.article("26")
def test_rows_are_compared_with_one_another(story: Story) -> None:
    """第二十六条：同一单位同名、编号重复、同一代码名称不一的，指明与哪一行冲突。"""
    coded = {**NEW, "基地编号": "ZJGH-2019-O077"}
    twin = {**coded, "依托单位": "钱塘海创园有限公司", "基地名称": "海创园二期国际科技合作基地"}
    known = story.bases(status="active")[0].code
    found = faults(
        story, "bases", grid(OLD, OLD, coded, twin, {**OLD, "基地名称": "另一国际科技合作基地", "基地编号": known})
    )
    assert found == [
        "第 3 行“基地名称”：与第 2 行重复。",
        "第 5 行“依托单位”：同一代码前面的行填的是“钱塘海创园发展有限公司”。",
        "第 5 行“基地编号”：与第 4 行重复。",
        f"第 6 行“基地编号”：编号{known}已在台账中。",
    ]


@pytest.mark.article("26", "24")
def test_ended_and_national_bases_are_imported_and_not_sorted(story: Story) -> None:
    """第二十六条、第二十四条：已退出的保留状态和日期；国家级的按科技部管理；两者均不归类，另行说明原因。"""
    left = {**OLD, "状态": "主动退出", "状态日期": "2021-05-20"}
    national = {
        **NEW,
        "级别": "国家级",
        "国家级类型": "国际联合研究中心",
        "原类别": "",
        "认定文号": "国科外字〔2014〕82号",
    }
    answer = sends(story, "bases", grid(left, national))
    assert answer.notes["cases"] == 0
    (gone,), (nat,) = story.bases(doc_no="浙科发外〔2017〕187号"), story.bases(level="national")
    assert (gone.status, gone.status_on) == ("exited", date(2021, 5, 20))
    with story.database.reading(SYSTEM) as tx:
        assert register.as_of(tx, gone.id, date(2021, 5, 19))["status"] == "active"
        assert register.as_of(tx, gone.id, date(2021, 5, 20))["status"] == "exited"
        assert batches.recent(tx) == []
    assert (nat.status, nat.origin, nat.category, nat.code) == (
        "transferred_national",
        "national",
        "",
        "ZJGH-2019-G001",
    )
    both = sends(
        story,
        "bases",
        grid({**OLD, "基地名称": "仿生材料国际科技合作基地"}, {**left, "基地名称": "旧材料国际科技合作基地"}),
    )
    assert both.notes["cases"] == 1
    with story.database.reading(SYSTEM) as tx:
        (batch,) = batches.recent(tx)
        notes = [item.note for item in batches.items(tx, batch.id, status="skipped")]
    assert notes == ["已终止，不归类"]


@pytest.mark.article("26")
def test_given_codes_are_kept_and_passed_over(story: Story) -> None:
    """第二十六条：原编号照录，系统编号自动避开。"""
    coded = {**NEW, "基地编号": "ZJGH-2017-J001", "原类别": "企业"}
    sends(story, "bases", grid(OLD, coded))
    assert [base.code for base in story.bases(doc_no="浙科发外〔2017〕187号")] == ["ZJGH-2017-J002"]


@pytest.mark.article("26")
def test_units_are_found_by_their_code(story: Story) -> None:
    """第二十六条：代码属于其他机构的、所在设区市没有主管部门的指明；停用的单位仍是同一单位；填写的推荐部门优先。"""
    with story.database.writing(SYSTEM) as tx:
        organisations.put(tx, "city-330600", city="330100")
        organisations.put(tx, KNOWN.id, active=False)
        bureau = organisations.get(tx, "dept-wjw")
        code = uscc.compose("11", "330000", "MA00GH07")
        organisations.put(tx, "dept-wjw", uscc=code)
    rows = grid({**OLD, "统一社会信用代码": code, "依托单位": bureau.name}, {**NEW, "设区市": "绍兴市"})
    assert faults(story, "bases", rows) == [
        f"第 2 行“统一社会信用代码”：“{bureau.name}”不是依托单位。",
        "第 3 行“组织推荐部门”：该设区市没有登记科技主管部门，请填写组织推荐部门。",
    ]
    named = {**NEW, "设区市": "绍兴市", "组织推荐部门": "浙江省教育厅"}
    assert sends(story, "bases", grid(OLD, named), command_id="import-named-0001").notes["units"] == 1
    assert [base.recommender_id for base in story.bases(doc_no="浙科发外〔2019〕129号")] == ["dept-jyt"]
    assert [base.host_id for base in story.bases(doc_no="浙科发外〔2017〕187号")] == [KNOWN.id]


@pytest.mark.article("26")
def test_a_wrong_heading_is_refused_as_a_whole(story: Story) -> None:
    """第二十六条：列名不是模板的，整表不导入，选择只导入正确的行也不导入。"""
    table = grid(OLD, head=[title for title in HEAD if title != "认定日期"])
    for only_right in (False, True):
        found = faults(story, "bases", table, only_right=only_right, command_id=f"import-heading-{only_right}")
        assert found == ["第 1 行“认定日期”：缺少该列，请使用下载的模板。"]
    assert faults(story, "results", [], command_id="import-results-empty")


@pytest.mark.article("26")
def test_only_the_officer_imports_and_names_the_source(story: Story) -> None:
    """只有省科技厅经办可以导入，须写明来源。"""
    for person in ("p-head", "p-dept-jyt", "p-sysadmin"):
        with pytest.raises(Forbidden):
            sends(story, "bases", grid(OLD), person)
    with story.database.writing(SYSTEM) as tx, pytest.raises(Invalid) as error:
        imports.import_bases(tx, story.person("p-officer"), grid(OLD), " ", command_id="import-no-source")
    assert "来源" in error.value.fields["source"]


# ---------------------------------------------------------------------------------------------- results

RESULT_HEAD = [
    "来源",
    "基地编号",
    "基地名称",
    "依托单位",
    "评价年度",
    "评价名称",
    "等次",
    "得分",
    "公布文号",
    "公布日期",
    "计入连续不合格",
    "发起奖励",
]
RESULT = {
    "来源": "科技部",
    "评价年度": 2025,
    "等次": "优秀",
    "得分": 91.5,
    "公布文号": "国科办外〔2026〕15号",
    "公布日期": "2026-02-10",
}


def results(*rows: dict[str, Any]) -> list[list[Any]]:
    return grid(*rows, head=RESULT_HEAD)


@pytest.fixture
def national(story: Story) -> Story:
    """A national base in the register, and a small diagram of the reward."""
    story.releases(reward__bpmn=small.procedure("reward", "省科技厅经办"))
    case = story.starts("national_base", "p-officer")
    story.does(case, "register", "submit", national_sheets.base("host-gzyj", "330100", story.file_id))
    story.does(case, "confirm", "approve", national_sheets.confirm_base())
    return story


@pytest.mark.article("19")
def test_ministry_s_excellent_result_begins_a_reward_once(national: Story) -> None:
    """第十九条：国家级基地在科技部评价中获得优秀的，可纳入我省奖励范围，每轮一件；结果入台账。"""
    story, (base,) = national, national.bases(level="national")
    row = {**RESULT, "基地名称": base.name}
    answer = sends(
        story, "results", results(row, {**row, "评价年度": 2022, "发起奖励": "否", "公布日期": "2022-12-01"})
    )
    assert answer.notes == {"rows": 2, "imported": 2, "left_out": 0, "rewards": 1}
    (reward,) = [case for case in story.cases_of(base.id) if case.process == "reward"]
    begun = story.variables(reward.id)["begun"]
    assert (begun["grade"], begun["doc_no"], begun["round_name"]) == (
        "excellent",
        "国科办外〔2026〕15号",
        "2025年度绩效评价",
    )
    with story.database.reading(SYSTEM) as tx:
        newest = next(each for each in proceedings.where(tx, base_id=base.id, process="evaluation", period="2025"))
        assert (newest.grade, newest.case_id, newest.facts()["facts"]["source"]) == ("excellent", None, "most")
        assert newest.decided_on == date(2026, 2, 10)
    found = faults(story, "results", results(row), command_id="import-again-0001")
    assert found == ["第 2 行“评价年度”：该年度的结果已经导入。"]


@pytest.mark.article("18", "22(2)")
def test_old_results_count_only_when_the_row_says_so(national: Story) -> None:
    """第十八条：原办法的结果缺省不计入连续两次不合格，导入注明的才计入；不发起奖励。"""
    story = national
    base = story.bases(host_id="host-xxlg")[0]
    old = {
        **RESULT,
        "来源": "省科技厅（原办法）",
        "基地编号": base.code,
        "等次": "不合格",
        "公布文号": "浙科发外〔2022〕40号",
    }
    rows = (
        {**old, "评价年度": "2021", "公布日期": "2022-03-01"},
        {**old, "评价年度": "2024", "公布日期": "2025-03-01", "计入连续不合格": "是"},
    )
    assert sends(story, "results", results(*rows)).notes["rewards"] == 0
    with story.database.reading(SYSTEM) as tx:
        found = {row.period: row.facts()["facts"]["counts"] for row in proceedings.where(tx, base_id=base.id)}
    assert found == {"2021": False, "2024": True}


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "“基地名称”：请填写基地编号或者基地名称。"),
        ({"基地编号": "ZJGH-1999-J001"}, "“基地编号”：台账中没有编号ZJGH-1999-J001。"),
        ({"基地名称": "不存在的国际联合研究中心"}, "“基地名称”：台账中没有该基地"),
        ({"基地名称": "省级"}, "“基地名称”：该基地不是国家级基地"),
        ({"基地名称": "国家级", "来源": "省科技厅"}, "“基地名称”：该基地未经省级认定"),
        ({"基地名称": "国家级", "等次": "良好"}, "“等次”：“良好”无效"),
        ({"基地名称": "国家级", "公布日期": "2024-12-31"}, "“公布日期”：早于评价年度。"),
        (
            {"基地名称": "国家级", "公布日期": "2013-12-31", "评价年度": 2013},
            "“公布日期”：早于基地认定日期（2014-11-20）。",
        ),
        ({"基地名称": "国家级", "依托单位": "另一单位"}, "“基地名称”：台账中没有该基地"),
    ],
)
def test_results_must_fit_the_register(national: Story, changes: dict[str, Any], said: str) -> None:
    """第十九条：科技部结果只能用于国家级基地，日期须合理，基地须在台账。"""
    names = {"国家级": national.bases(level="national")[0].name, "省级": national.bases(host_id="host-xxlg")[0].name}
    row = {**RESULT, **changes}
    row["基地名称"] = names.get(str(row.get("基地名称")), row.get("基地名称", ""))
    found = faults(national, "results", results(row))
    assert any(said in text for text in found), found


@pytest.mark.article("19")
def test_two_rows_for_one_round_and_bases_of_the_same_name(national: Story) -> None:
    """第十九条：同一基地同一年度只导入一条；同名基地须以编号或者依托单位区分。"""
    (base,) = national.bases(level="national")
    row = {**RESULT, "基地名称": base.name}
    assert faults(national, "results", results(row, row)) == ["第 3 行“评价年度”：与第 2 行重复。"]
    case = national.starts("national_base", "p-officer")
    national.does(case, "register", "submit", national_sheets.base("host-ydcl", "330200", national.file_id))
    national.does(case, "confirm", "approve", national_sheets.confirm_base())
    assert "有多个同名基地" in faults(national, "results", results(row), command_id="import-same-name")[0]
    told = {**row, "依托单位": host_of("host-gzyj").name}
    assert sends(national, "results", results(told)).notes["imported"] == 1
