"""What must hold after every simulated day; each breach names the day, the case and the rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from webapp import clock
from webapp.engine import meeting
from webapp.engine.running import runtime_of
from webapp.installation import Installation
from webapp.store import audits, cases, incidents, journal
from webapp.store.db import Tx
from webapp.store.principal import Principal

SYSTEM = Principal.system_("demo")


@dataclass(frozen=True)
class Breach:
    """A rule that did not hold."""

    day: date
    case: str
    invariant: str


class Watcher:
    """Remembers what was looked at before, so that a day costs what happened on it."""

    def __init__(self, installation: Installation) -> None:
        self._database = installation.database
        self._seen: dict[str, int] = {}
        self._since: datetime = clock.now()

    def after_day(self) -> list[Breach]:
        """What does not hold at the end of this day."""
        since, self._since = self._since, clock.now()
        with self._database.reading(SYSTEM) as tx:
            found = [*self._stuck(tx), *self._nobody(tx, since), *self._late(tx), *self._bases(tx), *self._bans(tx)]
            found += [
                (each.object_id, f"留痕：{each.what}")
                for key in journal.heads(tx, since=since)
                for each in journal.verify(tx, key)
            ]
        return [Breach(clock.today(), case, rule) for case, rule in found]

    def after_year(self) -> list[Breach]:
        """Whether every chain is whole, from its beginning."""
        with self._database.reading(SYSTEM) as tx:
            return [Breach(clock.today(), each.object_id, f"留痕：{each.what}") for each in journal.verify(tx)]

    def _stuck(self, tx: Tx) -> list[tuple[str, str]]:
        """A case without an open task or a timer must wait for a message that its diagram draws."""
        found = []
        for case_id, version in audits.without_task_or_timer(tx):
            if self._seen.get(case_id) == version:
                continue
            case = cases.get(tx, case_id)
            if runtime_of(tx, case, SYSTEM).awaits():
                self._seen[case_id] = version
            else:
                found.append((case.number, "在办事项没有待办、计时或等待的消息"))
        parked = audits.with_status(tx, "incident")
        failed = [
            (each.case_id or each.ref, f"异常未处理：{each.job or each.element}") for each in incidents.open_ones(tx)
        ]
        return found + [(number, "事项因异常停住") for number in parked] + failed

    def _nobody(self, tx: Tx, since: datetime) -> list[tuple[str, str]]:
        return [(number, f"待办“{title}”没有有权办理的人") for number, title in audits.tasks_for_nobody(tx, since)]

    def _late(self, tx: Tx) -> list[tuple[str, str]]:
        timers = [(number, f"计时 {element} 到期未触发") for number, element in audits.timers_overdue(tx, clock.now())]
        reports = [(number, "年报逾期而没有标记") for number in audits.reports_unmarked(tx, clock.today())]
        return timers + reports

    def _bases(self, tx: Tx) -> list[tuple[str, str]]:
        known = {"active", *meeting.REASONS}
        found = [(code, f"基地状态 {status} 不在登记的四种之内") for code, status in audits.odd_statuses(tx, known)]
        found += [(code, "台账现值与历史不一致") for code in audits.disagreeing(tx)]
        return found + [(number, "基地已终止而事项仍在办") for number in audits.open_on_ended(tx)]

    def _bans(self, tx: Tx) -> list[tuple[str, str]]:
        return [(number, "限制期内被认定") for number in audits.designated_under_ban(tx)]
