"""What the real pages cost: the inbox, a task with its form, and handing it in, from request to redirect."""

from __future__ import annotations

from statistics import median
from typing import Any

from lxml import html

from webapp import clock
from webapp.app import create_app
from webapp.bench.ground import OUTCOMES, Ground, cpu_ms
from webapp.demo.walk import SYSTEM
from webapp.engine import commands
from webapp.store import people
from webapp.views import passwords

ELEMENT = "recommender_review"
PASSWORD = "Bench-2026-Qiantang"  # noqa: S105  # of nobody


def measure(ground: Ground, round_id: str, count: int) -> dict[str, float]:
    """Median CPU ms of each page over `count` applications of the recommender's review, after one to warm up."""
    app = create_app(ground.installation.settings, installation=ground.installation)
    found: dict[str, list[float]] = {"inbox_cpu_ms": [], "task_cpu_ms": [], "submit_cpu_ms": []}
    for number in range(count + 1):
        case_id, content = ground.application(round_id)
        for element in ("fill", "host_approve"):
            ground.hand_in(ground.sheet(case_id, element, content))
            ground.walk.works()
        spent = _visit(app.test_client(), ground, case_id)
        if number:
            for name, milliseconds in spent.items():
                found[name].append(milliseconds)
    return {name: median(values) for name, values in found.items()}


def _visit(client: Any, ground: Ground, case_id: str) -> dict[str, float]:
    task = ground.walk.task(case_id, ELEMENT)
    sheet = ground.sheet(case_id, ELEMENT, {})
    with ground.database.writing(SYSTEM) as tx:
        person = people.person(tx, sheet.actor.person_id)
        people.put(tx, person, password_hash=passwords.hashed(PASSWORD), password_at=clock.now(), must_change=False)
        commands.save_draft(tx, sheet.actor, task.id, {**sheet.content, "_outcome": OUTCOMES[ELEMENT]})
    sign_in = client.post("/login", data={"login": person.login, "password": PASSWORD, **_token(client, "/login")})
    answers: list[Any] = [sign_in]
    spent = {
        "inbox_cpu_ms": cpu_ms(lambda: answers.append(client.get("/"))),
        "task_cpu_ms": cpu_ms(lambda: answers.append(client.get(f"/tasks/{task.id}"))),
    }
    posted = _controls(answers[-1].text)
    spent["submit_cpu_ms"] = cpu_ms(lambda: answers.append(client.post(f"/tasks/{task.id}", data=posted)))
    codes = [answer.status_code for answer in answers]
    if codes != [302, 200, 200, 302]:
        raise AssertionError(f"the pages answered {codes}: {_complaints(answers[-1].text)}")
    return spent


def _token(client: Any, address: str) -> dict[str, str]:
    page: Any = html.fromstring(client.get(address).text)
    return {"csrf_token": str(page.xpath("//input[@name='csrf_token']/@value")[0])}


def _controls(page: str) -> dict[str, list[str]]:
    """What a browser posts of the page's form when nothing is changed."""
    found: dict[str, list[str]] = {}
    drawn: Any = html.fromstring(page)
    form = max(drawn.forms, key=lambda each: len(each.inputs))
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    found["_outcome"] = [OUTCOMES[ELEMENT]]
    return found


def _complaints(page: str) -> str:
    drawn: Any = html.fromstring(page)
    return " ".join(drawn.text_content().split())[:1500]
