"""恢复资格: a revocation undone by 复核, 复议 or judgment; base and ban in one step, nothing deleted (settled 28)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes import revocations as stage
from tests.processes.revocations import DEPARTMENT, HOST
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import reinstatement_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import marks, people, register


def begun(story: Story) -> str:
    """The base was revoked on 2 March 2026; a 复议 decision came on 1 March 2027."""
    stage.revoked(story)
    story.today("2027-03-01")
    return story.starts("reinstatement", "p-officer", base_id=stage.base_of(story))


def applied(story: Story, instrument: str = "review") -> str:
    case = begun(story)
    story.does(case, "apply", "submit", sheets.application(clock.today(), story.file_id, instrument))
    return case


def decided(story: Story, instrument: str = "review") -> str:
    case = applied(story, instrument)
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "restore", sheets.decision(clock.today()))
    return case


def restored(story: Story, instrument: str = "review") -> str:
    case = decided(story, instrument)
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    return case


@pytest.mark.article("12(2)")
@pytest.mark.parametrize("instrument", ["reconsideration", "review", "judgment"])
def test_base_is_active_again_and_the_ban_is_lifted(story: Story, instrument: str) -> None:
    """domain.md 3.3：复核、复议、判决后恢复；限制申报注明解除，历史记载保留。"""
    case = restored(story, instrument)
    base = stage.base_of(story)
    assert story.end(case) == "restored"
    assert (story.base(base).status, story.base(base).status_on) == ("active", date(2027, 3, 1))
    (ban,) = stage.bans_of(story)
    assert (ban.rescinded_on, ban.rescinded_doc) == (date(2027, 3, 1), "浙科发外〔2027〕9号")
    assert (ban.starts_on, ban.ends_on) == (date(2026, 3, 2), date(2029, 3, 2))
    with story.database.reading(SYSTEM) as tx:
        facts = [row for row in register.history(tx, base) if row.field == "status"]
        assert [row.value for row in facts] == ["active", "revoked", "active"]
        assert register.as_of(tx, base, date(2026, 12, 31))["status"] == "revoked"
    (document,) = story.documents(case)
    assert (document.kind, document.content["revocation_doc_no"]) == ("reinstatement", "浙科发外〔2026〕45号")
    for reader in (f"p-{HOST}", f"p-{HOST}-admin", DEPARTMENT, "p-officer"):
        assert story.told(reader, "自2027年3月1日起恢复国合基地资格")
        assert story.told(reader, "限制申报已解除，可以再次申报")


@pytest.mark.article("15")
def test_reports_that_fell_due_meanwhile_are_waived(story: Story) -> None:
    """domain.md 3.2：取消期间到期的年度报告免报，逾期标记随之消除；取消前到期的不免。"""
    base = stage.base_of(story)
    with story.database.writing(SYSTEM) as tx:
        for year in ("2024", "2026"):
            marks.raise_mark(tx, base, "annual_report_overdue", year, f"{year}年度报告逾期", None)
    case = restored(story)
    assert story.marks(base) == {"annual_report_overdue": "2024"}
    assert story.variables(case)["conclusion"]["waived"] == ["2026"]
    assert story.told(f"p-{HOST}", "取消期间到期的2026年度报告免报")
    assert story.documents(case)[0].content["waived"] == ["2026年度"]


@pytest.mark.article("22")
@pytest.mark.stage("opened")
def test_host_may_apply_again_at_once(story: Story) -> None:
    """domain.md 3.4：限制解除后即可申报。"""
    explained = [{"rule_id": "C11", "text": "现有基地侧重磁性材料应用，本基地侧重稀土永磁制备，二者错位布局。"}]
    content = story.content(HOST, topic="稀土永磁", number=7, explanations=explained)
    stage.revoked(story)
    draft = story.drafts(HOST)
    with pytest.raises(Invalid):
        story.does(draft, "fill", "submit", content)
    story.today("2026-03-20")
    case = story.starts("reinstatement", "p-officer", base_id=stage.base_of(story))
    story.does(case, "apply", "submit", sheets.application(clock.today(), story.file_id))
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "restore", sheets.decision(clock.today()))
    story.does(case, "register_document", "issue", sheets.document(clock.today(), doc_no="浙科发外〔2026〕9号"))
    story.does(draft, "fill", "submit", {**content, "signed_on": clock.today().isoformat()})
    assert story.elements(draft) == ["host_approve"]


@pytest.mark.article("12(2)")
def test_revoked_restored_and_revoked_again(story: Story) -> None:
    """恢复后再次取消的，另有一条限制；再次恢复只解除后一条。"""
    restored(story)
    story.today("2027-04-01")
    stage.revoked(story, doc_no="浙科发外〔2027〕30号")
    assert [ban.rescinded_on for ban in stage.bans_of(story)] == [None, date(2027, 3, 1)]
    story.today("2027-06-01")
    case = story.starts("reinstatement", "p-officer", base_id=stage.base_of(story))
    story.does(case, "apply", "submit", sheets.application(clock.today(), story.file_id))
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "restore", sheets.decision(clock.today()))
    story.does(case, "register_document", "issue", sheets.document(clock.today(), doc_no="浙科发外〔2027〕40号"))
    assert [ban.rescinded_doc for ban in stage.bans_of(story)] == ["浙科发外〔2027〕40号", "浙科发外〔2027〕9号"]
    assert story.base(stage.base_of(story)).status == "active"


@pytest.mark.article("12(2)")
def test_leader_refuses_with_reason_and_remedies(story: Story) -> None:
    """不予恢复写明理由和途径，原决定继续有效。"""
    case = applied(story)
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "refuse", sheets.decision(clock.today()), "复议决定仅变更限制年限，不涉及资格。")
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("refused", "refused")
    assert story.base(stage.base_of(story)).status == "revoked"
    assert stage.bans_of(story)[0].rescinded_on is None
    assert story.told(f"p-{HOST}", "理由：复议决定仅变更限制年限，不涉及资格")
    assert story.told(f"p-{HOST}", "行政诉讼")


@pytest.mark.article("12(2)")
def test_it_is_sent_back_and_given_up(story: Story) -> None:
    """处室负责人、厅领导可以退回；登记有误的取消。"""
    case = applied(story)
    story.does(case, "head_review", "return", {}, "请核对生效日期。")
    story.does(case, "apply", "submit", sheets.application(clock.today(), story.file_id))
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "return", {}, "请补充判决书。")
    assert story.elements(case) == ["apply"]
    story.does(case, "apply", "cancel", {}, "文书尚未生效。")
    assert story.end(case) == "cancelled"
    assert story.base(stage.base_of(story)).status == "revoked"


@pytest.mark.article("12(2)")
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"instrument_on": "2026-03-01"}, "instrument_on", "不能早于取消资格的2026年3月2日"),
        ({"instrument_on": "2027-03-02"}, "instrument_on", "不能晚于今天"),
        ({"valid_on": "2027-03-02"}, "valid_on", "尚未生效的不能据以恢复"),
        ({"instrument_on": "2027-02-20", "valid_on": "2027-02-19"}, "valid_on", "不能早于文书日期"),
    ],
)
def test_instrument_must_be_in_force(story: Story, changes: dict[str, str], field: str, said: str) -> None:
    """依据须在取消之后作出并已生效。"""
    case = begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "apply", "submit", sheets.application(clock.today(), story.file_id, **changes))
    assert said in error.value.fields[field]


@pytest.mark.article("12(2)")
def test_days_without_the_title_stay_on_record(story: Story) -> None:
    """恢复日期须晚于取消日期、不晚于今天；文号不得重复。"""
    case = decided(story)
    for changes, field in (
        ({"restored_on": "2026-03-02"}, "restored_on"),
        ({"restored_on": "2027-03-02"}, "restored_on"),
        ({"doc_no": "浙科发外〔2026〕45号"}, "doc_no"),
        ({"issued_on": "2027-02-28"}, "issued_on"),
    ):
        with pytest.raises(Invalid) as error:
            story.does(case, "register_document", "issue", sheets.document(clock.today(), **changes))
        assert field in error.value.fields
    story.does(case, "register_document", "issue", sheets.document(clock.today(), date(2026, 3, 3)))
    assert story.base(stage.base_of(story)).status_on == date(2026, 3, 3)
    assert story.variables(case)["conclusion"]["waived"] == []


@pytest.mark.article("12(2)")
def test_only_a_revoked_base_is_restored_and_by_the_province(story: Story) -> None:
    """只有取消资格的可以恢复；依托单位、推荐部门不能发起；登记与审核、决定不得为同一人。"""
    base = stage.base_of(story)
    with pytest.raises(Rejected, match="不符合发起"):
        story.starts("reinstatement", "p-officer", base_id=base)
    case = applied(story)
    for person in (f"p-{HOST}", DEPARTMENT):
        with pytest.raises(Forbidden):
            story.starts("reinstatement", person, base_id=base)
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-officer", "division_head", "province", by="test", valid_from=date(2026, 1, 1))
    with pytest.raises(Forbidden):
        story.does(case, "head_review", "approve", sheets.head_review(), person="p-officer")


@pytest.mark.article("12(2)")
def test_nothing_is_restored_twice(story: Story) -> None:
    """重复提交只恢复一次；恢复后另一件不能再恢复。"""
    case = decided(story)
    other = story.starts("reinstatement", "p-officer", base_id=stage.base_of(story))
    task, content = story.task(case, "register_document"), sheets.document(clock.today())
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            commands.submit(tx, story.person("p-officer"), task.id, content, "issue", command_id="twice")
    assert len(story.documents(case)) == 1
    with pytest.raises(Invalid) as error:
        story.does(other, "apply", "submit", sheets.application(clock.today(), story.file_id))
    assert "无需恢复" in error.value.fields[""]
