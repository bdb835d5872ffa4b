"""更正: an issued document that was wrong gets a 更正通知 beside it; nothing is edited, the register follows."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import documents, register

DOC_NO, RIGHT = "浙科发外〔2026〕12号", "浙科发外〔2026〕21号"


@pytest.fixture
def issued(story: Story) -> Story:
    """Three bases designated by 浙科发外〔2026〕12号; ten days have passed."""
    story.issues()
    story.days_pass(10)
    return story


def designation(story: Story) -> str:
    return next(row.id for row in story.documents(story.round_id) if row.kind == "designation")


def begun(story: Story) -> str:
    return story.starts("correction", "p-officer", parent_id=story.round_id)


def approved(story: Story, *items: tuple[str, str, str]) -> str:
    """A correction whose 更正通知 is to be registered."""
    case = begun(story)
    story.does(case, "propose", "submit", sheets.correction_proposal(designation(story), *items))
    story.does(case, "approve", "approve", sheets.correction_approval())
    return case


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_wrong_number_is_corrected_beside_the_document(issued: Story) -> None:
    """第十一条（四）：文号录入有误的另发更正通知；原件不改，台账自更正之日起为正确文号，此前的记载保留。"""
    story = issued
    before = {row.id: row.facts() for row in story.documents(story.round_id)}
    case = approved(story, ("doc_no", "浙科发外[2026]12号", "浙科发外(2026)021号"))
    story.does(case, "register", "issue", sheets.correction_registration(clock.today()))
    assert story.end(case) == "corrected"
    (correction,) = story.documents(case)
    assert (correction.kind, correction.corrects_id) == ("correction", designation(story))
    assert (correction.doc_no, correction.issued_on) == ("浙科发外〔2026〕31号", clock.today())
    assert correction.content["items"] == [{"part": "发文字号", "old": DOC_NO, "new": RIGHT}]
    assert {row.id: row.facts() for row in story.documents(story.round_id)} == before
    assert len(story.bases(doc_no=RIGHT)) == 3
    base = story.bases(doc_no=RIGHT)[0]
    with story.database.reading(story.person("p-officer")) as tx:
        day_before = clock.today().replace(day=clock.today().day - 1)
        assert register.as_of(tx, base.id, day_before)["doc_no"] == DOC_NO
        facts = [row for row in register.history(tx, base.id) if row.field == "doc_no"]
        assert [(row.value, row.source_case) for row in facts] == [(DOC_NO, story.round_id), (RIGHT, case)]
        assert [row.id for row in documents.corrections_of(tx, designation(story))] == [correction.id]
    assert story.application(base.application_id or "").doc_no == RIGHT
    assert story.told("p-host-jhsf", f"{DOC_NO}的有关内容已由浙科发外〔2026〕31号更正")


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_wrong_name_and_date_are_corrected_in_the_register(issued: Story) -> None:
    """第十一条（四）：基地名称、成文日期有误的，台账随更正通知改为正确内容。"""
    story = issued
    named = story.bases(doc_no=DOC_NO)[0]
    old_day = named.designated_on
    assert old_day is not None
    new_day = date(old_day.year, old_day.month, old_day.day - 1)
    items = (
        ("base_name", named.name, "柔性传感与仿生国际科技合作基地"),
        ("issued_on", old_day.isoformat(), new_day.isoformat()),
    )
    case = approved(story, *items)
    story.does(case, "register", "issue", sheets.correction_registration(clock.today()))
    assert {row.designated_on for row in story.bases(doc_no=DOC_NO)} == {new_day}
    assert [row.name for row in story.bases(id=named.id)] == ["柔性传感与仿生国际科技合作基地"]
    with story.database.reading(story.person("p-officer")) as tx:
        assert register.as_of(tx, named.id, old_day)["name"] == named.name


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
@pytest.mark.parametrize(
    ("item", "field", "said"),
    [
        (("doc_no", "浙科发外〔2026〕13号", RIGHT), "items.0.old", f"原公文的发文字号是“{DOC_NO}”"),
        (("doc_no", DOC_NO, DOC_NO), "items.0.new", "与原文相同"),
        (("doc_no", DOC_NO, "12号"), "items.0.new", "应如 浙科发外〔2026〕23号"),
        (("issued_on", "2026-01-01", "2026-01-02"), "items.0.old", "原公文的成文日期是"),
        (("base_name", "没有这个基地", "另一个名称"), "items.0.old", "台账中没有由该公文认定的这个基地"),
        (("text", "原件中没有的话", "改后的话"), "items.0.old", "原公文中没有这段文字"),
        (("title", "另一个标题", "改后的标题"), "items.0.old", "原公文的标题是"),
    ],
)
def test_what_the_document_does_not_say_cannot_be_corrected(
    issued: Story, item: tuple[str, str, str], field: str, said: str
) -> None:
    """第十一条（四）：原文须与已印发的公文一致，更正后的内容须能成立。"""
    case = begun(issued)
    with pytest.raises(Invalid) as error:
        issued.does(case, "propose", "submit", sheets.correction_proposal(designation(issued), item))
    assert said in error.value.fields[field]
    assert issued.elements(case) == ["propose"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_used_numbers_and_early_dates_are_refused(issued: Story) -> None:
    """第十一条（四）：更正通知的字号不得与已有公文重复，日期不得早于原公文或晚于今天。"""
    story = issued
    case = approved(
        story, ("title", "关于公布2026年度浙江省国际科技合作基地认定名单的通知", "关于公布2026年度认定名单的通知")
    )
    today = clock.today()
    for changes, field in (
        ({"doc_no": DOC_NO}, "doc_no"),
        ({"issued_on": "2026-03-02"}, "issued_on"),
        ({"issued_on": today.replace(year=today.year + 1).isoformat()}, "issued_on"),
    ):
        with pytest.raises(Invalid) as error:
            story.does(case, "register", "issue", {**sheets.correction_registration(today), **changes})
        assert field in error.value.fields
    story.does(case, "register", "issue", sheets.correction_registration(today))
    again = approved(story, ("doc_no", DOC_NO, RIGHT))
    with pytest.raises(Invalid) as error:
        story.does(again, "register", "issue", sheets.correction_registration(today))
    assert "已被使用" in error.value.fields["doc_no"]


@pytest.mark.article("12(2)")
@pytest.mark.stage("registering")
def test_head_sends_it_back_and_the_officer_gives_up(issued: Story) -> None:
    """第十二条（二）：负责人退回修改须写意见；经办取消的不发文，台账不变。"""
    case = begun(issued)
    proposal = sheets.correction_proposal(designation(issued), ("doc_no", DOC_NO, RIGHT))
    issued.does(case, "propose", "submit", proposal)
    issued.does(case, "approve", "return", {}, "请核对发文登记簿。")
    assert issued.elements(case) == ["propose"]
    issued.does(case, "propose", "cancel", {}, "经核对，原文无误。")
    assert issued.end(case) == "cancelled"
    assert issued.documents(case) == []
    assert len(issued.bases(doc_no=DOC_NO)) == 3


@pytest.mark.article("12(2)")
@pytest.mark.stage("opened")
def test_only_the_province_corrects_what_was_issued(story: Story) -> None:
    """第十二条（二）：只有省科技厅经办可以提出；没有印发公文的事项无可更正。"""
    with pytest.raises(Forbidden):
        story.starts("correction", "p-dept-jyt", parent_id=story.round_id)
    draft = story.drafts()
    with pytest.raises(Rejected, match="没有已印发的公文"):
        story.starts("correction", "p-officer", parent_id=draft)
