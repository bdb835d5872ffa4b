"""Issue 5.6 in the browser: what a hostile or careless person types, uploads or bends in the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site
from webapp import clock

Comes = Callable[..., Person]
EVIL = "<img src=x onerror=window.wasRun=1>'\"{{7*7}}${7*7}"
"""Fits the shortest field."""
PLACES = ["/cases/none", "/tasks/%00", "/rounds/../../etc/passwd", "/bases/" + "9" * 3000, "/files/x", "/?tab=%3Cscript%3E&after=~~~",
          "/bases?on=0000-00-00&after=%FF", "/applications?round=%27%20or%201=1--&after=1~2~3", "/seat/x", "/nowhere"]  # fmt: skip


@pytest.fixture
def host(own_site: Site, comes: Comes) -> Iterator[Person]:
    """A host before his unfinished application."""
    clock.stand_at(None)
    person = comes(own_site, "host-jhsf")
    person.opens_task("填写申报书")
    yield person
    assert not person.page.evaluate("window.wasRun")


def test_markup_that_is_typed_stays_text_everywhere(host: Person, own_site: Site) -> None:
    host.fills({"base_name": EVIL, "host_profile": EVIL * 20})
    host.writes_opinion(EVIL)
    host.chooses("submit")
    host.submits(refused=True)
    expect(host.page.locator('[name="base_name"]')).to_have_value(EVIL)
    expect(host.page.locator(".gh-errors")).to_contain_text("处需要修改")
    task = host.page.url
    for path in ("/", "/applications", "/?q=" + "%3Cscript%3Ealert(1)%3C/script%3E"):
        host.opens(path)
        assert not host.page.evaluate("window.wasRun")
    host.opens(task.replace(own_site.url, ""))
    assert "49" not in host.page.locator('[name="base_name"]').input_value()


def test_a_file_that_is_not_what_it_says_is_refused_in_words(host: Person, tmp_path: Path) -> None:
    program = tmp_path / "营业执照.pdf"
    program.write_bytes(b"MZ\x90\x00" * 400)
    host.fills({"base_name": "脑机接口国际科技合作基地"})
    host.page.set_input_files('[name="business_licence__file"]', program)
    host.chooses("submit")
    host.submits(refused=True)
    expect(host.page.locator(".gh-errors, .gh-flash-error").first).to_be_visible()
    expect(host.page.locator('[name="base_name"]')).to_have_value("脑机接口国际科技合作基地")


def test_a_bent_page_changes_nothing(host: Person, own_site: Site) -> None:
    case_id = own_site.case_of_task(host.page.url.rsplit("/", 1)[-1])
    host.page.evaluate("""() => { const form = document.getElementById('work');
      form.querySelector('[name=command_id]').value = '<bent>';
      const more = document.createElement('input'); more.name = 'status'; more.value = 'designated'; form.append(more); }""")
    host.chooses("submit")
    with host.may_be_told(400, 422), host.page.expect_navigation():
        host.page.locator("button[name=_op][value=submit]").click()
    expect(host.page.locator("main, body").first).to_contain_text("刷新")
    assert own_site.story.elements(case_id) == ["fill"]


def test_addresses_that_nobody_gave_read_as_a_page(own_site: Site, comes: Comes) -> None:
    clock.stand_at(None)
    person = comes(own_site, "shengting")
    person.opens("/")
    with person.may_be_told(308, 400, 404, 405, 409, 414, 422):
        for place in PLACES:
            person.page.goto(place)
            text = person.page.locator("body").inner_text()
            assert "Traceback" not in text
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text), place
            expect(person.page.locator("h1")).to_have_count(1)
