"""What somebody chose to watch: process, version, round, city, period; and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp import clock
from webapp.engine import context
from webapp.errors import Misconfigured, Missing
from webapp.store import monitor, releases, rounds
from webapp.store.db import Tx
from webapp.store.tables import Release, Round
from webapp.views import labels

PERIODS: Mapping[str, str] = {
    "30d": "近 30 天",
    "3m": "近 3 个月",
    "12m": "近 12 个月",
    "year": "本年",
    "all": "全部时间",
}
USUAL = "12m"
MOST_RELEASES = 500


@dataclass(frozen=True)
class Version:
    """A diagram as it was in some releases; numbers count its different contents, from 1."""

    number: int
    releases: tuple[str, ...]
    since: date
    running: int
    current: bool

    @property
    def label(self) -> str:
        """第 2 版（现行） · 在办 12 件."""
        state = "（现行）" if self.current else "（未生效）" if self.since > clock.today() else ""
        return f"第 {self.number} 版{state}" + (f" · 在办 {self.running} 件" if self.running else "")


@dataclass(frozen=True)
class Known:
    """What can be watched now."""

    processes: Sequence[str]
    """Those in force, and those of older releases that still have running cases."""
    called: frozenset[str]
    """Those that have no cases of their own: others call them."""
    versions: Mapping[str, Sequence[Version]]
    rounds: Sequence[Round]

    def release_of(self, choice: Choice) -> str:
        """The release whose diagram is shown: the chosen version's latest, else the one in force, else the last."""
        versions = self.versions[choice.process]
        chosen = next((each for each in versions if each.number == choice.version), None)
        return (chosen or next((each for each in versions if each.current), versions[-1])).releases[-1]

    def round_name(self, round_id: str) -> str:
        """The round's name; empty for an id that is none."""
        return next((row.name or row.number for row in self.rounds if row.id == round_id), "")


@dataclass(frozen=True)
class Choice:
    """Empty texts, 0 and None choose everything. `since` and `until` (a list of one month) stand for the period."""

    process: str = ""
    version: int = 0
    round_id: str = ""
    city: str = ""
    period: str = USUAL
    diagram: str = ""
    element: str = ""
    since: date | None = None
    until: date | None = None

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """For url_for: what differs from the usual."""
        chosen = replace(self, **changes)
        found = {
            "process": chosen.process,
            "version": chosen.version,
            "round": chosen.round_id,
            "city": chosen.city,
            "period": chosen.period if chosen.period != USUAL and not chosen.since else "",
            "diagram": chosen.diagram,
            "element": chosen.element,
            "since": chosen.since,
            "until": chosen.until,
        }
        return {name: value for name, value in found.items() if value}

    def filter(self, known: Known) -> monitor.Filter:
        """The same for the store."""
        since, until = (self.since, self.until) if self.since or self.until else (_begin(self.period), None)
        return monitor.Filter(
            process=self.process or None,
            diagram=self.diagram or None,
            element=self.element or None,
            city=self.city or None,
            round_id=self.round_id or None,
            releases=self._releases(known),
            since=since,
            until=until,
        )

    def words(self, known: Known) -> list[str]:
        """What is chosen, for the head of a list."""
        found = [labels.tagged(labels.PROCESS, self.process)[0] if self.process else "全部流程"]
        found += [f"第 {self.version} 版"] if self.version else []
        found += [known.round_name(self.round_id)] if self.round_id else []
        found += [labels.named(labels.CITIES, self.city)] if self.city else []
        return found

    def period_words(self) -> str:
        """The days, in words."""
        if self.since or self.until:
            return f"{self.since or '最初'} 至 {self.until or '今天'}"
        return PERIODS[self.period]

    def _releases(self, known: Known) -> tuple[str, ...] | None:
        if not self.version:
            return None
        versions = known.versions.get(self.process, ())
        return next((each.releases for each in versions if each.number == self.version), ())


def read(args: MultiDict[str, str], known: Known, process: str = "") -> Choice:
    """The choice in an address. Raises Missing for a process that is not watched; what else is unknown is left out."""
    process = process or args.get("process", "")
    if process and process not in known.processes:
        raise Missing("未找到该流程，可能已停用且没有在办事项。请从运行监控页重新选择。")
    period = args.get("period", "")
    numbers = [str(each.number) for each in known.versions.get(process, ())]
    version, city, round_id = args.get("version", ""), args.get("city", ""), args.get("round", "")
    return Choice(
        process=process,
        version=int(version) if version in numbers else 0,
        round_id=round_id if known.round_name(round_id) else "",
        city=city if city in labels.CITIES else "",
        period=period if period in PERIODS else USUAL,
        diagram=args.get("diagram", "")[:80],
        element=args.get("element", "")[:80],
        since=_date(args.get("since", "")),
        until=_date(args.get("until", "")),
    )


def known(tx: Tx) -> Known:
    """What the transaction's person can choose from."""
    listed = releases.listed(tx, MOST_RELEASES)
    ordered = sorted(listed, key=lambda row: (row.effective_from, row.made_at, row.id))  # as the studio counts
    in_force = _in_force(ordered)
    running = monitor.running(tx)
    names = {name[:-5] for row in ordered for name in row.manifest if name.endswith(".bpmn")}
    versions = {name: _versions(name, ordered, in_force, running) for name in sorted(names)}
    shown = [name for name, found in versions.items() if any(each.current or each.running for each in found)]
    order = list(labels.PROCESS)
    shown.sort(key=lambda name: (order.index(name) if name in order else len(order), name))
    called = _called(tx, in_force.id, [name for name in shown if f"{name}.bpmn" in in_force.manifest])
    return Known(shown, called, versions, rounds.list(tx))


def _in_force(ordered: Sequence[Release]) -> Release:
    begun = [row for row in ordered if row.effective_from <= clock.today()]
    if not begun:
        raise Misconfigured("系统尚未发布任何流程，请先发布流程图。")
    return max(begun, key=lambda row: (row.effective_from, row.made_at, row.id))


def _versions(
    process: str, ordered: Sequence[Release], in_force: Release, running: Mapping[tuple[str, str], int]
) -> list[Version]:
    holders: dict[str, list[Release]] = {}
    for row in ordered:
        digest = row.manifest.get(f"{process}.bpmn")
        if digest:
            holders.setdefault(digest, []).append(row)
    return [
        Version(
            number=number,
            releases=tuple(row.id for row in rows),
            since=min(row.effective_from for row in rows),
            running=sum(running.get((process, row.id), 0) for row in rows),
            current=in_force in rows,
        )
        for number, rows in enumerate(holders.values(), start=1)
    ]


def _called(tx: Tx, release_id: str, processes: Sequence[str]) -> frozenset[str]:
    catalog = context.of(tx).catalog
    return frozenset(
        process
        for name in processes
        for process, _ in catalog.definition(tx, release_id, name).all_elements
        if process != name
    )


def _begin(period: str) -> date | None:
    """The first day of the period. Months are whole, so that the trend's months add up to the figure."""
    today = clock.today()
    match period:
        case "30d":
            return today - timedelta(days=29)
        case "year":
            return date(today.year, 1, 1)
        case "3m" | "12m":
            year, month = divmod(today.year * 12 + today.month - int(period[:-1]), 12)
            return date(year, month + 1, 1)
    return None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == len("2027-01-01") else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2100 else None
