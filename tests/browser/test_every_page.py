"""Every page as every role comes to it, by the links he sees: whole, in its frame at both sizes, accessible in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import DESKTOP, PHONE, Person
from tests.browser.site import Site
from tests.browser.walk import Stop, pages, walk
from tests.processes.story import SYSTEM
from webapp import clock
from webapp.store import batches, cases, files, incidents, people, register
from webapp.store import pages_logins as logins
from webapp.studio import drafts

Comes = Callable[..., Person]
STANDARDS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
BUT_DRAWINGS = {"exclude": [["[data-bpmn-canvas] svg"]]}
"""A drawing says the same in words beside it; its thousand shapes only take time."""
TALL = (1440, 3000)
"""The bar at the foot of the window must not lie over what is measured."""
ENGLISH = """() => [...document.querySelectorAll('h1, h2, th, label, button, .btn, nav a, legend')]
  .map(each => each.innerText.trim()).filter(text => /^[A-Za-z][a-z]{2,}( [A-Za-z]+)*$/.test(text) && text !== 'Word')"""

OWN = {"inbox.show", "task.show", "case.show", "rounds.show", "watch.show", "start.show"}
"""Everybody's look different, so they are measured for everybody."""
MEASURED: Mapping[str, set[str]] = {
    "shengting": {
        "account.show", "applications.show_all", "articles.show", "bases.show", "batches.show", "batches.show_all", "help.manual",
        "imports.show", "proceedings.show_all", "bases.show_all", "case.approval", "case.ask_message", "case.history",
        "case.submission", "documents.show", "documents.show_all", "help.show", "notices.show", "organisations.edit",
        "organisations.show", "organisations.show_all", "people.expert", "people.show_all", "reference.calendar", "reference.dishonesty",
        "reference.parameter", "requests.show", "requests.show_all", "rounds.show_all", "settings.parameters_page",
        "settings.policies_page", "studio.form", "studio.handlers", "studio.history", "studio.lane_roles", "studio.play",
        "studio.show", "studio.table", "studio.version", "task.ask_add_sign", "task.ask_reassign", "watch.listing",
        "watch.show_process",
    },
    "chuzhang": set(), "tinglingdao": set(), "jiandu": set(), "city-330600": {"watch.listing"}, "city-330600-head": set(),
    "dept-jyt-head": {"rounds.batch"}, "host-jhsf": {"case.ask_message"}, "host-jhfx-admin": {"people.new", "people.show"},
    "expert-02": {"auth.seats", "case.submission"}, "fenxi": {"studio.diagram"}, "fenxi2": {"studio.review", "studio.draft"},
    "xitong": {"operations.show_all", "operations.show", "people.show_all"}, "anquan": {"people.show_all"},
    "shenji": {"settings.journal"},
}  # fmt: skip
"""Login → the families of pages that he must come by and that axe measures as he sees them, beside his own."""
AT_THE_DOOR = {
    "/login": "auth.login", "/accounts/request": "requests.ask", "/verify": "verify.ask", "/login/link/forged": "auth.link",
}  # fmt: skip
"""For people who have not signed in."""
SIGNING_IN = {"/login/enrol": "auth.enrol", "/login/code": "auth.code", "/login/password": "auth.new_password"}
"""Steps of signing in, which nothing leads to afterwards."""


@pytest.fixture(scope="module")
def busy_site(demo_site: Site) -> Site:
    """The demonstration with what it lacks: a request for an account, a stuck case, a batch to recommend, a change to approve."""
    clock.stand_at(None)
    waiting = demo_site.cases_at("recommender_review")
    demo_site.story.opines(next(each for each in waiting if demo_site.story.case(each).recommender_id == "dept-jyt"))
    with demo_site.installation.database.writing(SYSTEM) as tx:
        stuck = demo_site.cases_at("host_approve")[0]
        cases.put(tx, cases.get(tx, stuck), status="incident")
        incidents.park(tx, case_id=stuck, element="route_recommender", message="没有登记推荐部门", next_at=None)
        stored = files.Folder(demo_site.settings.files).put(BytesIO(demo_site.pdf.read_bytes()), limit=1 << 20)
        batches.add(
            tx,
            key="walk",
            process="annual_report",
            title="2025年度报告",
            items=[],
            skipped=[{"base_id": register.bases(tx)[0].id, "reason": "认定未满一年"}],
            from_case=None,
            made_by="p-officer",
        )
        letter = files.add(tx, stored, name="授权函.pdf", by="visitor", type="application/pdf", status="clean")
        named = {
            "org_name": "钱塘新材料研究院",
            "uscc": "91330000MA27U00015",
            "admin_name": "柳明远",
            "mobile": "13800000000",
        }
        logins.add_request(tx, {**named, "letter_file": letter})
        analyst = people.principal_of(tx, "p-analyst")
        drawn = demo_site.settings.models / "bpmn" / "designation.bpmn"
        draft = drafts.save(
            tx, analyst, "designation.bpmn", drawn.read_text("utf-8").replace("填写申报书", "填报申报书")
        )
        drafts.submit(tx, analyst, [draft.id], "改一个名称", command_id="walk-submit-000001")
    return demo_site


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


def test_every_page_is_somebody_s(busy_site: Site) -> None:
    """A new page without a line above fails here."""
    looked_at = set().union(OWN, *MEASURED.values(), AT_THE_DOOR.values(), SIGNING_IN.values())
    assert looked_at == pages(busy_site)


@pytest.mark.slow
@pytest.mark.timeout(900)  # sixty pages on a busy machine
@pytest.mark.parametrize("login", MEASURED)
def test_wherever_the_links_lead(busy_site: Site, comes: Comes, axe: Axe, login: str) -> None:
    person = comes(busy_site, login, bypass_csp=True)
    found, met = [], set()
    for stop in walk(person, busy_site):
        met.add(stop.family)
        found += [f"{stop.path}: {fault}" for fault in _faults(person, axe, stop, OWN | MEASURED[login])]
    assert found == [], "\n".join(found)
    assert met >= MEASURED[login]


@pytest.mark.parametrize("path", AT_THE_DOOR)
def test_the_pages_at_the_door(busy_site: Site, chromium: Browser, axe: Axe, path: str) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(bypass_csp=True, base_url=busy_site.url, color_scheme=scheme, locale="zh-CN")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(path)
        found = _wrong(axe, page)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        found += _over(page)
        expect(page.locator("h1")).to_have_count(1)
        context.close()
        assert found == []


@pytest.mark.parametrize("path", SIGNING_IN)
def test_the_steps_of_signing_in(busy_site: Site, comes: Comes, axe: Axe, path: str) -> None:
    person = comes(busy_site, "xitong", bypass_csp=True)
    person.opens(path)
    assert list(_faults(person, axe, Stop(path, SIGNING_IN[path], ""), {SIGNING_IN[path]})) == []


def _faults(person: Person, axe: Axe, stop: Stop, measured: set[str]) -> Iterator[str]:
    """What is wrong with the page before the person, on a phone, on a desk, in the light and in the dark."""
    page = person.page
    if not page.title().strip(" ·") or page.locator("h1").count() != 1:
        yield "no title, or not one first heading"
    yield from (f"English: {text}" for text in page.evaluate(ENGLISH))
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        yield from _over(page)
    if stop.family in measured:
        page.set_viewport_size({"width": TALL[0], "height": TALL[1]})
        yield from _wrong(axe, page)
        with _in_the_dark(page):
            yield from (f"dark: {each}" for each in _wrong(axe, page))
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def _over(page: Page) -> list[str]:
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"wider than the window by {over} px"] if over > 0 else []


def _wrong(axe: Axe, page: Page) -> list[str]:
    answer = axe.run(page, context=BUT_DRAWINGS, options=STANDARDS).response
    return [
        f"{wrong['id']} {each['target']} {each['html'][:120]}"
        for wrong in answer["violations"]
        for each in wrong["nodes"][:4]
    ]


@contextmanager
def _in_the_dark(page: Page) -> Iterator[None]:
    """As after a click on the moon in the header."""
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    yield
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
