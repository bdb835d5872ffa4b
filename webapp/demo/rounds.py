"""Two rounds of the demonstration: last year's, walked to its document, and this year's with applications at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from webapp import clock
from webapp.demo import contents, sheets, world
from webapp.demo.walk import SYSTEM, Walk
from webapp.store import codes


@dataclass(frozen=True)
class Plan:
    """One application: who applies for what, and how far it has come."""

    host: str
    category: str
    upto: str
    topic: str


class Rounds:
    """Makes the rounds; every attachment is `file_id`."""

    def __init__(self, walk: Walk, file_id: str) -> None:
        self.walk, self.file_id = walk, file_id
        self._number = 0

    def finished(self, start: date, plans: Sequence[Plan]) -> str:
        """A round from its notice to its document."""
        round_id = self._opened(start)
        self._walked(round_id, plans)
        self._until(date.fromisoformat(sheets.set_up(start)["recommend_by"]) + timedelta(days=8))
        self._decided(round_id)
        return round_id

    def running(self, start: date, plans: Sequence[Plan], now: datetime) -> str:
        """A round whose window is still open, its applications at the steps planned."""
        round_id = self._opened(start)
        self._walked(round_id, plans)
        self.walk.at(now)
        return round_id

    def _walked(self, round_id: str, plans: Sequence[Plan]) -> list[str]:
        """All applications go through the steps side by side, each as far as planned."""
        lines = [self._application(round_id, plan) for plan in plans]
        for place in range(max(len(steps) for _, steps in lines)):
            for plan, (_, steps) in zip(plans, lines, strict=True):
                names = [name for name, _ in steps]
                if place < len(steps) and plan.upto not in names[: place + 1]:
                    self.walk.after(hours=2)
                    steps[place][1]()
            self.walk.after(hours=20)
        return [case_id for case_id, _ in lines]

    def _opened(self, start: date) -> str:
        walk = self.walk
        self._until(start)
        round_id = walk.starts("designation_round", "p-officer", title=f"{start.year}年度国际科技合作基地认定")
        walk.does(round_id, "set_up", "submit", sheets.set_up(start))
        walk.after(hours=20)
        walk.does(round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
        self._until(start + timedelta(days=8))
        return round_id

    def _application(self, round_id: str, plan: Plan) -> tuple[str, list[tuple[str, Callable[[], object]]]]:
        self._number += 1
        host = next(host for host in world.HOSTS if host.id == f"host-{plan.host}")
        case_id = self.walk.starts("designation", f"p-{host.id}", host_id=host.id, round_id=round_id)
        content = contents.application(host, plan.category, plan.topic, self._number, self.file_id, clock.today())
        return case_id, self._steps(case_id, plan.category, content, self._number)

    def _steps(
        self, case_id: str, category: str, content: dict[str, Any], number: int
    ) -> list[tuple[str, Callable[[], object]]]:
        walk = self.walk

        def does(
            element: str, outcome: str, sheet: Callable[[], dict[str, Any]], opinion: str = ""
        ) -> Callable[[], object]:
            return lambda: walk.does(case_id, element, outcome, sheet(), opinion)

        def today() -> date:
            return clock.today()

        def findings() -> list[dict[str, Any]]:
            return list((walk.variable(case_id, "eligibility") or {}).get("open", []))

        return [
            ("fill", does("fill", "submit", lambda: content)),
            ("host_approve", does("host_approve", "approve", lambda: sheets.host_approve(today(), self.file_id))),
            (
                "recommender_review",
                does("recommender_review", "recommend", lambda: sheets.opinion(today(), findings())),
            ),
            ("recommend", does("recommend", "recommend", lambda: sheets.recommend(today(), self.file_id, number))),
            ("formal_check", does("formal_check", "accept", lambda: sheets.formal_check(findings()))),
            ("score", lambda: self._score(case_id, category, number, 2)),
            ("half_scored", lambda: self._score(case_id, category, number, 9)),
            ("summarise", does("summarise", "confirm", sheets.summary)),
            ("ready", lambda: None),
        ]

    def _score(self, case_id: str, category: str, number: int, most: int) -> None:
        with self.walk.database.reading(SYSTEM) as tx:
            names = codes.indicators(tx, f"application_{category}")
            indicators = [{"code": row.code, "max": row.maximum} for row in names]
        tasks = [task for task in self.walk.open(case_id) if task.element == "score"][:most]
        for place, task in enumerate(tasks):
            share = 0.74 + ((number * 7 + place * 3) % 20) / 100
            self.walk.does(case_id, "score", "submit", sheets.score(indicators, share), key=task.key)

    def _decided(self, round_id: str) -> None:
        walk = self.walk
        rows = walk.variable(round_id, "matrix")["rows"]
        last = rows[-1]["application"]
        walk.does(round_id, "deliberate", "submit", sheets.deliberate(clock.today(), rows, frozenset({last})))
        walk.after(days=2)
        for division in ("province-jd", "province-fg", "province-zg"):
            walk.does(round_id, "cosign", "agree", sheets.cosign(), key=division)
        walk.does(round_id, "head_review", "approve", sheets.head_review())
        walk.after(days=6)
        walk.does(round_id, "decide", "decide", sheets.decide(clock.today(), rows, {last: "refuse"}))
        walk.after(days=14)
        number = f"浙科发外〔{clock.today().year}〕{23 + clock.today().month}号"
        walk.does(round_id, "register_document", "issue", sheets.register_document(clock.today(), number))

    def _until(self, day: date) -> None:
        self.walk.at(datetime.combine(day, time(9, 30), clock.CHINA))
