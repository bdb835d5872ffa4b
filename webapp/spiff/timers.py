"""When a timer is due. Every waiting token keeps its own due moment, worked out once, when it arrives.

Corrects fault 8 of engine.md 1: `P1M` from 31 January was 3 March, naive dates took the zone of the machine, all missed
cycles fired at once after an outage, and two timers of one event-based gateway shared one value.
Fails without it: tests/spiff/test_timers.py (test_a_month_stays_a_month and the tests after it).
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import CycleTimerEventDefinition, DurationTimerEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from webapp import clock
from webapp.spiff import services

DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
CYCLE = re.compile(r"R(?P<times>\d*)/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
OWN_LIMIT = "deadline.due()"
"""The limit of the task a boundary timer sits on: the end of the date its property `due` gives (settled.md 17)."""
MISSED = 1000
"""Missed cycles that are stepped over one by one; more than any timer that makes sense."""


class NoDate(Exception):
    """计时器的时间写法有误。"""


def schedule(token: Any, definition: Any, activity: Any = None) -> dict[str, Any]:
    """What a token waiting for this timer keeps: `due` (ISO, UTC), for cycles also `every`, `left`; {} if no timer.

    `activity` is the spec of the task the timer sits on, if any.
    """
    if not isinstance(definition, TimerEventDefinition):
        return {}
    value = _value(token, definition.expression, activity)
    if isinstance(definition, CycleTimerEventDefinition):
        return _cycle(value)
    armed = {"armed": clock.now().isoformat()}
    if isinstance(definition, DurationTimerEventDefinition) or isinstance(value, timedelta):
        return {"due": later(clock.now(), value).isoformat(), **armed}
    return {"due": moment(value).isoformat(), **armed}


def rearm(token: Any, definition: Any, activity: Any = None) -> bool:
    """Whether the timer is due at another moment now that facts have changed; worked out as of when it was armed.

    Cycles and timers without a moment stay as they are.
    """
    armed = token.internal_data.get("armed")
    if armed is None or isinstance(definition, CycleTimerEventDefinition):
        return False
    with clock.travel(datetime.fromisoformat(armed)):
        due = schedule(token, definition, activity).get("due")
    if due is None or due == token.internal_data.get("due"):
        return False
    token.internal_data["due"] = due
    return True


def next_cycle(memory: dict[str, Any]) -> dict[str, Any] | None:
    """After a cycle has fired: what the token keeps now, missed cycles left out; None when it was the last."""
    left, every = memory.get("left"), memory.get("every")
    if every is None or left is None:
        return None
    start = datetime.fromisoformat(memory["start"])
    count = memory["count"]
    for _ in range(MISSED):
        count, left = count + 1, left - 1
        if left == 0:
            return None
        due = repeated(start, every, count)
        if due > clock.now():
            return {**memory, "due": due.isoformat(), "left": left, "count": count}
    return None


def due_of(token: Any) -> datetime | None:
    """The moment this token is due, aware, UTC; None when it does not wait for a timer."""
    due = token.internal_data.get("due")
    return datetime.fromisoformat(due) if due else None


def is_literal(text: str) -> bool:
    """Whether the text is a plain ISO 8601 value and not an expression (settled.md 13)."""
    return any(pattern.fullmatch(text) for pattern in (DURATION, CYCLE, MOMENT))


def moment(value: object) -> datetime:
    """The moment, aware, UTC. A value without zone is read as people in Zhejiang read it; a date begins at midnight."""
    if isinstance(value, str):
        if DURATION.fullmatch(value):
            return later(clock.now(), value)
        try:
            value = datetime.fromisoformat(value.replace(" ", "T"))
        except ValueError:
            raise NoDate(f"“{value}”不是日期，请写 deadline.…，或形如 2026-01-31T00:00:00+08:00") from None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=clock.CHINA)).astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=clock.CHINA).astimezone(UTC)
    raise NoDate(f"计时器得到的值“{value}”不是日期，请检查表达式")


def later(start: datetime, value: object) -> datetime:
    """`start` plus an ISO duration; months and years by the calendar of Zhejiang, the day at most the month's last."""
    return repeated(start, value, 1)


def repeated(start: datetime, value: object, times: int) -> datetime:
    """`start` plus `times` durations, counted from `start` so that the 31st does not drift."""
    if isinstance(value, timedelta):
        return start + value * times
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise NoDate(f"“{value}”不是时长，请写形如 P10D、PT2H")
    part = {name: float(text or 0) * times for name, text in found.groupdict().items()}
    local = start.astimezone(clock.CHINA)
    month = local.year * 12 + local.month - 1 + int(part["years"]) * 12 + int(part["months"])
    year, month = divmod(month, 12)
    if year > 9000:
        raise NoDate("时长过大，请检查")
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    moved = local.replace(year=year, month=month + 1, day=day)
    try:
        rest = timedelta(**{unit: part[unit] for unit in ("weeks", "days", "hours", "minutes", "seconds")})
        return (moved + rest).astimezone(UTC)
    except OverflowError:
        raise NoDate("时长过大，请检查") from None


def _value(token: Any, expression: str | None, activity: Any) -> Any:
    text = (expression or "").strip()
    if is_literal(text):
        return text
    value = services.evaluate(token, _with_own_limit(activity, text))
    return value.strip() if isinstance(value, str) else value


def _with_own_limit(activity: Any, text: str) -> str:
    """Light and timer are one limit: `deadline.due()` is what the inbox row shows, read from the same expression."""
    if OWN_LIMIT not in text:
        return text
    due = activity.properties.get("due") if activity is not None else None
    if not due:
        raise NoDate(f"计时器使用了 {OWN_LIMIT}，但所附任务没有写办理时限（due），请补写")
    return text.replace(OWN_LIMIT, f"deadline.end_of({due})")


def _cycle(value: object) -> dict[str, Any]:
    if isinstance(value, str) and DURATION.fullmatch(value):
        value = f"R1/{value}"
    found = CYCLE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise NoDate(f"“{value}”不是循环时间，请写形如 R3/P7D")
    times = int(found["times"]) if found["times"] else -1
    first, second = found["first"], found["second"]
    if second is None:
        start, every, count = clock.now(), first, 1
    elif DURATION.fullmatch(first):
        end = moment(second)
        start, every, count = clock.now(), first, 1
        if times < 0:
            raise NoDate("循环时间写明结束时刻时，请同时写明次数")
        while times > 1 and repeated(start, every, times) > end:
            times -= 1
    else:
        start, every, count = moment(first), second, 0
    due = repeated(start, every, count)
    if repeated(start, every, count + 1) <= due:
        raise NoDate("循环间隔必须大于零")
    if times == 0:
        raise NoDate("循环次数必须大于零")
    return {"due": due.isoformat(), "left": times, "every": every, "start": start.isoformat(), "count": count}
