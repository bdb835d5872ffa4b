"""What pages do for people: by keyboard, without scripts, with two at once, on paper. Their looks: test_every_page.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site
from webapp import clock
from webapp.demo import sheets

Comes = Callable[..., Person]
# ------------------------------------------------------------------------------------------------ keyboard


def test_from_inbox_to_submission_by_keyboard(own_site: Site, comes: Comes) -> None:
    person = comes(own_site, "dept-jyt-head")
    case_id = _a_case_to_recommend(own_site)
    person.opens("/")
    press = person.page.keyboard.press
    press("j")
    press("Enter")
    expect(person.page.locator("#work")).to_be_visible()
    person.ready()
    content = sheets.recommend(clock.today(), "", 1)
    for path, text in {
        "rank": "1",
        "letter_no": content["letter_no"],
        "reason": content["reason"],
        "head": content["head"],
    }.items():
        person.page.locator(f'[name="{path}"]').focus()
        press("Control+a")
        person.page.keyboard.type(text)
    person.page.set_input_files('[name="letter__file"]', own_site.pdf)
    for name in ("checked",):
        person.page.locator(f'[name="{name}"]').focus()
        press("Space")
    person.page.locator("input[name=_outcome]").first.focus()
    press("Space")
    person.page.locator("button[name=_op][value=submit]").focus()
    with person.page.expect_navigation():
        press("Enter")
    expect(person.page.get_by_text("已提交")).to_be_visible()
    own_site.works()
    assert own_site.story.elements(case_id) == ["formal_check"]


def test_the_skip_link_comes_first(demo_site: Site, comes: Comes) -> None:
    person = comes(demo_site, "shengting")
    person.opens("/")
    person.page.keyboard.press("Tab")
    expect(person.page.locator(".gh-skip")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#main")).to_be_focused()


# ---------------------------------------------------------------------------------------------- no scripts


def test_works_without_scripts(own_site: Site, comes: Comes) -> None:
    case_id = _a_case_to_recommend(own_site)
    person = comes(own_site, "dept-jyt-head", scripts=False)
    page = person.opens("/")
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.check("input[name=_outcome][value=recommend]")
    with person.may_be_told(422):
        page.locator("button[name=_op][value=submit]").click()
    summary = page.locator(".gh-errors")
    expect(summary).to_contain_text("处需要修改")
    expect(summary).to_contain_text("推荐函")
    person.fills_without_scripts(sheets.recommend(clock.today(), "file", 1))
    page.check("input[name=_outcome][value=recommend]")
    page.locator("button[name=_op][value=submit]").click()
    expect(page.get_by_text("已提交")).to_be_visible()
    own_site.works()
    assert own_site.story.elements(case_id) == ["formal_check"]


def test_rows_without_scripts_and_errors_name_row_and_field(own_site: Site, comes: Comes) -> None:
    person = comes(own_site, "host-jhsf", scripts=False)
    page = person.opens("/")
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.locator('button[name=_op][value="add:partners"]').click()
    page.fill('[name="partners.1.name_zh"]', "莱茵高等工业学院")
    page.locator('button[name=_op][value="add:partners.1.agreements"]').click()
    expect(page.locator('[name="partners.1.name_zh"]')).to_have_value("莱茵高等工业学院")
    page.check("input[name=_outcome][value=submit]")
    with person.may_be_told(422):
        page.locator("button[name=_op][value=submit]").click()
    expect(page.locator(".gh-errors")).to_contain_text("海外合作机构 2 · 科技合作协议 1 · 签署日期：此项必填")
    expect(page.locator('[name="partners.1.name_zh"]')).to_have_value("莱茵高等工业学院")


# ------------------------------------------------------------------------------------- two people, two clicks


def test_the_later_of_two_keeps_what_he_typed_and_reads_who_was_first(own_site: Site, comes: Comes) -> None:
    first, second = comes(own_site, "shengting"), comes(own_site, "shengting2")
    for person in (first, second):
        person.opens_task("形式审查")
    case_id = _case_of(own_site, first)
    assert first.page.url == second.page.url
    content = own_site.story.formal_check(case_id)
    first.fills(content)
    first.chooses("accept")
    second.writes_opinion("材料齐全，建议受理，这段话不能丢。")
    second.chooses("accept")
    first.submits()
    with second.may_be_told(409), second.page.expect_navigation():
        second.page.locator("button[name=_op][value=submit]").click()
    expect(second.page.locator("main")).to_contain_text("沈予安")
    expect(second.page.locator("main")).to_contain_text("这段话不能丢")


def test_a_double_click_submits_once(own_site: Site, comes: Comes) -> None:
    case_id = _a_case_to_recommend(own_site)
    person = comes(own_site, "dept-jyt-head")
    person.opens_task("排序推荐上报")
    person.fills(sheets.recommend(clock.today(), "file", 1))
    person.chooses("recommend")
    with person.page.expect_navigation():
        person.page.locator("button[name=_op][value=submit]").dblclick()
    expect(person.page.get_by_text("已提交")).to_be_visible()
    own_site.works()
    sheets_handed_in = own_site.submissions_of(case_id, "recommend")
    assert sheets_handed_in == 1


def test_back_after_submission_says_that_it_is_done(own_site: Site, comes: Comes) -> None:
    _a_case_to_recommend(own_site)
    person = comes(own_site, "dept-jyt-head")
    person.opens_task("排序推荐上报")
    person.fills(sheets.recommend(clock.today(), "file", 1))
    person.chooses("recommend")
    person.submits()
    with person.may_be_told(409):
        person.page.go_back()
        if person.page.locator("#work").count():
            with person.page.expect_navigation():
                person.page.locator("button[name=_op][value=submit]").click()
        expect(person.page.locator("main")).to_contain_text("排序推荐上报")
        expect(person.page.locator("#work")).to_have_count(0)


def test_an_unsaved_text_survives_the_tab(own_site: Site, comes: Comes) -> None:
    person = comes(own_site, "host-jhsf")
    person.opens_task("填写申报书")
    person.page.fill('[name="base_name"]', "脑机接口国际科技合作基地")
    expect(person.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    person.page.reload()
    expect(person.page.locator('[name="base_name"]')).to_have_value("脑机接口国际科技合作基地")


def test_clicks_choose_several_countries(own_site: Site, comes: Comes) -> None:
    person = comes(own_site, "host-jhsf")
    page = person.opens_task("填写申报书")
    countries = page.locator('[name="main_regions"]')
    for country in ("韩国", "日本"):
        countries.locator("option", has_text=country).first.click()
    expect(page.get_by_text("已选 2 项：韩国、日本")).to_be_visible()
    countries.locator("option", has_text="韩国").first.click()
    expect(page.get_by_text("已选 1 项：日本")).to_be_visible()


# --------------------------------------------------------------------------------------------------- paper


def test_the_approval_sheet_prints_on_paper(demo_site: Site, comes: Comes, tmp_path: Path) -> None:
    person = comes(demo_site, "shengting")
    person.opens_task("形式审查")
    case_id = _case_of(demo_site, person)
    person.opens(f"/cases/{case_id}/approval")
    person.page.emulate_media(media="print")
    for hidden in (".gh-side", ".gh-top", ".gh-tabbar", ".gh-no-print"):
        for element in person.page.locator(hidden).all():
            expect(element).to_be_hidden()
    expect(person.page.locator(".gh-sheet-title")).to_be_visible()
    person.page.pdf(path=tmp_path / "sheet.pdf", format="A4")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


@pytest.fixture(autouse=True)
def _present(demo_province: Site) -> Iterator[None]:
    """The clock of commands given beside the browser runs, as the pages' does."""
    clock.stand_at(None)
    yield
    clock.stand_at(None)


def _a_case_to_recommend(site: Site) -> str:
    """The one application that waits for the head of the Department of Education, brought there if need be."""
    for case_id in site.cases_at("recommender_review"):
        if site.story.case(case_id).recommender_id == "dept-jyt":
            site.story.opines(case_id)
            return case_id
    raise AssertionError("nothing waits for the Department of Education")


def _case_of(site: Site, person: Person) -> str:
    return site.case_of_task(person.page.url.rsplit("/", 1)[-1])
