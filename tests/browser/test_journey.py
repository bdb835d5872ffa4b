"""The whole of issue 5.1 by hand: from a new round to the base in the register, every role at a browser of its own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import docx
import pypdf
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes.story import SYSTEM
from webapp import clock
from webapp.demo import sheets
from webapp.store.tables import Case

Comes = Callable[..., Person]
APPLICANT, OTHER = "host-jhfx", "host-yzsw"
"""Both are of Shaoxing, whose bureau recommends them in one act."""
DOC_NO = "浙科发外〔2026〕12号"
ROUND = "2026年度国际科技合作基地认定"


@pytest.mark.timeout(900)  # minutes on a busy machine
def test_from_the_round_to_the_register(empty_site: Site, comes: Comes) -> None:
    site = empty_site
    site.today("2026-03-02")
    site.welcome()
    round_id = _a_round_is_opened(site, comes)
    host = comes(site, APPLICANT)
    case_id = _the_host_applies(site, comes, host)
    other = _another_applies_unseen(site)
    _the_city_recommends_both(site, comes, round_id)
    _the_province_accepts(site, comes, case_id)
    site.story.accepts(other)
    _experts_score(site, comes, case_id)
    site.story.reviews(other, 70, 72, 74, 76, 78)
    _the_province_decides(site, comes, round_id, refused=other)
    _the_document_is_issued(site, comes, round_id)
    _the_base_stands(site, comes, host, case_id)
    _the_document_reads_back(host)
    _the_refused_reads_why(site, comes, other)
    assert site.story.journal_is_whole()
    assert site.story.end(case_id) == "designated"
    assert site.story.end(other) == "refused"


def _cases(site: Site, process: str) -> list[str]:
    with site.installation.database.reading(SYSTEM) as tx:
        return [str(row) for row in tx.scalars(select(Case.id).where(Case.process == process).order_by(Case.id))]


def _a_round_is_opened(site: Site, comes: Comes) -> str:
    officer, head = comes(site, "shengting"), comes(site, "chuzhang")
    officer.opens("/start")
    new_round = officer.page.locator("form", has=officer.page.get_by_role("button", name="新建认定批次"))
    new_round.locator("input[name=title]").fill(ROUND)
    new_round.get_by_role("button", name="新建认定批次").click()
    officer.ready()
    officer.fills(sheets.set_up(clock.today(), name=ROUND))
    officer.chooses("submit")
    officer.submits()
    head.does("批准工作通知", sheets.approve_notice(clock.today()), "approve")
    officer.opens("/rounds")
    expect(officer.page.get_by_role("link", name=ROUND)).to_be_visible()
    site.today("2026-03-09")
    return str(_cases(site, "designation_round")[0])


def _the_host_applies(site: Site, comes: Comes, host: Person) -> str:
    host.opens("/start")
    host.page.get_by_role("button", name="开始申报").click()
    host.ready()
    case_id = _cases(site, "designation")[0]
    content = site.story.content(APPLICANT, "joint_rd", "纤维新材", 4)
    host.fills({name: content[name] for name in ("base_name", "category", "host_profile", "partners")})
    expect(host.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    with host.may_be_told():
        host.opens("/")
    host.opens_task("填写申报书")
    expect(host.page.locator('[name="base_name"]')).to_have_value(content["base_name"])
    expect(host.page.locator('[name="partners.2.name"]')).to_have_value(content["partners"][2]["name"])
    host.fills(content)
    host.submits(refused=True)
    expect(host.page.locator(".gh-errors").get_by_text("请选择办理结果")).to_be_visible()
    host.chooses("submit")
    host.submits()
    with comes(site, f"{APPLICANT}-admin") as admin:
        admin.does("单位审核盖章", sheets.host_approve(clock.today(), site.story.file_id), "approve")
    return case_id


def _another_applies_unseen(site: Site) -> str:
    """At command level, as the first did by hand."""
    site.story.round_id = _cases(site, "designation_round")[0]
    case_id = site.story.submits(OTHER, "joint_rd", "生物制药工艺", 2)
    site.story.opines(case_id)
    return case_id


def _the_city_recommends_both(site: Site, comes: Comes, round_id: str) -> None:
    city, head = comes(site, "city-330600"), comes(site, "city-330600-head")
    case_id = next(case for case in _cases(site, "designation") if "recommender_review" in site.story.elements(case))
    city.does("审核初评", site.story.opinion(case_id), "recommend", "同意推荐")
    head.opens(f"/rounds/{round_id}/recommend")
    page = head.page
    for place, row in enumerate(page.locator("tbody tr").all()):
        row.locator("input[name^=rank]").fill(str(place + 1))
        row.locator("textarea").fill("经审核，材料真实完整，符合申报条件，同意推荐。")
    page.fill("#letter_no", "绍科推〔2026〕3号")
    page.set_input_files("#letter__file", site.pdf)
    page.check("input[name=checked]")
    page.get_by_role("button", name="推荐上报").click()
    page.locator("dialog").get_by_role("button", name="推荐上报").click()
    expect(page.get_by_text("已推荐上报 2 件")).to_be_visible()
    site.works()


def _the_province_accepts(site: Site, comes: Comes, case_id: str) -> None:
    officer = comes(site, "shengting")
    officer.does("形式审查", site.story.formal_check(case_id), "accept", title="纤维新材")
    expect(officer.page.locator("body")).to_contain_text("已提交")


def _experts_score(site: Site, comes: Comes, case_id: str) -> None:
    panel = site.story.panel(case_id)
    assert len(panel) == 5
    for place, person_id in enumerate(panel):
        with comes(site, site.login_of(person_id)) as expert:
            expert.does("独立评分", site.story.score(case_id, 82 + place * 2), "submit")
            expert.opens("/")
            expect(expert.page.get_by_text("独立评分", exact=True)).to_have_count(0)
    lead = site.story.task(case_id, "summarise").person_id
    assert lead
    leading = comes(site, site.login_of(lead))
    leading.opens("/")
    leading.page.get_by_role("button", name="切换身份办理").click()
    leading.does("汇总评审意见", sheets.summary(), "confirm")


def _the_province_decides(site: Site, comes: Comes, round_id: str, refused: str) -> None:
    site.today("2026-04-13")
    site.today("2026-05-06")
    site.story.round_id = round_id
    officer, head, leader = comes(site, "shengting"), comes(site, "chuzhang"), comes(site, "tinglingdao")
    officer.does("综合评议", sheets.deliberate(clock.today(), site.story.matrix()))
    for login in ("jiandu", "fagui", "jicai"):
        with comes(site, login) as division:
            division.does("会签", sheets.cosign(), "agree")
    head.does("审核建议名单", sheets.head_review(), "approve")
    leader.does("逐件决定", sheets.decide(clock.today(), site.story.matrix(), {refused: "refuse"}), "decide")


def _the_document_is_issued(site: Site, comes: Comes, round_id: str) -> None:
    site.today("2026-05-18")
    officer = comes(site, "shengting")
    officer.does("登记认定文件", sheets.register_document(clock.today(), DOC_NO))
    site.works()


def _the_base_stands(site: Site, comes: Comes, host: Person, case_id: str) -> None:
    officer = comes(site, "shengting")
    officer.opens("/bases?q=纤维新材")
    officer.page.get_by_role("link", name="纤维新材国际科技合作基地").click()
    expect(officer.page.locator("main")).to_contain_text(DOC_NO)
    expect(officer.page.locator("main")).to_contain_text("2026-05-18")
    host.opens(f"/cases/{case_id}")
    expect(host.page.locator("main")).to_contain_text("已认定")


def _the_document_reads_back(host: Person) -> None:
    host.opens("/documents?kind=designation")
    host.page.get_by_role("link", name="认定名单").first.click()
    with host.page.expect_download() as got:
        host.page.get_by_role("link", name="下载 Word").click()
    word = docx.Document(got.value.path())
    text = "\n".join(p.text for p in word.paragraphs) + "\n".join(
        c.text for t in word.tables for r in t.rows for c in r.cells
    )
    with host.page.expect_download() as got:
        host.page.get_by_role("link", name="下载 PDF").click()
    pdf = pypdf.PdfReader(BytesIO(got.value.path().read_bytes()))
    printed = "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace(" ", "")
    for found in (text, printed):
        assert DOC_NO in found
        assert "纤维新材国际科技合作基地" in found
        assert "生物制药工艺" not in found


def _the_refused_reads_why(site: Site, comes: Comes, case_id: str) -> None:
    other = comes(site, OTHER)
    other.opens("/notices")
    expect(other.page.locator("main")).to_contain_text("合作协议支撑不足，建议完善后再行申报")
    expect(other.page.locator("main")).to_contain_text("复核")
    other.opens(f"/cases/{case_id}")
    expect(other.page.locator("main")).to_contain_text("不予认定")
