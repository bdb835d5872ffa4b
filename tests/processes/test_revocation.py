"""取消资格: from a lead to the base's end, every end without effect, merged grounds, the ban that follows (第十八条, 第二十二条)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes import revocations as stage
from tests.processes.revocations import DEPARTMENT, G3, HOST
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import revocation_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import people, proceedings, register

REASON = "经核实情形不成立。"


def _grades(story: Story, *grades: str) -> None:
    """The base's evaluation results, one a year from 2020 on, that the import says count."""
    base = stage.base_of(story)
    with story.database.writing(SYSTEM) as tx:
        for place, grade in enumerate(grades):
            fields = {"base_id": base, "process": "evaluation", "grade": grade, "facts": {"counts": True}}
            proceedings.record(tx, f"old-{place}", decided_on=date(2020 + place, 6, 1), **fields)


# ---------------------------------------------------------------------------------------- revoked


@pytest.mark.article("22(3)")
def test_a_base_loses_its_title(story: Story) -> None:
    """第二十二条（三）：立案、核实、告知、申辩、集体决定、发文、送达后取消资格，三年内不得再次申报。"""
    case = stage.revoked(story)
    assert story.end(case) == "revoked"
    base = story.base(stage.base_of(story))
    assert (base.status, base.status_on) == ("revoked", date(2026, 3, 2))
    (ban,) = stage.bans_of(story)
    assert (ban.scope, ban.starts_on, ban.ends_on) == ("host", date(2026, 3, 2), date(2029, 3, 2))
    assert (ban.doc_no, ban.base_id, ban.base_name) == ("浙科发外〔2026〕45号", base.id, base.name)
    assert [row.kind for row in story.documents(case)] == ["revocation_notice", "revocation"]
    content = story.documents(case)[1].content
    assert content["cited"].endswith("第二十二条第（三）项")
    assert content["heard"] == "你单位书面放弃陈述、申辩。"
    assert (content["until"], content["allowed"]) == ("2029-03-02", "2029-03-03")
    assert "行政复议" in content["remedies"]
    row = story.proceeding(case)
    assert (row["verdict"], row["status"], row["doc_no"]) == ("revoked", "revoked", "浙科发外〔2026〕45号")
    assert row["facts"]["grounds"] == ["G3"]
    for reader in (f"p-{HOST}", f"p-{HOST}-admin", DEPARTMENT):
        assert story.told(reader, "2029年3月3日起可再次申报")
        assert story.told(reader, "申请复核")
        assert story.told(reader, "行政诉讼")
    assert story.told("p-officer", "请列入公布名单")
    assert story.open(case) == []


@pytest.mark.article("22")
@pytest.mark.parametrize("scope", ["host", "base", "host_and_leader"])
def test_scope_is_chosen_and_printed(story: Story, scope: str) -> None:
    """domain.md 3.4：限制范围由决定逐案选定并写入决定。"""
    case = stage.revoked(story, scope)
    (ban,) = stage.bans_of(story)
    base = story.base(stage.base_of(story))
    assert (ban.scope, ban.leader, ban.field_code) == (scope, base.leader, base.field_code)
    content = story.documents(case)[1].content
    assert (content["scope"], content["years"]) == (scope, 3)
    assert content["scope_text"].startswith("该基地" if scope == "base" else "依托单位")


@pytest.mark.article("22")
def test_scope_proposed_is_the_parameter_in_force(story: Story) -> None:
    """参数 ban.scope 随时生效，表单以此预填。"""
    story.sets("ban.scope", "base", date(2026, 3, 1))
    case = stage.heard(story)
    assert stage.prior(story, case, "decide")["scope"] == "base"


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("policy", "changes", "begins", "ends"),
    [
        ("document_date", {}, date(2026, 3, 3), date(2029, 3, 3)),
        ("service_date", {}, date(2026, 3, 9), date(2029, 3, 9)),
        ("effective_date", {"effective_on": "2026-03-06"}, date(2026, 3, 6), date(2029, 3, 6)),
    ],
)
def test_ban_begins_as_the_parameter_says(
    story: Story, policy: str, changes: dict[str, str], begins: date, ends: date
) -> None:
    """domain.md 3.1：自成文、送达或者生效之日起三年。"""
    story.sets("ban.start", policy, date(2026, 3, 1))
    case = stage.decided(story)
    story.today("2026-03-05")
    document = sheets.document(clock.today(), issued_on="2026-03-03", **changes)
    story.does(case, "register_document", "issue", document)
    assert story.base(stage.base_of(story)).status == "active"
    story.today("2026-03-10")
    story.does(case, "serve", "served", sheets.service(clock.today(), story.file_id, served_on="2026-03-09"))
    assert story.end(case) == "revoked"
    (ban,) = stage.bans_of(story)
    assert (ban.starts_on, ban.ends_on) == (begins, ends)
    assert story.base(stage.base_of(story)).status_on == begins
    assert bool(story.documents(case)[1].content["until"]) is (policy == "document_date")


@pytest.mark.article("22")
def test_effective_day_to_come_is_waited_for(story: Story) -> None:
    """生效日期在后的，到期日零时取消资格；此前仍在册。系统停机越过生效日的，恢复后按生效日期记载。"""
    story.sets("ban.start", "effective_date", date(2026, 3, 1))
    case = stage.decided(story)
    document = sheets.document(clock.today(), effective_on="2026-04-01")
    story.does(case, "register_document", "issue", document)
    story.does(case, "serve", "served", sheets.service(clock.today(), story.file_id))
    assert (story.end(case), story.open(case)) == (None, [])
    story.today("2026-03-31", "23:59")
    assert story.base(stage.base_of(story)).status == "active"
    story.stops("2026-04-03T08:00")
    story.works()
    assert story.end(case) == "revoked"
    assert story.base(stage.base_of(story)).status_on == date(2026, 4, 1)
    assert stage.bans_of(story)[0].ends_on == date(2029, 4, 1)


@pytest.mark.article("18")
def test_leap_day(story: Story) -> None:
    """domain.md 3.1：2028年2月29日决定的，至2031年2月28日。"""
    story.today("2028-02-29")
    stage.revoked(story, doc_no="浙科发外〔2028〕5号")
    assert stage.bans_of(story)[0].ends_on == date(2031, 2, 28)


@pytest.mark.article("22")
def test_nothing_is_done_twice(story: Story) -> None:
    """同一操作重复提交，只取消一次、只有一条限制记录。"""
    case = stage.decided(story)
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    task, content = story.task(case, "serve"), sheets.service(clock.today(), story.file_id)
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            commands.submit(tx, story.person("p-officer"), task.id, content, "served", command_id="twice")
    story.works()
    assert len(stage.bans_of(story)) == 1
    assert story.end(case) == "revoked"


@pytest.mark.article("22")
@pytest.mark.stage("opened")
def test_open_applications_of_the_banned_host_end(story: Story) -> None:
    """domain.md 3.4：途中开始限制的，该单位在办的申报终止；他单位的申报不受影响。"""
    explained = [{"rule_id": "C11", "text": "现有基地侧重磁性材料应用，本基地侧重稀土永磁制备，二者错位布局。"}]
    own = story.submits(HOST, topic="稀土永磁", number=7, explanations=explained)
    other = story.submits("host-jhsf")
    stage.revoked(story)
    assert story.end(own) == "banned_midway"
    assert story.end(other) is None
    assert story.told(f"p-{HOST}", "的申报终止。贵单位因浙科发外〔2026〕45号自2026年3月9日起三年内不得申报")
    again = story.drafts(HOST)
    with pytest.raises(Invalid) as error:
        story.does(again, "fill", "submit", story.content(HOST, topic="稀土永磁", number=7, explanations=explained))
    assert "2029-03-10" in str(error.value.fields) or "2029年3月10日" in str(error.value.fields)


@pytest.mark.article("22")
@pytest.mark.stage("opened")
def test_ban_on_one_base_leaves_other_fields_free(story: Story) -> None:
    """domain.md 3.4：范围为该基地的，名称、负责人、领域都不同的申报继续办理。"""
    own = story.submits(HOST, topic="海洋观测", number=7, field_code="life_health", explanations=_all_explained())
    stage.revoked(story, "base")
    assert story.end(own) is None


def _all_explained() -> list[dict[str, str]]:
    return [{"rule_id": "C11", "text": "现有基地侧重磁性材料应用，本基地面向海洋观测，二者领域不同。"}]


# ---------------------------------------------------------------------------------------- ends without effect


@pytest.mark.article("22")
def test_lead_is_not_followed(story: Story) -> None:
    """第二十二条：线索不成立的不予立案，须写明理由。"""
    case = stage.proposed(story)
    assert story.told("p-officer", "提供虚假信息的情形，请立案审查")
    with pytest.raises(Invalid):
        story.does(case, "open_case", "decline", {})
    story.does(case, "open_case", "decline", {}, "线索系重名单位，与本基地无关。")
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("not_opened", "not_opened")
    assert story.told("p-officer", "线索系重名单位，与本基地无关")
    assert not story.told(f"p-{HOST}", "立案")
    assert story.base(stage.base_of(story)).status == "active"


@pytest.mark.article("22")
def test_ground_is_not_established(story: Story) -> None:
    """第二十二条：核实不成立的，不予取消，写明理由告知。"""
    case = stage.asked(story)
    story.does(case, "verify", "close", sheets.verification(*G3, against=G3), REASON)
    assert (story.end(case), story.proceeding(case)["status"]) == ("closed", "closed")
    assert story.told(f"p-{HOST}", "不予取消资格。理由：经核实情形不成立")
    assert story.documents(case) == []
    assert stage.bans_of(story) == []


@pytest.mark.article("22")
def test_leader_decides_not_to_revoke(story: Story) -> None:
    """第二十二条：告知后集体决定不予取消的，制发决定。"""
    case = stage.heard(story)
    decision = {key: sheets.decision(clock.today())[key] for key in ("meeting_type", "meeting_on", "minutes_no")}
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "not_revoke", {}, "情节轻微。")
    assert error.value.fields.keys() == {"meeting_type", "meeting_on", "minutes_no"}
    story.does(case, "decide", "not_revoke", decision, "情节轻微，已改正。")
    assert story.end(case) == "closed"
    assert [row.kind for row in story.documents(case)] == ["revocation_notice", "revocation_closed"]
    assert story.documents(case)[1].content["reason"] == "情节轻微，已改正"
    assert story.told(DEPARTMENT, "情节轻微，已改正")


@pytest.mark.article("12(3)")
def test_base_puts_things_right(story: Story) -> None:
    """第十二条（三）：责令整改，逐项报送、核查到位后结案。"""
    case = stage.asked(story, "G6")
    order = {**sheets.verification("G6.first"), **sheets.rectification_order(clock.today())}
    with pytest.raises(Invalid) as error:
        story.does(case, "verify", "rectified", {"rectified_check": "已核查。"}, "已整改。")
    assert "现在不能选择" in error.value.fields["outcome"]
    story.does(case, "verify", "rectify", order, "先整改。")
    task = story.task(case, "rectify")
    assert (task.due_on, task.org_id) == (date(2026, 4, 1), HOST)
    assert story.documents(case)[0].kind == "rectification_order"
    assert story.told(f"p-{HOST}", "请于2026年4月1日前报送整改情况")
    story.today("2026-03-20")
    story.does(case, "rectify", "submit", sheets.rectification_report(clock.today(), story.file_id))
    story.does(case, "verify", "rectified", {"rectified_check": "现场核查，制度和培训均已落实。"}, "整改到位。")
    assert (story.end(case), story.proceeding(case)["status"]) == ("rectified", "rectified")
    assert story.told(f"p-{HOST}", "已整改到位")


@pytest.mark.article("12(3)")
def test_base_lets_the_limit_pass(story: Story) -> None:
    """第十二条（三）：期满未报送的由省科技厅核查；次数用完不能再责令整改，可以转入告知。"""
    case = stage.asked(story, "G6")
    for round_ in (1, 2):
        order = {**sheets.verification("G6.first"), **sheets.rectification_order(clock.today(), 10)}
        story.does(case, "verify", "rectify", order, "先整改。")
        story.days_pass(12)
        assert story.elements(case) == ["verify"], round_
    order = {**sheets.verification("G6.first"), **sheets.rectification_order(clock.today(), 10)}
    with pytest.raises(Invalid) as error:
        story.does(case, "verify", "rectify", order, "再整改。")
    assert "现在不能选择“责令整改”" in error.value.fields["outcome"]
    story.does(case, "verify", "proceed", sheets.verification("G6.first"))
    assert story.elements(case) == ["draft_notice"]


@pytest.mark.article("12(3)")
def test_rectification_may_be_reported_until_the_end_of_its_last_day(story: Story) -> None:
    case = stage.asked(story, "G6")
    order = {**sheets.verification("G6.first"), **sheets.rectification_order(clock.today(), 10)}
    story.does(case, "verify", "rectify", order, "先整改。")
    story.today("2026-03-12", "23:59")
    assert story.elements(case) == ["rectify"]
    story.today("2026-03-13", "00:00")
    assert story.elements(case) == ["verify"]


@pytest.mark.article("22")
def test_officer_withdraws_the_file(story: Story) -> None:
    """第二十二条：决定前发现不应立案的，撤销立案；决定印发后不能撤销。"""
    case = stage.told(story)
    with pytest.raises(Forbidden):
        story.sends(case, "withdraw_case", f"p-{HOST}", sheets.withdrawal())
    story.sends(case, "withdraw_case", "p-officer", sheets.withdrawal())
    assert (story.end(case), story.proceeding(case)["status"]) == ("closed_midway", "closed")
    assert story.told(f"p-{HOST}", "经复查线索与该基地无关")
    assert (story.open(case), story.timers(case)) == ([], {})


@pytest.mark.article("22")
def test_what_is_decided_is_not_withdrawn(story: Story) -> None:
    case = stage.decided(story)
    with pytest.raises(Rejected, match="撤销立案"):
        story.sends(case, "withdraw_case", "p-officer", sheets.withdrawal())


@pytest.mark.article("24")
@pytest.mark.parametrize("before", ["begun", "opened", "told", "decided"])
def test_base_that_ended_otherwise_ends_the_file(story: Story, before: str) -> None:
    """第二十三条、第二十四条：基地资格已终止的，本程序终止。"""
    case = getattr(stage, before)(story)
    payload = {"kind": "transferred_national", "reason": "基地已转为科技部国合基地", "case": "case-x"}
    story.delivers(case, "base_terminal", payload)
    assert (story.end(case), story.proceeding(case)["status"]) == ("ended", "ended")
    assert story.open(case) == []
    assert story.told("p-officer", "基地已转为科技部国合基地")


# ---------------------------------------------------------------------------------------- grounds


@pytest.mark.article("22(1)")
def test_report_handed_in_during_the_evaluation_is_no_ground(story: Story) -> None:
    """第二十二条（一）：无正当理由未报，并且评价期间未补充，缺一不可。"""
    case = stage.begun(story)
    wrong = sheets.opening("G1")
    wrong["grounds"][0]["second"] = False
    with pytest.raises(Invalid) as error:
        story.does(case, "open_case", "open", wrong)
    assert "已补充提交的不构成" in error.value.fields["grounds.0.second"]
    stage.asked(story, "G1", case=case)
    found = sheets.verification("G1.first", "G1.second", against=("G1.second",))
    with pytest.raises(Invalid) as error:
        story.does(case, "verify", "proceed", found)
    assert "没有成立的情形" in error.value.fields["findings"]
    story.does(case, "verify", "close", found, "评价期间已补充提交。")
    assert story.end(case) == "closed"


@pytest.mark.article("22(5)")
def test_a_late_change_alone_is_no_ground(story: Story) -> None:
    """第二十二条（五）：仅逾期申请变更、未影响正常运行的，不构成。"""
    case = stage.begun(story)
    wrong = sheets.opening("G5")
    wrong["grounds"][0]["second"] = False
    with pytest.raises(Invalid) as error:
        story.does(case, "open_case", "open", wrong)
    assert "仅逾期申请不构成" in error.value.fields["grounds.0.second"]


@pytest.mark.article("22(2)")
def test_two_unqualified_results_running(story: Story) -> None:
    """第十八条、第二十二条（二）：台账最近两次均为不合格才能立案，决定引第十八条。"""
    case = stage.begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "open_case", "open", sheets.opening("G2"))
    assert "不是连续“不合格”" in error.value.fields["grounds.0.ground"]
    _grades(story, "qualified", "unqualified", "unqualified")
    stage.asked(story, "G2", case=case)
    story.does(case, "verify", "proceed", sheets.verification("G2.first"))
    stage.notified(story, case, "G2")
    assert story.documents(case)[0].content["cited"].endswith("第十八条、第二十二条第（二）项")


@pytest.mark.article("22(4)")
@pytest.mark.parametrize(("ground", "orgs"), [("G6", ["province-fg"]), ("G4", ["province-fg", "province-jd"])])
def test_security_and_law_cosign(story: Story, ground: str, orgs: list[str]) -> None:
    """第二十二条（四）：涉及外交、科技安全的由监督诚信处室会签，法规处室均会签；推荐部门同时提出意见。"""
    case = stage.opened(story, ground)
    assert sorted(str(t.key) for t in story.open(case) if t.element == "cosign") == orgs
    assert story.task(case, "opine").org_id == "city-330200"
    stage.cosigned(story, case, "disagree", "证据不足。")
    assert story.elements(case) == ["opine"]
    story.does(case, "opine", "oppose", sheets.opinion(clock.today()), "建议教育为主。")
    assert story.elements(case) == ["verify"]
    opinions = stage.prior(story, case, "verify")["opinions"]
    assert [row["view"] for row in opinions] == ["建议不予取消", *["不同意"] * len(orgs)]


@pytest.mark.article("13(4)")
def test_silent_department_does_not_hold_it_up(story: Story) -> None:
    """第十三条（四）：推荐部门5个工作日内未提出意见的，不影响核实。"""
    case = stage.opened(story)
    stage.cosigned(story, case)
    assert story.task(case, "opine").due_on == date(2026, 3, 9)
    story.today("2026-03-09", "23:59")
    assert story.elements(case) == ["opine"]
    story.today("2026-03-10", "00:00")
    assert story.elements(case) == ["verify"]
    assert stage.prior(story, case, "verify")["opinions"][0]["view"] == "逾期未提出意见"


@pytest.mark.article("22")
def test_every_proposal_is_dealt_with(story: Story) -> None:
    """系统提出的情形，列入本案或者写明不列入的理由。"""
    case = stage.proposed(story, stage.LEAD, {"ground": "G5", "facts": "变更逾期申请。"})
    with pytest.raises(Invalid) as error:
        story.does(case, "open_case", "open", sheets.opening("G3", proposals=[{"no": "1", "handling": "taken"}]))
    assert "proposals.1.handling" in error.value.fields
    handled = [
        {"no": "1", "handling": "taken"},
        {"no": "2", "handling": "not_taken", "reason": "未影响正常运行。"},
    ]
    story.does(case, "open_case", "open", sheets.opening("G3", proposals=handled))
    assert story.variables(case)["filing"]["grounds"] == ["G3"]
    assert story.proceeding(case)["kind"] == "G3"


@pytest.mark.article("22")
def test_new_grounds_join_the_open_case(story: Story) -> None:
    """domain.md 3.6：已有程序的，新情形并入；告知后并入的须退回核实、另行告知。"""
    case = stage.opened(story)
    story.delivers(case, "ground_added", {"grounds": [{"ground": "G5", "facts": "擅自更换负责人。"}]})
    assert story.told("p-officer", "并入新的情形：重大事项变更未及时申请")
    story.does(case, "opine", "support", sheets.opinion(clock.today()))
    stage.cosigned(story, case)
    rows = [row["finding"] for row in stage.prior(story, case, "verify")["findings"]]
    assert rows == ["G3.first", "G5.first", "G5.second"]
    story.does(case, "verify", "proceed", sheets.verification(*rows, against=("G5.second",)))
    with pytest.raises(Invalid) as error:
        story.does(case, "draft_notice", "submit", sheets.notice("G3", "G5"))
    assert error.value.fields
    stage.notified(story, case)
    story.delivers(case, "ground_added", {"ground": "G6", "facts": "已停止国际合作。"})
    assert story.told("p-officer", "新情形须退回核实并另行告知")
    story.does(case, "statement", "waive", {"waiver": story.file_id})
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3", "G6"))
    assert error.value.fields
    story.does(case, "decide", "return", {}, "并入新情形，补充核实后另行告知。")
    assert story.elements(case) == ["verify"]
    rows = [row["finding"] for row in stage.prior(story, case, "verify")["findings"]]
    assert rows == ["G3.first", "G5.first", "G5.second", "G6.first"]
    story.does(case, "verify", "proceed", sheets.verification(*rows, against=("G5.second",)))
    stage.notified(story, case, "G3", "G6")
    assert story.task(case, "statement").due_on == date(2026, 3, 16)
    story.does(case, "statement", "waive", {"waiver": story.file_id})
    story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3", "G6"))
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    story.does(case, "serve", "served", sheets.service(clock.today(), story.file_id))
    assert story.end(case) == "revoked"
    assert story.documents(case)[-1].content["grounds"] == ["G3", "G6"]


@pytest.mark.article("22")
def test_one_case_at_a_time(story: Story) -> None:
    """domain.md 3.6：同一基地的取消资格一件办理，人员不能另行立案。"""
    stage.begun(story)
    with pytest.raises(Rejected, match="请将新的情形并入该件"):
        stage.begun(story)


@pytest.mark.article("22(2)")
def test_corrected_grade_withdraws_its_ground(story: Story) -> None:
    """domain.md 3.5：评价结果更正的，连续不合格的情形撤回；没有其他情形的，撤销立案。"""
    _grades(story, "unqualified", "unqualified")
    case = stage.asked(story, "G2", "G6")
    removed = {"ground": "G2", "reason": "评价结果经复核更正为合格。"}
    story.delivers(case, "ground_removed", removed)
    assert story.end(case) is None
    assert [row["finding"] for row in stage.prior(story, case, "verify")["findings"]] == ["G6.first"]
    story.delivers(case, "ground_removed", {"ground": "G6", "reason": "已恢复运行。"})
    assert (story.end(case), story.proceeding(case)["status"]) == ("closed_midway", "closed")
    assert story.told(f"p-{HOST}", "不予取消资格。理由：已恢复运行")


# ---------------------------------------------------------------------------------------- who may


@pytest.mark.article("12(2)")
def test_only_the_province_begins_it_and_for_bases_it_manages(story: Story) -> None:
    """第十二条（二）：由省科技厅立案；已不在册的基地不能立案。"""
    base = stage.base_of(story)
    for person in (f"p-{HOST}", DEPARTMENT, "p-leader"):
        with pytest.raises(Forbidden):
            story.starts("revocation", person, base_id=base)
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, base, clock.today(), status="exited")
    with pytest.raises(Rejected, match="不符合发起"):
        stage.begun(story)


@pytest.mark.article("12(2)")
def test_who_verified_does_not_decide(story: Story) -> None:
    """第十二条（二）：核实、拟稿与决定不得为同一人；他岗位不能代为决定。"""
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-officer", "dept_leader", "province", by="test", valid_from=date(2026, 1, 1))
    case = stage.heard(story)
    with pytest.raises(Forbidden, match="不同人员"):
        story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3"), person="p-officer")
    with pytest.raises(Forbidden):
        story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3"), person="p-head")


# ---------------------------------------------------------------------------------------- dates and numbers


@pytest.mark.article("22")
def test_dates_and_numbers_of_decision_document_and_service(story: Story) -> None:
    """会议不早于告知、不晚于今天；文号不重复；送达不早于成文、不晚于今天。"""
    case = stage.heard(story)
    for day, said in (("2026-03-01", "不能早于事先告知"), ("2026-03-03", "不能晚于今天")):
        with pytest.raises(Invalid) as error:
            story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3", meeting_on=day))
        assert said in error.value.fields["meeting_on"]
    story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3"))
    used = story.base(stage.base_of(story)).doc_no
    for changes, field in (
        ({"doc_no": used}, "doc_no"),
        ({"issued_on": "2026-03-01"}, "issued_on"),
        ({"issued_on": "2026-03-03"}, "issued_on"),
    ):
        with pytest.raises(Invalid) as error:
            story.does(case, "register_document", "issue", sheets.document(clock.today(), **changes))
        assert field in error.value.fields
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    for day in ("2026-03-01", "2026-03-03"):
        with pytest.raises(Invalid) as error:
            story.does(case, "serve", "served", sheets.service(clock.today(), story.file_id, served_on=day))
        assert "served_on" in error.value.fields
    with pytest.raises(Invalid) as error:
        story.does(case, "serve", "served", {**sheets.service(clock.today(), ""), "receipt": None})
    assert "receipt" in error.value.fields
