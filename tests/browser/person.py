"""A person at a browser of his own: logs in, opens, clicks, types; whatever goes wrong in the page is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser import filling
from tests.browser.site import PASSWORD, Site

DESKTOP, PHONE = (1440, 900), (390, 844)
PATIENCE = 30_000
"""ms until something that must come has surely come, on the busiest machine; nobody waits so long for what is there."""
UNDRAWN = ", ".join(f"[{each}]:not([data-ready])" for each in ("data-bpmn", "data-studio", "data-chart"))
ASKING = "#gh-progress.gh-on, .htmx-request"
WATCH_POLICY = """document.addEventListener('securitypolicyviolation',
  event => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));"""
FAILED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


class Person:
    """One browser context, signed in as `login`."""

    def __init__(
        self, browser: Browser, site: Site, login: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False,
        scripts: bool = True, bypass_csp: bool = False,
    ) -> None:  # fmt: skip
        self.site, self.login, self.scripts = site, login, scripts
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=site.url,
            reduced_motion="reduce", color_scheme="dark" if dark else "light", java_script_enabled=scripts,
            bypass_csp=bypass_csp, accept_downloads=True,
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self._expected: set[str] = set()
        if scripts:
            self.context.add_init_script(WATCH_POLICY)
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another tab, watched like the first."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        failed = FAILED.match(message.text)
        if failed and failed[1] in self._expected:
            return
        if message.type in ("error", "warning") or message.text.startswith("CSP"):
            self.faults.append(f"{self.page.url}: {message.text}")

    @contextmanager
    def may_be_told(self, *statuses: int) -> Iterator[None]:
        """Within the block an answer of these statuses is what the test is about, not a fault."""
        before, self._expected = self._expected, self._expected | {str(each) for each in statuses}
        yield
        self.page.wait_for_load_state()
        self.page.evaluate("0")  # what the browser had to say before is heard before the answer
        self._expected = before

    # ---- going about ----

    def opens(self, path: str) -> Page:
        """The page at this path, signed in."""
        self.page.goto(path)
        if self.page.url.split("?")[0].endswith("/login"):
            self._signs_in()
            if not self.page.url.endswith(path):
                self.page.goto(path)
        self.ready()
        return self.page

    def _signs_in(self) -> None:
        self.page.fill("input[name=login]", self.login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit], form button[type=submit]")
        self.page.wait_for_url(lambda url: not url.split("?")[0].endswith("/login"))

    def ready(self) -> None:
        """The page is whole and quiet: read to its end, its scripts have run, everything is drawn, no answer is awaited.

        A click comes back when the next page has begun, not when it is there; what is not yet read cannot be counted.
        """
        self.page.wait_for_load_state()
        if self.scripts and self.page.locator("script[type=module]").count():
            self.page.locator("html[data-ready='1']").wait_for(state="attached")
            expect(self.page.locator(UNDRAWN)).to_have_count(0)
            expect(self.page.locator(ASKING)).to_have_count(0)

    def opens_task(self, step: str, title: str = "") -> Page:
        """From the inbox to the task of this step (and this case) by its row's link."""
        self.opens("/")
        rows = self.page.locator("tbody tr").filter(has=self.page.get_by_role("cell", name=step, exact=True))
        if title:
            rows = rows.filter(has_text=title)
        if not rows.count():
            shown = self.page.locator("tbody tr").all_inner_texts()
            raise AssertionError(f"{self.login} has no task {step} {title}; the inbox shows {shown}")
        rows.first.get_by_role("link").first.click()
        self.ready()
        expect(self.page.locator("#work")).to_be_visible()
        return self.page

    # ---- filling in and handing in ----

    def fills(self, content: dict[str, Any]) -> None:
        """The form of the page holds the content, typed field by field."""
        filling.fill(self.page, content, self.site)

    def fills_without_scripts(self, content: dict[str, Any]) -> None:
        """The same through the plain fields of a short form."""
        for path, value in filling.leaves(content):
            field = self.page.locator(f'[name="{path}"]')
            if self.page.locator(f'[name="{path}__file"]').count():
                self.page.set_input_files(f'[name="{path}__file"]', self.site.pdf)
            elif not field.count():
                continue
            elif value is True:
                self.page.check(f'[name="{path}"][value=true]')
            else:
                field.fill(str(value))

    def chooses(self, outcome: str) -> None:
        """办理结果."""
        self.page.locator(f"input[name=_outcome][value={outcome}]").check()

    def writes_opinion(self, text: str) -> None:
        self.page.fill("#_opinion", text)

    def submits(self, *, refused: bool = False) -> None:
        """The task is handed in and the worker has done the rest; or the page says what is missing."""
        with self.may_be_told(422):
            with self.page.expect_navigation():
                self.page.locator("button[name=_op][value=submit]").click()
            self.ready()
            complaints = self.page.locator(".gh-errors, .gh-flash-error").all_inner_texts()
        if not refused:
            assert not complaints, f"{self.login} is refused: {complaints}"
        self.site.works()

    def does(
        self, step: str, content: dict[str, Any], outcome: str = "", opinion: str = "", *, title: str = ""
    ) -> None:
        """Opens the task, fills it in, hands it in."""
        self.opens_task(step, title)
        self.fills(content)
        if opinion:
            self.writes_opinion(opinion)
        if outcome:
            self.chooses(outcome)
        self.submits()

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        """The browser is closed; what went wrong in it stays known."""
        self.context.close()
