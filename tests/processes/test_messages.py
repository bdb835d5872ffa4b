"""Messages between cases: delivered once, to whom can take them; what is early waits, what is late is on record (0012)."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import sheets
from webapp.documents import archive
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import cases, files, outbox, people, submissions
from webapp.store.tables import Outbox

HOST = "host-jhsf"
DECIDED = {"decision": "refuse", "reason": "综合评议未列入", "doc_no": "浙科发外〔2026〕12号"}


def _case(story: Story) -> str:
    return story.applications[HOST]


def _message(story: Story, name: str) -> Outbox:
    """The newest message of that name to the story's application."""
    with story.database.reading(SYSTEM) as tx:
        return [row for row in outbox.of_case(tx, _case(story)) if row.message == name][-1]


def _parked(story: Story) -> str:
    """The application stands before a failing element: master data name no department for it."""
    case = story.drafts()
    story.does(case, "fill", "submit", story.content())
    story.affiliates(HOST, None)
    story.approves(case)
    assert story.case(case).status == "incident"
    return case


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_message_to_a_parked_case_waits_until_it_goes_on(story: Story) -> None:
    """申报停在异常时来的消息不丢：保持待投递，重试成功后送到（此处：逾期未推荐，省厅代办）。"""
    case = _parked(story)
    story.delivers(case, "taken_over", {"reason": "推荐部门逾期未推荐"})
    assert _message(story, "taken_over").status == "pending"
    story.days_pass(3)
    assert (_message(story, "taken_over").status, _message(story, "taken_over").attempts) == ("pending", 1)
    story.affiliates(HOST, "dept-jyt")
    story.commands("retry", "p-sysadmin", case)
    assert _message(story, "taken_over").status == "delivered"
    assert story.elements(case) == ["formal_check"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_message_to_a_suspended_case_comes_when_it_is_resumed(story: Story) -> None:
    """暂停期间来的消息，恢复后送到。"""
    case = _case(story)
    story.commands("suspend", "p-head", case, "核实单位情况")
    story.delivers(case, "taken_over", {"reason": "推荐部门逾期未推荐"})
    story.days_pass(3)
    assert _message(story, "taken_over").status == "pending"
    story.commands("resume", "p-head", case, "情况已核实")
    assert _message(story, "taken_over").status == "delivered"
    assert story.elements(case) == ["formal_check"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("accepted")
def test_message_that_comes_too_early_is_tried_again_and_arrives(story: Story) -> None:
    """决定先于评审完成到达：不丢弃，登记异常并自动再送；申报等待决定时送到，异常随之解决。"""
    case = _case(story)
    story.delivers(case, "decided", DECIDED)
    assert _message(story, "decided").status == "pending"
    (incident,) = story.incidents(case)
    assert (incident.job, incident.status, incident.attempts) == ("deliver", "open", 1)
    assert story.case(case).status == "open", "the case itself is not parked"
    story.reviews(case)
    story.minutes_pass(300)
    assert _message(story, "decided").status == "delivered"
    assert [row.status for row in story.incidents(case)] == ["solved"]
    assert story.end(case) == "refused"


@pytest.mark.article("11(4)")
@pytest.mark.stage("accepted")
def test_message_that_nobody_waits_for_is_an_operator_s_after_a_while(story: Story) -> None:
    """再送有限次；之后通知系统管理员，由其重试或跳过，跳过须写原因并留痕，不会悄悄丢弃。"""
    case = _case(story)
    story.delivers(case, "decided", DECIDED)
    story.days_pass(2)
    (incident,) = story.incidents(case)
    assert (incident.attempts, incident.next_at) == (6, None)
    assert story.told("p-sysadmin", "消息没有送达")
    with pytest.raises(Forbidden):
        story.commands("skip", f"p-{HOST}", incident.id, "不要了")
    with pytest.raises(Invalid):
        story.commands("skip", "p-sysadmin", incident.id, " ")
    assert story.commands("retry", "p-sysadmin", case).notes == {"jobs": 1}
    assert [row.attempts for row in story.incidents(case)] == [7]
    story.commands("skip", "p-sysadmin", incident.id, "误发，已与承办人核实")
    assert [row.status for row in story.incidents(case)] == ["skipped"]
    assert (_message(story, "decided").status, _message(story, "decided").note) == (
        "refused",
        "已跳过：误发，已与承办人核实",
    )
    assert (story.journal(case)[-1].action, story.journal(case)[-1].reason) == ("skip", "误发，已与承办人核实")
    with pytest.raises(Rejected):
        story.commands("skip", "p-sysadmin", incident.id, "再跳过一次")


@pytest.mark.article("11(4)")
@pytest.mark.stage("accepted")
def test_early_message_is_refused_on_record_when_its_receiver_ends(story: Story) -> None:
    """等不到的收件方办结后，消息登记为未送达，异常不再悬着。"""
    case = _case(story)
    story.delivers(case, "decided", DECIDED)
    story.days_pass(2)
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    assert story.end(case) == "withdrawn_on_request"
    assert (_message(story, "decided").status, _message(story, "decided").note) == ("refused", "对方流程已结束")
    assert [row.status for row in story.incidents(case)] == ["solved"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_message_that_may_be_missed_is_refused_on_record_without_an_incident(story: Story) -> None:
    """图上注明可以错过的消息（如报送之后才到的“申报截止”）不再等待，也不算异常：否则退回后会被它误终止。"""
    case = _case(story)
    story.delivers(case, "round_closed", {})
    assert _message(story, "round_closed").status == "refused"
    assert "可以错过" in _message(story, "round_closed").note
    assert story.incidents(case) == []


@pytest.mark.article("11(4)", "22")
@pytest.mark.stage("registering")
def test_a_decided_application_is_not_ended_by_a_ban_that_came_after(story: Story) -> None:
    """第十一条（四）：已印发的申报，其后到达的限制申报消息不再终止它（条件 when 对流程间的消息同样有效）。"""
    case = _case(story)
    with story.database.writing(SYSTEM) as tx:
        from_nowhere = outbox.add(tx, key="late", message="base_host_banned", to_case=case, payload={"reason": "迟到"})
    actor, task = story.person("p-officer"), story.task(story.round_id, "register_document")
    with story.database.writing(SYSTEM) as tx:
        commands.submit(tx, actor, task.id, sheets.register_document(clock.today()), "issue", command_id="issue")
    assert story.application(case).status == "decided"
    assert story.installation.runners["deliver"](from_nowhere.id) is False
    story.works()
    assert story.end(case) == "designated"


# ------------------------------------------------------------------------------------------ what people send


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_what_a_person_sends_is_kept_as_a_submitted_form(story: Story) -> None:
    """撤回申报也是一张表：表单版本、内容、校验值、何人何时以何岗位，永久保存；留痕只记编号和校验值。"""
    case = _case(story)
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    with story.database.reading(SYSTEM) as tx:
        row = submissions.of_case(tx, case)[-1]
        form = story.installation.catalog.form(tx, story.case(case).release_id or "", "designation/withdraw")
        seat = people.seats_of(tx, f"p-{HOST}")[0].id
    assert (row.element, row.form, row.form_hash) == ("withdrawal_start", "designation/withdraw", form.hash)
    assert (row.by, row.seat, row.on, row.task_id, row.private) == (f"p-{HOST}", seat, clock.today(), "", False)
    assert row.content == sheets.withdraw()
    assert row.hash == submissions.hash_of(row.content, "", "", form.hash)
    entry = next(each for each in story.journal(case) if each.action == "send withdraw")
    assert json.loads(entry.after or "") == {"submission": row.id, "hash": row.hash}


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_two_objections_are_two_submissions_with_their_evidence(story: Story) -> None:
    """第十一条（四）：每件异议各存一份，证据材料归入批次；异议人姓名、电话不进留痕。"""
    for host in (HOST, "host-hyxy"):
        with story.database.writing(SYSTEM) as tx:
            stored = files.Folder(story.installation.settings.files).put(BytesIO(b"%PDF-1.4"), limit=1 << 20)
            evidence = files.add(tx, stored, name=f"异议书-{host}.pdf", by="p-officer", status="clean")
        sheet = sheets.objection(story.applications[host], clock.today(), evidence)
        story.sends(story.round_id, "objection", "p-officer", sheet)
        with story.database.reading(SYSTEM) as tx:
            assert evidence in {row.id for row in files.of_case(tx, story.round_id)}
    with story.database.reading(SYSTEM) as tx:
        kept = [row for row in submissions.of_case(tx, story.round_id) if row.form == "publicity/objection"]
    assert [row.content["application"] for row in kept] == [story.applications[h] for h in (HOST, "host-hyxy")]
    assert not [row for row in story.journal(story.round_id) if "13857100001" in (row.after or "")]


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_what_was_sent_is_in_the_archive_package(story: Story) -> None:
    """归档包：撤回申报的内容在结构化数据和表单 PDF 中都有。"""
    case = _case(story)
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    settings = story.installation.settings
    with BytesIO() as target:
        with story.database.reading(SYSTEM) as tx:
            archive.write(tx, cases.get(tx, case), target, files.Folder(settings.files), settings.fonts)
        package = ZipFile(target)
        facts = json.loads(package.read("case.json"))
        assert facts["submissions"][-1]["content"] == sheets.withdraw()
        assert [name for name in package.namelist() if name.startswith("表单/") and "撤回申报" in name]


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_what_is_sent_about_experts_is_hidden_from_the_host(story: Story) -> None:
    """双向匿名：更换逾期专家的登记，依托单位和推荐部门看不到。"""
    case = _case(story)
    story.today("2026-03-30")
    late = story.panel(case)[0]
    story.sends(case, "replace_late", "p-officer", {"persons": [late], "reason": "逾期未提交，经催办仍未完成。"})
    with story.database.reading(SYSTEM) as tx:
        assert submissions.of_case(tx, case)[-1].private
    with story.database.reading(story.person(f"p-{HOST}")) as tx:
        assert "expert_review/replace_late" not in {row.form for row in submissions.of_case(tx, case)}
