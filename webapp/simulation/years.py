"""What happens in a simulated year (domain.md 7): rounds, reports, changes, exits, the odd disaster."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from webapp import clock
from webapp.demo import contents
from webapp.demo.walk import SYSTEM, Walk
from webapp.demo.world import Host
from webapp.engine import beginnings
from webapp.errors import Rejected
from webapp.simulation import habits
from webapp.simulation.people import Desks
from webapp.simulation.province import CATEGORY
from webapp.store import register, releases, rounds

ROUND_OPENS = (3, 2)
EVALUATION_EVERY = 3
EVALUATION_DAY = (6, 8)
SHARES_A_YEAR = {
    # procedure: how many a year for each 100 bases
    "change": 20.0,
    "exit": 1.6,
    "revocation": 1.0,
    "inclusion": 6.0,
    "national_transfer": 2.0,
    "major_event": 2.0,
    "difficulty": 3.0,
}
APPLICATIONS = 0.48
"""Applications of a round for each base: 120 for 250."""
TOPICS = (
    "智能制造",
    "生物医药",
    "新能源",
    "海洋科技",
    "数字安防",
    "先进材料",
    "脑机接口",
    "绿色化工",
    "半导体",
    "现代农业",
)


class Year:
    """Begins things; whoever must act on them finds them on his desk."""

    def __init__(self, walk: Walk, desks: Desks, hosts: list[Host], rng: Random, file_id: str, bases: int) -> None:
        self._walk, self._desks, self._hosts, self._rng = walk, desks, hosts, rng
        self._file_id, self._bases = file_id, bases
        self._plan: dict[date, list[tuple[str, Any]]] = {}
        self._topic = 0
        self.refused: dict[str, int] = {}

    def plan(self, year: int, number: int) -> None:
        """The year's arrivals have their days; `number` counts from 0."""
        self._at(date(year, *ROUND_OPENS), "designation_round", None)
        if number % EVALUATION_EVERY == EVALUATION_EVERY - 1:
            self._at(date(year, *EVALUATION_DAY), "evaluation_round", None)
        for process, share in SHARES_A_YEAR.items():
            for _ in range(self._drawn(share * self._bases / 100)):
                self._at(
                    date(year, 1, 1).replace(month=self._rng.randrange(1, 13), day=self._rng.randrange(1, 28)),
                    process,
                    None,
                )

    def begin_today(self) -> None:
        """What was planned for today has begun, if the rules of that day let it."""
        for process, host in self._plan.pop(clock.today(), []):
            try:
                self._begin(process, host)
            except Rejected as refusal:
                name = f"{process}：{refusal.message[:24]}"
                self.refused[name] = self.refused.get(name, 0) + 1

    def _drawn(self, mean: float) -> int:
        return int(mean) + (self._rng.random() < mean - int(mean))

    def _at(self, day: date, process: str, host: Host | None) -> None:
        self._plan.setdefault(day, []).append((process, host))

    def _begin(self, process: str, host: Host | None) -> None:
        today = clock.today()
        if process == "designation":
            self._apply(host or self._rng.choice(self._hosts))
            return
        begin = self._known().get(process)
        if begin is None:
            return
        if begin.round:
            self._walk.starts(process, "p-officer", title=f"{today.year}年度{begin.name}")
            if begin.round == "designation":
                self._applicants(today)
        elif begin.about == beginnings.BASE:
            base = self._base()
            if base is not None:
                starter = f"p-{base.host_id}" if begin.lanes[0].startswith("依托单位") else "p-officer"
                self._walk.starts(process, starter, base_id=base.id)
        elif begin.about == beginnings.HOST:
            chosen = self._rng.choice(self._hosts)
            self._walk.starts(process, f"p-{chosen.id}", host_id=chosen.id)
        else:
            self._walk.starts(process, "p-officer", title=f"{today.year}年{begin.name}")

    def _known(self) -> dict[str, beginnings.Beginning]:
        with self._walk.database.reading(SYSTEM) as tx:
            release = releases.current(tx, clock.today()).id
            return {each.process: each for each in beginnings.all_of(tx, release)}

    def _base(self) -> Any:
        with self._walk.database.reading(SYSTEM) as tx:
            active = register.bases(tx, status="active", level="provincial")
        return self._rng.choice(active) if active else None

    def _applicants(self, today: date) -> None:
        """The window opens a week after the notice is set up and is five weeks long; most come late in it."""
        count = round(self._bases * APPLICATIONS)
        hosts = [host for host in self._hosts if host.kind in CATEGORY]
        for host in self._rng.sample(hosts, min(count, len(hosts))):
            day = date.fromordinal(today.toordinal() + 10 + min(24, int(self._rng.triangular(0, 25, 18))))
            self._at(day, "designation", host)

    def _apply(self, host: Host) -> None:
        with self._walk.database.reading(SYSTEM) as tx:
            open_now = [row for row in rounds.list(tx) if row.status == "open"]
        if not open_now:
            return
        self._topic += 1
        topic = f"{TOPICS[self._topic % len(TOPICS)]}{self._topic:04d}"
        case_id = self._walk.starts("designation", f"p-{host.id}", host_id=host.id, round_id=open_now[0].id)
        category = CATEGORY[host.kind]
        content = contents.application(host, category, topic, self._topic % 400, self._file_id, clock.today())
        content["explanations"] = habits.EXPLAINED
        self._desks.applications[case_id] = content
