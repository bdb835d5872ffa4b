"""优化提升: reminder with receipt, plan defined by the department, mid-term and closing check, every end (第十八条)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.evaluating import Evaluating
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import evaluation_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Stale

HOST = "host-jhsf"
PROBLEMS = [{"problem": "人员往来不足", "source": "定量指标"}, {"problem": "成果转化偏弱", "source": "专家评审"}]
BEGUN = {"evaluation": "px", "round_name": "2026年度评价", "doc_no": "浙科发外〔2026〕41号", "problems": PROBLEMS}


class Improving:
    """An improvement of one base that an unqualified evaluation began on 2 March 2026."""

    def __init__(self, story: Story) -> None:
        story.today("2026-03-02")
        self.story = story
        self.found = Evaluating(story, (HOST,))
        with story.database.writing(SYSTEM) as tx:
            answer = commands.start(
                tx, SYSTEM, "improvement", command_id="improve", base_id=self.found.bases[HOST], begun=BEGUN
            )
        self.case = answer.case_id

    def does(self, element: str, outcome: str, content: Any, opinion: str = "", **more: Any) -> None:
        self.story.does(self.case, element, outcome, content, opinion, **more)

    def reminds(self) -> None:
        self.does("send_notice", "send", sheets.send_notice(clock.today()))

    def drafts(self) -> None:
        self.does("draft_plan", "submit", sheets.draft_plan(clock.today(), PROBLEMS, self.story.file_id))

    def defines(self, **changes: Any) -> None:
        prior = dict(self.found.prior(self.case, "define_plan"))
        if not prior["measures"]:
            own = sheets.draft_plan(clock.today(), PROBLEMS, "")
            prior |= {"measures": own["measures"], "goals": own["goals"]}
        self.does("define_plan", "define", sheets.define_plan(prior, **changes))

    def files(self) -> None:
        self.does("file_plan", "file", sheets.file_plan())

    def reports(self, element: str, state: str = "done", **changes: Any) -> None:
        rows = self.found.prior(self.case, element)["rows"]
        self.does(element, "submit", sheets.progress(rows, state, **changes))

    def runs(self) -> None:
        """Until the plan is filed: checks on 2 September 2026 and 2 March 2027."""
        self.reminds()
        self.does("acknowledge", "receive", sheets.acknowledge(clock.today()))
        self.drafts()
        self.defines()
        self.files()

    def midway(self) -> None:
        self.runs()
        self.story.today("2026-09-02")
        self.reports("mid_report", "on_track")
        self.does("mid_check", "pass", sheets.progress_check(clock.today()))

    def closing(self) -> None:
        self.midway()
        self.story.today("2027-03-02")
        self.reports("closing_report")
        self.does("closing_check", "submit", sheets.progress_check(clock.today(), "close"))


@pytest.mark.article("18", "21", "13(2)")
def test_improvement_from_reminder_to_close(story: Story) -> None:
    """第十八条：提醒督促、签收、依托单位拟订、推荐部门明确方案和支持措施、备案、中期检查、期满检查、办结。"""
    it = Improving(story)
    assert (story.elements(it.case), story.proceeding(it.case)["status"]) == (["send_notice"], "notice")
    it.reminds()
    (letter,) = story.documents(it.case)
    assert (letter.kind, letter.content["problems"]) == ("improvement_notice", ["人员往来不足", "成果转化偏弱"])
    assert story.told(f"p-{HOST}", "请签收并拟订优化提升方案")
    assert story.told("p-dept-jyt", "请签收并拟订优化提升方案")
    it.does("acknowledge", "receive", sheets.acknowledge(clock.today()))
    assert [row["problem"] for row in it.found.prior(it.case, "draft_plan")["problems"]] == [
        "人员往来不足",
        "成果转化偏弱",
    ]
    it.drafts()
    assert story.task(it.case, "define_plan").role == "recommender"
    it.defines()
    it.files()
    filed = story.variables(it.case)["filed"]
    assert (filed["mid_on"], filed["end_on"]) == ("2026-09-02", "2027-03-02")
    assert (story.open(it.case), story.proceeding(it.case)["status"]) == ([], "running")
    story.today("2026-09-02", "00:00")
    assert story.elements(it.case) == ["mid_report"]
    it.reports("mid_report", "on_track")
    it.does("mid_check", "pass", sheets.progress_check(clock.today()))
    story.today("2027-03-02")
    it.reports("closing_report")
    it.does("closing_check", "submit", sheets.progress_check(clock.today(), "close"))
    it.does("close", "close", sheets.close_improvement())
    row = story.proceeding(it.case)
    assert (story.end(it.case), row["status"], row["verdict"]) == ("closed", "closed", "closed")
    assert story.told("p-dept-jyt", "结果：完成")


@pytest.mark.article("18")
def test_an_unsigned_reminder_counts_as_delivered(story: Story) -> None:
    """第十八条：逾期未签收的视为送达，推荐部门知悉。"""
    it = Improving(story)
    it.reminds()
    assert story.task(it.case, "acknowledge").due_on == date(2026, 3, 9)
    story.today("2026-03-10")
    assert story.elements(it.case) == ["draft_plan"]
    assert story.told("p-dept-jyt", "视为送达")


@pytest.mark.article("18")
def test_the_department_defines_the_plan_where_the_host_drafts_none(story: Story) -> None:
    """第十八条：依托单位未报的，推荐部门直接明确方案；推荐部门逾期只催办。"""
    it = Improving(story)
    it.reminds()
    it.does("acknowledge", "receive", sheets.acknowledge(clock.today()))
    story.today("2026-03-31")
    assert story.elements(it.case) == ["define_plan"]
    assert story.told("p-dept-jyt", "请贵部门直接明确方案")
    story.today("2026-04-16")
    assert (story.elements(it.case), story.task(it.case, "define_plan").urged) == (["define_plan"], 1)
    assert story.told("p-officer", "逾期未明确")
    it.defines()
    assert story.elements(it.case) == ["file_plan"]


@pytest.mark.article("18", "21")
def test_a_plan_without_support_or_measures_is_refused(story: Story) -> None:
    """第十八条、第二十一条：方案须逐项对应问题，并写明推荐部门的支持措施。"""
    it = Improving(story)
    it.reminds()
    it.does("acknowledge", "receive", sheets.acknowledge(clock.today()))
    short = sheets.draft_plan(clock.today(), PROBLEMS, story.file_id)
    with pytest.raises(Invalid) as error:
        it.does("draft_plan", "submit", {**short, "measures": short["measures"][:1]})
    assert "成果转化偏弱" in error.value.fields["measures"]
    it.drafts()
    with pytest.raises(Invalid) as error:
        it.defines(support=[])
    assert "support" in error.value.fields
    with pytest.raises(Forbidden):
        it.does("define_plan", "define", {}, person=f"p-{HOST}")


@pytest.mark.article("18")
def test_the_plan_goes_back_a_level_at_a_time(story: Story) -> None:
    """推荐部门退回依托单位；省科技厅退回推荐部门。"""
    it = Improving(story)
    it.reminds()
    it.does("acknowledge", "receive", sheets.acknowledge(clock.today()))
    it.drafts()
    it.does("define_plan", "return", {}, "措施不具体。")
    assert story.elements(it.case) == ["draft_plan"]
    it.drafts()
    it.defines()
    it.does("file_plan", "return", {}, "支持措施不明确。")
    assert story.elements(it.case) == ["define_plan"]
    it.defines()
    it.files()
    assert story.proceeding(it.case)["status"] == "running"


@pytest.mark.article("18")
def test_the_mid_term_check_may_change_the_plan(story: Story) -> None:
    """中期检查调整方案后重新备案，不再安排中期检查。"""
    it = Improving(story)
    it.runs()
    story.today("2026-09-02")
    it.reports("mid_report", "behind")
    it.does("mid_check", "adjust", sheets.progress_check(clock.today()), "进展滞后，调整措施。")
    assert story.elements(it.case) == ["define_plan"]
    it.defines(end_on="2027-06-01")
    it.files()
    assert (story.elements(it.case), story.variables(it.case)["filed"]["checked"]) == ([], True)
    story.today("2027-06-01")
    assert story.elements(it.case) == ["closing_report"]


@pytest.mark.article("18")
def test_checks_go_on_without_the_host_s_reports(story: Story) -> None:
    """依托单位逾期未报进展的，推荐部门直接检查。"""
    it = Improving(story)
    it.runs()
    story.today("2026-09-24")
    assert story.elements(it.case) == ["mid_check"]
    it.does("mid_check", "pass", sheets.progress_check(clock.today()))
    story.today("2027-03-24")
    assert story.elements(it.case) == ["closing_check"]
    it.does("closing_check", "submit", sheets.progress_check(clock.today(), "unfinished"))
    with pytest.raises(Invalid) as error:
        it.does("close", "close", sheets.close_improvement())
    assert "materials" in error.value.fields
    it.does("close", "unfinished", sheets.close_improvement(), "未按方案落实。")
    row = story.proceeding(it.case)
    assert (story.end(it.case), row["status"], row["verdict"]) == ("unfinished", "unfinished", "unfinished")
    assert story.told(f"p-{HOST}", "下一轮绩效评价时核查")


@pytest.mark.article("18")
def test_one_extension_and_no_more(story: Story) -> None:
    """优化提升期只能延长一次。"""
    it = Improving(story)
    it.closing()
    with pytest.raises(Invalid):
        it.does("close", "extend", sheets.close_improvement(), "再给三个月。")
    with pytest.raises(Invalid):
        it.does("close", "extend", sheets.close_improvement(until="2027-03-01"), "再给三个月。")
    it.does("close", "extend", sheets.close_improvement(until="2027-06-01"), "再给三个月。")
    assert story.told("p-dept-jyt", "延长至2027年6月1日")
    story.today("2027-06-01")
    it.reports("closing_report")
    it.does("closing_check", "submit", sheets.progress_check(clock.today(), "close"))
    with pytest.raises(Invalid) as error:
        it.does("close", "extend", sheets.close_improvement(until="2027-12-01"), "再延长。")
    assert "outcome" in error.value.fields
    it.does("close", "close", sheets.close_improvement())
    assert story.end(it.case) == "closed"


@pytest.mark.article("22", "23", "24")
@pytest.mark.parametrize("where", ["notice", "running"])
def test_the_end_of_the_base_ends_its_improvement(story: Story, where: str) -> None:
    """第二十二条至第二十四条：基地资格终止的，优化提升随之终止。"""
    it = Improving(story)
    if where == "running":
        it.runs()
    story.delivers(it.case, "base_terminal", {"kind": "revoked", "reason": "基地资格已取消"})
    assert (story.end(it.case), story.proceeding(it.case)["status"]) == ("ended", "ended")
    assert (story.open(it.case), story.timers(it.case)) == ([], {})


@pytest.mark.article("18")
def test_a_changed_grade_ends_the_improvement(story: Story) -> None:
    """复核变更等次的，优化提升终止。"""
    it = Improving(story)
    it.runs()
    story.delivers(it.case, "grade_changed", {"grade": "qualified", "reason": "评价等次经复核变更为合格"})
    assert (story.end(it.case), story.proceeding(it.case)["note"]) == (
        "ended_grade_changed",
        "评价等次经复核变更为合格",
    )


def test_a_receipt_is_signed_once(story: Story) -> None:
    """重复提交只有一次有效。"""
    it = Improving(story)
    it.reminds()
    task = story.task(it.case, "acknowledge")
    person = story.owner(task)
    story.commands("submit", person, task.id, sheets.acknowledge(clock.today()), "receive")
    with pytest.raises(Stale):
        story.commands("submit", person, task.id, sheets.acknowledge(clock.today()), "receive")


@pytest.mark.article("18")
def test_the_next_round_looks_at_the_improvement(story: Story) -> None:
    """3.6：优化提升在办时可以开展下一轮评价，方案完成情况列入评价依据。"""
    it = Improving(story)
    it.closing()
    it.does("close", "unfinished", sheets.close_improvement(), "未按方案落实。")
    for year in (2026,):
        it.found.reports(HOST, year)
    it.found.begins()
    evaluation = it.found.evaluations[HOST]
    assert story.proceeding(evaluation)["facts"]["improvement"] == "unfinished"
