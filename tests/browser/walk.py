"""Goes through the pages as a person does: by the links he sees, every family of pages once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes.story import SYSTEM
from webapp.store import inbox

LINKS = (
    """() => [...document.querySelectorAll('a[href^="/"]:not([download])')].map(link => link.getAttribute('href'))"""
)
KINDS_OF_LISTS = ("tab", "figure")
"""Parameters that make another page of a list."""
NOT_PAGES: Mapping[str, str] = {
    "static": "files",
    "proceedings.export": "a spreadsheet", "imports.template": "a spreadsheet",
    "applications.export": "a spreadsheet", "bases.export": "a spreadsheet", "watch.export": "a spreadsheet",
    "documents.download": "a file", "files.get": "a file", "requests.letter": "a file", "papers.form": "a file",
    "papers.package": "a file", "papers.base_certificate": "a file",
    "case.diagram": "XML", "watch.diagram": "XML", "case.diagram_marks": "JSON", "watch.live": "a piece of a page",
    "health.alive": "for machines", "health.ready": "for machines", "health.metrics": "for machines",
    "help.first": "the first of the help pages again",
}  # fmt: skip
"""What answers a GET and is no page."""


@dataclass(frozen=True)
class Stop:
    """A page that the person has before him."""

    path: str
    family: str
    """The route's endpoint."""
    came_from: str


def walk(person: Person, site: Site, start: str = "/") -> Iterator[Stop]:
    """The person stands on each page while it is yielded; an answer that is no page fails here, saying whose link it was."""
    urls = site.app.url_map.bind("walk")
    person.opens(start)
    known = {_key(urls, site, start): Stop(start, _family(urls, start), "")}
    waiting = list(known.values())
    while waiting:
        stop = waiting.pop(0)
        answer = person.page.goto(stop.path)
        assert answer is not None
        assert answer.status == 200, f"{stop.came_from} leads to {stop.path}: {answer.status}"
        person.ready()
        yield stop
        for path in person.page.evaluate(LINKS):
            key = _key(urls, site, path)
            assert key[0], f"{stop.path} leads to {path}, which is no address"
            if key[0] not in NOT_PAGES and key not in known:
                known[key] = Stop(path, key[0], stop.path)
                waiting.append(known[key])


def pages(site: Site) -> set[str]:
    """The families of all pages that there are."""
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return {rule.endpoint for rule in rules} - NOT_PAGES.keys()


def _family(urls: MapAdapter, path: str) -> str:
    try:
        return str(urls.match(urlsplit(path).path)[0])
    except RequestRedirect as elsewhere:
        return _family(urls, urlsplit(elsewhere.new_url).path)
    except HTTPException:
        return ""


def _key(urls: MapAdapter, site: Site, path: str) -> tuple[str, ...]:
    """What makes it another page worth looking at: the route, the kind of list, the step of a task."""
    parts = urlsplit(path)
    family, given = _family(urls, path), parse_qs(parts.query)
    found = [family, *(given[name][0] for name in KINDS_OF_LISTS if name in given)]
    if family == "task.show":
        with site.installation.database.reading(SYSTEM) as tx:
            found.append(str(inbox.get(tx, parts.path.rsplit("/", 1)[-1]).element))
    return tuple(found)
