"""奖励经费: granted for 优秀, paid, used, reported, looked at; stopped by a revocation, settled when the base ends (第十九条)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes import exits
from tests.processes import revocations as stage
from tests.processes.revocations import DEPARTMENT, HOST
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import exit_sheets, revocation_sheets
from webapp.demo import reward_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import register

BEGUN = {
    "evaluation": "case-ev",
    "round_name": "2026年度绩效评价",
    "grade": "excellent",
    "doc_no": "浙科发外〔2026〕20号",
    "decided_on": "2026-03-02",
}


def begun(story: Story) -> str:
    """The officer registers a reward of himself."""
    return story.starts("reward", "p-officer", base_id=stage.base_of(story))


def earned(story: Story, key: str = "reward:1") -> str:
    """The evaluation began it."""
    with story.database.writing(SYSTEM) as tx:
        begins = {"key": key, "base_id": stage.base_of(story), "begun": BEGUN}
        answer = commands.start(tx, SYSTEM, "reward", command_id=key, **begins)
    story.works()
    return answer.case_id


def registered(story: Story, case: str = "") -> str:
    case = case or begun(story)
    story.does(case, "register", "submit", sheets.registration(clock.today()))
    return case


def approved(story: Story, case: str = "") -> str:
    case = registered(story, case)
    story.does(case, "approve", "approve", sheets.approval())
    return case


def paid(story: Story, case: str = "") -> str:
    case = approved(story, case)
    story.does(case, "pay", "paid", sheets.payment(clock.today()))
    return case


def reported(story: Story, *amounts: float, **changes: Any) -> str:
    case = paid(story)
    story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id, *amounts, **changes))
    return case


# ---------------------------------------------------------------------------------------- the whole way


@pytest.mark.article("19")
def test_excellent_base_is_rewarded_and_accounts_for_it(story: Story) -> None:
    """第十九条：优秀的给予奖励，用于国际科技合作交流，使用情况及成效经核验供下一轮评价。"""
    case = earned(story)
    assert story.told("p-officer", "在2026年度绩效评价中评为优秀，请登记奖励")
    assert story.variables(case)["grant"]["doc_no"] == "浙科发外〔2026〕20号"
    paid(story, case)
    row = story.proceeding(case)
    assert (row["amount"], row["spent"], row["due_on"]) == (50, 0, date(2029, 3, 2))
    assert story.task(case, "report_use").due_on == date(2029, 3, 2)
    assert story.told(f"p-{HOST}", "奖励经费50万元已拨付")
    story.today("2028-11-20")
    story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id, 30, 20))
    story.does(case, "evaluate_use", "accept", sheets.evaluation())
    assert (story.end(case), story.proceeding(case)["status"]) == ("closed", "closed")
    row = story.proceeding(case)
    assert (row["spent"], row["verdict"], row["submitted_on"]) == (50, "evaluated", date(2028, 11, 20))
    assert row["facts"]["by_purpose"] == {"travel": 30.0, "conference": 20.0}
    assert story.told(DEPARTMENT, "使用情况已核验，支出50万元")


@pytest.mark.article("19")
def test_reward_is_begun_once_an_evaluation(story: Story) -> None:
    assert earned(story) == earned(story)


@pytest.mark.article("19")
def test_unspent_part_is_decided(story: Story) -> None:
    """第十九条：支出、比例、结余由系统计算；未使用的写明计划，由省科技厅决定。"""
    case = paid(story)
    use = sheets.use(clock.today(), story.file_id, 30)
    with pytest.raises(Invalid) as error:
        story.does(case, "report_use", "submit", use)
    assert "尚有20万元未使用" in error.value.fields["unspent_plan"]
    story.does(case, "report_use", "submit", {**use, "unspent_plan": "合作方来访推迟，明年使用。"})
    with pytest.raises(Invalid) as error:
        story.does(case, "evaluate_use", "accept", sheets.evaluation())
    assert "未使用的20万元如何处理" in error.value.fields["unspent"]
    story.does(case, "evaluate_use", "accept", sheets.evaluation(unspent="recover", recognised=28.5))
    assert story.proceeding(case)["facts"]["left"] == 21.5
    assert story.told(f"p-{HOST}", "支出28.5万元。未使用的21.5万元收回")


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("amounts", "changes", "field", "said"),
    [
        ((40, 20), {}, "items", "支出合计60万元，超过奖励经费50万元"),
        ((50,), {"on": "2026-03-01"}, "items.0.on", "不能早于拨付日期"),
        ((50,), {"on": "2026-03-03"}, "items.0.on", "不能晚于今天"),
        ((50,), {"purpose": "other", "content": "杂费"}, "items.0.content", "与国际科技合作的关系"),
    ],
)
def test_use_must_be_of_the_money_and_for_its_purpose(
    story: Story, amounts: tuple[float, ...], changes: dict[str, str], field: str, said: str
) -> None:
    """第十九条：用于国际科技合作交流支出，不超过拨付金额，日期合理。"""
    case = paid(story)
    use = sheets.use(clock.today(), story.file_id, *amounts)
    use["items"][0] |= changes
    with pytest.raises(Invalid) as error:
        story.does(case, "report_use", "submit", use)
    assert said in error.value.fields[field]


@pytest.mark.article("19")
def test_officer_sends_the_report_back(story: Story) -> None:
    case = reported(story)
    with pytest.raises(Invalid):
        story.does(case, "evaluate_use", "return", {}, "缺凭证。")
    story.does(case, "evaluate_use", "return", {"comment": "请补充凭证。"}, "缺凭证。")
    assert story.elements(case) == ["report_use"]
    story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id))
    story.does(case, "evaluate_use", "accept", sheets.evaluation())
    assert story.end(case) == "closed"


# ---------------------------------------------------------------------------------------- second reward, refusals


@pytest.mark.article("19")
def test_second_reward_waits_for_the_first_one_s_report(story: Story) -> None:
    """domain.md 3.5：两次优秀有两次奖励；第一次的使用情况经核验后才能批准第二次。"""
    first = paid(story)
    second = registered(story, earned(story, "reward:2"))
    assert story.variables(second)["grant"]["previous"][0]["state"] == "使用情况尚未核验"
    with pytest.raises(Invalid) as error:
        story.does(second, "approve", "approve", sheets.approval())
    assert "使用情况尚未核验，核验后才能批准" in error.value.fields[""]
    story.does(first, "report_use", "submit", sheets.use(clock.today(), story.file_id))
    story.does(first, "evaluate_use", "accept", sheets.evaluation())
    story.does(second, "approve", "approve", sheets.approval())
    assert story.elements(second) == ["pay"]


@pytest.mark.article("19")
def test_head_returns_and_officer_declines(story: Story) -> None:
    """退回修改；不予奖励须写明理由，告知依托单位。"""
    case = registered(story)
    story.does(case, "approve", "return", {}, "请核对资金来源。")
    assert story.elements(case) == ["register"]
    story.does(case, "register", "decline", {}, "本年度未安排奖励资金。")
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("not_awarded", "not_awarded")
    assert story.told(f"p-{HOST}", "本次不予奖励。理由：本年度未安排奖励资金")


@pytest.mark.article("19")
def test_only_excellent_results_are_rewarded(story: Story) -> None:
    """第十九条：只有优秀的可以奖励；拨付不超过批准金额、不晚于今天；登记与审核不得为同一人。"""
    case = begun(story)
    for changes, field in (
        ({"grade": "qualified"}, "grade"),
        ({"amount": 0}, "amount"),
        ({"basis": "most"}, "basis"),
        ({"result_on": "2026-03-03"}, "result_on"),
    ):
        with pytest.raises(Invalid) as error:
            story.does(case, "register", "submit", sheets.registration(clock.today(), **changes))
        assert field in error.value.fields
    approved(story, case)
    for changes, field in (({"amount": 50.01}, "amount"), ({"paid_on": "2026-03-03"}, "paid_on")):
        with pytest.raises(Invalid) as error:
            story.does(case, "pay", "paid", sheets.payment(clock.today(), **changes))
        assert field in error.value.fields


@pytest.mark.article("19")
def test_national_base_rated_by_the_ministry_is_rewarded(story: Story) -> None:
    """第十九条：科技部评价优秀的国家级基地可以纳入奖励；转国家级后奖励照常。"""
    base = stage.base_of(story)
    case = paid(story)
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, base, clock.today(), status="transferred_national", level="national")
    story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id))
    story.does(case, "evaluate_use", "accept", sheets.evaluation())
    assert story.end(case) == "closed"
    again = begun(story)
    content = sheets.registration(clock.today(), basis="most", doc_no="国科发外〔2026〕7号")
    story.does(again, "register", "submit", content)
    assert story.elements(again) == ["approve"]


@pytest.mark.article("19")
def test_only_the_province_registers_and_only_the_host_reports(story: Story) -> None:
    base = stage.base_of(story)
    for person in (f"p-{HOST}", DEPARTMENT):
        with pytest.raises(Forbidden):
            story.starts("reward", person, base_id=base)
    case = paid(story)
    with pytest.raises(Forbidden):
        story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id), person="p-host-jhsf")


# ---------------------------------------------------------------------------------------- limits


@pytest.mark.article("19")
def test_report_is_due_by_the_next_evaluation_and_urged(story: Story) -> None:
    """第十九条：下一轮评价前报送；评价提前的按其期限告知，逾期催报并标记，仍应报送。"""
    case = paid(story)
    story.delivers(case, "use_report_requested", {"due_on": "2028-06-30"})
    assert story.proceeding(case)["due_on"] == date(2028, 6, 30)
    assert story.told(f"p-{HOST}", "请于2028年6月30日前报送")
    assert story.elements(case) == ["report_use"]
    story.today("2029-03-03")
    assert story.task(case, "report_use").urged == 1
    assert story.proceeding(case)["late"] is True
    story.does(case, "report_use", "submit", sheets.use(clock.today(), story.file_id))
    assert story.elements(case) == ["evaluate_use"]


# ---------------------------------------------------------------------------------------- meeting others


@pytest.mark.article("22")
def test_revocation_stops_the_payment_until_it_is_over(story: Story) -> None:
    """domain.md 3.6：取消资格立案的暂停拨付；不予取消的恢复。"""
    case = approved(story)
    revocation = stage.opened(story)
    assert story.case(case).status == "suspended"
    with pytest.raises(Rejected):
        story.does(case, "pay", "paid", sheets.payment(clock.today()))
    later = begun(story)
    assert story.case(later).status == "suspended"
    story.sends(revocation, "withdraw_case", "p-officer", revocation_sheets.withdrawal())
    story.does(case, "pay", "paid", sheets.payment(clock.today()))
    assert story.elements(case) == ["report_use"]


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("handling", "said"),
    [
        ({"handling": "recover"}, "未使用的50万元收回"),
        ({"handling": "part", "recovered": 30}, "未使用的50万元中收回30万元"),
        ({"handling": "keep"}, "未使用的50万元不予收回"),
    ],
)
def test_revocation_settles_the_unspent_part(story: Story, handling: dict[str, Any], said: str) -> None:
    """domain.md 3.5：已支出的不追回，未使用部分由省科技厅在取消决定中确定；奖励事项随之终止。"""
    reward = paid(story)
    case = stage.decided(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "register_document", "issue", revocation_sheets.document(clock.today()))
    assert "rewards.0.handling" in error.value.fields
    document = revocation_sheets.document(clock.today(), rewards=[{"case": reward, **handling}])
    story.does(case, "register_document", "issue", document)
    assert said in story.documents(case)[1].content["rewards"][0]
    story.does(case, "serve", "served", revocation_sheets.service(clock.today(), story.file_id))
    assert (story.end(reward), story.proceeding(reward)["status"]) == ("ended", "ended")
    assert story.open(reward) == []
    assert said in story.proceeding(reward)["note"]
    assert story.told(f"p-{HOST}", f"奖励事项终止。原因：基地资格已取消。{said}")


@pytest.mark.article("22")
def test_recovered_part_is_not_more_than_what_is_left(story: Story) -> None:
    reward = paid(story)
    case = stage.decided(story)
    row = {"case": reward, "handling": "part", "recovered": 60}
    with pytest.raises(Invalid) as error:
        story.does(case, "register_document", "issue", revocation_sheets.document(clock.today(), rewards=[row]))
    assert "不超过未使用部分" in error.value.fields["rewards.0.recovered"]


@pytest.mark.article("22")
def test_reward_not_yet_paid_is_not_paid_any_more(story: Story) -> None:
    reward = approved(story)
    stage.revoked(story)
    assert story.end(reward) == "ended"
    assert story.told(f"p-{HOST}", "尚未拨付，不再拨付")


@pytest.mark.article("23")
def test_exit_asks_for_the_unspent_money_first(story: Story) -> None:
    """domain.md 3.6：退出前先清算未使用的奖励经费。"""
    reward = paid(story)
    case = exits.requested(story)
    story.does(case, "opine", "agree", exit_sheets.opinion(clock.today()))
    rows = exits.owed(story, case, "examine")
    assert [row["item"] for row in rows] == ["2026年度绩效评价奖励经费结余50万元"]
    with pytest.raises(Invalid):
        story.does(case, "examine", "submit", exit_sheets.examination(rows, "no"))
    story.does(reward, "report_use", "submit", sheets.use(clock.today(), story.file_id))
    story.does(reward, "evaluate_use", "accept", sheets.evaluation())
    assert exits.owed(story, case, "examine") == []
    exits.exited(story, case=case)
    assert (story.end(case), story.end(reward)) == ("exited", "closed")


@pytest.mark.article("22")
@pytest.mark.parametrize("before", ["begun", "registered", "approved", "paid", "reported"])
def test_base_that_ended_ends_the_reward(story: Story, before: str) -> None:
    case = globals()[before](story)
    story.delivers(case, "base_terminal", {"kind": "exited", "reason": "基地已主动退出", "case": "case-x"})
    assert (story.end(case), story.open(case)) == ("ended", [])
    assert story.told("p-officer", "奖励事项终止。原因：基地已主动退出")


@pytest.mark.article("19")
def test_nothing_is_paid_twice(story: Story) -> None:
    """重复提交只登记一次拨付。"""
    case = approved(story)
    task, content = story.task(case, "pay"), sheets.payment(clock.today())
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            commands.submit(tx, story.person("p-officer"), task.id, content, "paid", command_id="twice")
    assert story.elements(case) == ["report_use"]
    assert story.proceeding(case)["amount"] == 50
