"""What administrators change beside the cases: parameters, calendar, units, experts, lists. Every act is journaled.

A change that moves limits reaches each unfinished case as a message (settled.md 10), so the act itself stays short.
Only the rules of who may and what is sensible are here; pages read the text that people paste (imported.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from handlers import uscc as credit_codes
from handlers.workdays import statutory_days
from webapp import clock
from webapp.engine import context, effects, permissions
from webapp.engine.running import Answer, once
from webapp.errors import Forbidden, Invalid, Missing, Rejected
from webapp.store import cases, codes, journal, organisations, outbox, parameters, people, register, workdays
from webapp.store.db import Tx
from webapp.store.journal import Entry
from webapp.store.principal import Principal
from webapp.store.tables import Organisation, Parameter

SECURITY = ("login.", "password.", "session.", "log.")
"""Parameters of the security administrator (三员分立); all others are the system administrator's and the Province's."""
BOUNDS: Mapping[str, tuple[int, int]] = {
    "log.keep_days": (180, 3650),  # 网络安全法：网络日志留存不少于六个月
    "password.min_length": (8, 64),
    "password.max_age_days": (1, 365),
    "session.idle_minutes": (5, 60),
    "login.max_failures": (1, 20),
    "login.lock_minutes": (5, 1440),
    "attachment.max_mb": (1, 100),
}
"""Lowest and highest value of parameters that protect the installation."""
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
ORGANISATION_FIELDS = (
    "name",
    "uscc",
    "city",
    "county",
    "host_kind",
    "entity_type",
    "entity_status",
    "registered_address",
    "founded_on",
    "contact_name",
    "contact_phone",
    "active",
)
PERSONAL = ("contact_name", "contact_phone")
RENEWED = "limits.renew"
"""Journal action on `parameter:<key>`: the value in force has reached the running cases."""
ROW = "rows"


# ------------------------------------------------------------------------------------------------ who may


def may_set_parameter(actor: Principal, key: str) -> bool:
    """Whether the person may set this parameter: security limits are the security administrator's alone."""
    wanted = ("secadmin",) if key.startswith(SECURITY) else ("sysadmin", "province_officer")
    return permissions.has_role(actor, *wanted)


def _must(allowed: bool, message: str) -> None:
    if not allowed:
        raise Forbidden(message)


# --------------------------------------------------------------------------------------- parameters, calendar


def set_parameter(
    tx: Tx, actor: Principal, key: str, value: Any, valid_from: date, source: str, *, command_id: str
) -> Answer:
    """From that day the parameter has this value; one that cases read as of today moves their limits then.

    Raises Forbidden, Missing (no such parameter), Invalid (`value`, `valid_from`, `source`).
    """

    def work() -> Answer:
        _must(may_set_parameter(actor, key), "您不能修改该参数，请联系负责该项的管理员。")
        known = parameters.history(tx, key)
        if not known:
            raise Missing("没有该参数。")
        before = _in_force(known, clock.today()) or known[-1]
        _check_parameter(before, value, valid_from, source)
        try:
            parameters.put(tx, key, value, valid_from, source=source)
        except Invalid as error:
            raise Invalid({"value": next(iter(error.fields.values()))}) from None
        record(
            tx,
            actor,
            f"parameter:{key}",
            "parameter.set",
            before={"value": before.value, "valid_from": before.valid_from},
            after={"value": value, "valid_from": valid_from, "source": source},
        )
        if before.current and valid_from <= clock.today():
            return Answer(notes={"renewed": _renew_parameter(tx, actor, key, command_id)})
        return Answer(notes={"renewed": 0})

    return once(tx, actor, "set_parameter", command_id, work)


def import_holidays(
    tx: Tx, actor: Principal, year: int, rows: Sequence[tuple[date, str]], source: str, *, command_id: str
) -> Answer:
    """The year's days are those of the State Council's notice; due dates and timers of open cases are worked out anew.

    `rows`: day and kind (holiday, makeup). Raises Forbidden, Invalid (`rows.<n>` from 1, `rows`, `source`, `year`).
    """

    def work() -> Answer:
        _must(permissions.has_role(actor, "sysadmin", "province_officer"), "您不能修改工作日历。")
        _check_notice(year, rows, source)
        before = {row.day.isoformat(): row.kind for row in workdays.of_year(tx, year)}
        workdays.import_notice(tx, year, rows, source)
        after = {day.isoformat(): kind for day, kind in rows}
        changed = {day for day in before.keys() | after.keys() if before.get(day) != after.get(day)}
        record(
            tx,
            actor,
            f"calendar:{year}",
            "calendar.import",
            before={day: before[day] for day in sorted(changed & before.keys())},
            after={**{day: after[day] for day in sorted(changed & after.keys())}, "source": source, "days": len(rows)},
        )
        return Answer(notes={"days": len(rows), "changed": len(changed), "renewed": renew_all(tx, command_id)})

    return once(tx, actor, "import_holidays", command_id, work)


def renew_all(tx: Tx, cause: str) -> int:
    """Every unfinished case will work its limits out anew, once for this cause; answers how many are told."""
    jobs, told = context.of(tx).jobs, 0
    for case_id in cases.unfinished(tx):
        key = f"limits:{cause}:{case_id}"
        row = outbox.add(tx, key=key, message=effects.LIMITS_CHANGED, to_case=case_id)
        if row is not None:
            jobs.enqueue(tx, "deliver", row.id)
            told += 1
    return told


def renew_due(tx: Tx, actor: Principal) -> int:
    """Values that came into force since they were written have reached the running cases; answers how many did."""
    today, due = clock.today(), 0
    for row in parameters.listed(tx):
        if row.current and today - timedelta(days=7) <= row.valid_from <= today:
            last = journal.last_of(tx, f"parameter:{row.key}", RENEWED)
            if last is None or clock.local(last.at).date() < row.valid_from:
                _renew_parameter(tx, actor, row.key, f"{row.key}:{row.valid_from}")
                due += 1
    return due


def _renew_parameter(tx: Tx, actor: Principal, key: str, cause: str) -> int:
    told = renew_all(tx, cause)
    record(tx, actor, f"parameter:{key}", RENEWED, after={"cases": told})
    return told


def _in_force(rows: Sequence[Parameter], on: date) -> Parameter | None:
    found = [row for row in rows if row.valid_from <= on and (row.valid_to is None or row.valid_to >= on)]
    return found[-1] if found else None


def _check_parameter(before: Parameter, value: Any, valid_from: date, source: str) -> None:
    wrong = {}
    today = clock.today()
    if before.current and valid_from < today:
        wrong["valid_from"] = "生效日期不能早于今天。"
    if not before.current and valid_from <= today:
        wrong["valid_from"] = "生效日期最早为明天：今天以前开始的事项沿用原值。"
    if not source.strip():
        wrong["source"] = "请写明修改依据（文件名称或文号）。"
    if complaint := _value_fault(before, value):
        wrong["value"] = complaint
    elif value == before.value and _is_last(before):
        wrong["value"] = "与现行值相同，无需修改。"
    if wrong:
        raise Invalid(wrong)


def _is_last(row: Parameter) -> bool:
    return row.valid_to is None


def _value_fault(before: Parameter, value: Any) -> str:
    old = before.value
    if isinstance(value, bool) or isinstance(old, bool):
        return "" if isinstance(value, bool) and isinstance(old, bool | None) else "请选择是或否。"
    if isinstance(value, int | float):
        low, high = BOUNDS.get(before.key, (0, 1_000_000))
        if not low <= value <= high:
            return f"取值应在 {low} 到 {high} 之间。"
        if isinstance(old, int) and not isinstance(value, int):
            return "请填写整数。"
    if isinstance(old, str) and isinstance(value, str):
        if not value.strip():
            return "请填写取值。"
        if MONTH_DAY.fullmatch(old) and not MONTH_DAY.fullmatch(value):
            return "请按“月-日”填写，如 01-31。"
        if before.key.endswith(".status") and value not in ("explain", "reject"):
            return "只能是 explain（需说明）或 reject（不予通过）。"
    if (
        isinstance(old, list)
        and isinstance(value, list)
        and old
        and any(type(each) is not type(old[0]) for each in value)
    ):
        return "清单中各项的类型应与原值一致。"
    return ""


def _check_notice(year: int, rows: Sequence[tuple[date, str]], source: str) -> None:
    wrong: dict[str, str] = {}
    if not 2004 <= year <= clock.today().year + 2:
        wrong["year"] = "请选择今年前后的年份。"
    if not source.strip():
        wrong["source"] = "请填写通知的名称或文号。"
    for position, (day, kind) in enumerate(rows, start=1):
        if kind == "makeup" and day.weekday() < 5:
            wrong[f"{ROW}.{position}"] = f"{day} 是周一至周五，本来就上班，请核对。"
        if kind not in ("holiday", "makeup"):
            wrong[f"{ROW}.{position}"] = "类型只能是“放假”或“上班”。"
    off = {day for day, kind in rows if kind == "holiday"}
    missing = sorted(statutory_days(year) - off)
    if rows and not wrong and missing:
        wrong[ROW] = f"缺少法定节假日：{'、'.join(map(str, missing))}，请把全年的安排一次导入。"
    if wrong:
        raise Invalid(wrong)


# ---------------------------------------------------------------------------------------------- organisations


def edit_organisation(
    tx: Tx, actor: Principal, org_id: str, changes: Mapping[str, Any], reason: str, *, command_id: str
) -> Answer:
    """The unit has these values now; old and new are on record. Raises Forbidden, Missing, Invalid by field."""

    def work() -> Answer:
        _must(permissions.has_role(actor, "sysadmin", "province_officer"), "您不能修改单位信息。")
        row = organisations.get(tx, org_id)
        new = {name: _tidy(name, changes[name]) for name in ORGANISATION_FIELDS if name in changes}
        new = {name: value for name, value in new.items() if value != getattr(row, name)}
        _check_organisation(tx, row, new, reason)
        old = {name: getattr(row, name) for name in new}
        organisations.put(tx, org_id, **new)
        record(
            tx,
            actor,
            f"organisation:{org_id}",
            "organisation.edit",
            before={name: value for name, value in old.items() if name not in PERSONAL},
            after={name: value for name, value in new.items() if name not in PERSONAL},
            reason=reason,
            values={name: str(new[name] or "") for name in PERSONAL if name in new},
        )
        return Answer(notes={"changed": len(new)})

    return once(tx, actor, "edit_organisation", command_id, work)


def set_recommender(
    tx: Tx, actor: Principal, host_id: str, recommender_id: str, valid_from: date, source: str, *, command_id: str
) -> Answer:
    """From that day the department recommends the host; running applications stay with the one they began with."""

    def work() -> Answer:
        _must(permissions.has_role(actor, "sysadmin", "province_officer"), "您不能修改组织推荐部门。")
        host = organisations.get(tx, host_id)
        before = organisations.recommender_of(tx, host_id, valid_from)
        _check_recommender(tx, host, recommender_id, before, valid_from, source)
        organisations.affiliate(tx, host_id, recommender_id, valid_from, source)
        record(
            tx,
            actor,
            f"organisation:{host_id}",
            "organisation.recommender",
            before={"recommender_id": before},
            after={"recommender_id": recommender_id, "valid_from": valid_from, "source": source},
        )
        return Answer()

    return once(tx, actor, "set_recommender", command_id, work)


def _tidy(name: str, value: Any) -> Any:
    if name == "uscc":
        return credit_codes.normalise(str(value)) or None if value else None
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return value


def _check_organisation(tx: Tx, row: Organisation, new: Mapping[str, Any], reason: str) -> None:
    wrong = {}
    if not new:
        raise Invalid({"reason": "没有需要保存的修改。"}, "没有需要保存的修改。")
    if not reason.strip():
        wrong["reason"] = "请写明修改原因或依据。"
    if "name" in new and not 2 <= len(new["name"] or "") <= 100:
        wrong["name"] = "请填写单位全称（2 至 100 字）。"
    if "uscc" in new:
        if row.kind == "host" and not new["uscc"]:
            wrong["uscc"] = "依托单位须有统一社会信用代码。"
        elif new["uscc"] and (fault := credit_codes.fault(new["uscc"])):
            wrong["uscc"] = f"{fault}。"
        elif new["uscc"] and organisations.by_uscc(tx, new["uscc"]) is not None:
            wrong["uscc"] = "该代码已属于另一单位。"
    if new.get("city") and new["city"] not in codes.labels(tx, "city"):
        wrong["city"] = "请选择设区市。"
    if (begun := new.get("founded_on")) and begun > clock.today():
        wrong["founded_on"] = "成立日期不能晚于今天。"
    if wrong:
        raise Invalid(wrong)


def _check_recommender(
    tx: Tx, host: Organisation, recommender_id: str, before: str | None, valid_from: date, source: str
) -> None:
    wrong = {}
    allowed = {row.id for row in organisations.of_kind(tx, "city_bureau", "competent_dept")}
    if host.kind != "host":
        raise Rejected("只有依托单位有组织推荐部门。")
    if recommender_id not in allowed:
        wrong["recommender"] = "请选择组织推荐部门。"
    elif recommender_id == before:
        wrong["recommender"] = "该日已由该部门推荐，无需修改。"
    if valid_from < clock.today():
        wrong["valid_from"] = "生效日期不能早于今天。"
    if not source.strip():
        wrong["source"] = "请写明依据。"
    if wrong:
        raise Invalid(wrong)


# ------------------------------------------------------------------------------------- experts, lists, deputies


def edit_expert(
    tx: Tx,
    actor: Principal,
    person_id: str,
    *,
    fields: Sequence[str],
    unit: str,
    conflicts: Sequence[str],
    available: bool,
    command_id: str,
) -> Answer:
    """What matching and recusal read of the expert: field codes, unit (id or name), declared conflicts, availability."""

    def work() -> Answer:
        _must(permissions.has_role(actor, "sysadmin", "province_officer"), "您不能修改专家信息。")
        row = people.person(tx, person_id)
        new = {
            "expert_fields": sorted(set(fields)),
            "expert_org": unit.strip() or None,
            "expert_conflicts": sorted({" ".join(each.split()) for each in conflicts} - {""}),
            "available": available,
        }
        wrong = {}
        if set(fields) - codes.labels(tx, "field").keys():
            wrong["fields"] = "请从清单中选择专业领域。"
        if not fields:
            wrong["fields"] = "请至少选择一个专业领域，否则抽取时排在最后。"
        if not unit.strip():
            wrong["unit"] = "请填写所在单位，用于回避。"
        if wrong:
            raise Invalid(wrong)
        old = {name: getattr(row, name) for name in new}
        people.put(tx, row, **new)
        record(tx, actor, f"person:{person_id}", "expert.edit", before=old, after=new)
        return Answer()

    return once(tx, actor, "edit_expert", command_id, work)


def import_dishonesty(
    tx: Tx, actor: Principal, rows: Sequence[Mapping[str, Any]], source: str, *, command_id: str
) -> Answer:
    """The list of seriously dishonest units is exactly these rows (uscc, name, list, on). Raises Invalid (`rows.<n>`)."""

    def work() -> Answer:
        _must(permissions.has_role(actor, "province_officer"), "只有省科技厅经办人员可以导入失信名单。")
        _check_dishonesty(rows, source)
        gone, added = register.replace_dishonesty(tx, rows)
        notes = {"rows": len(rows), "added": added, "removed": gone}
        record(tx, actor, "dishonesty:list", "dishonesty.import", after={**notes, "source": source})
        return Answer(notes=notes)

    return once(tx, actor, "import_dishonesty", command_id, work)


def end_delegation(tx: Tx, actor: Principal, delegation_id: str, *, command_id: str) -> Answer:
    """The deputy can act no more, from now; the giver himself and the system administrator may end it."""

    def work() -> Answer:
        row = people.delegation(tx, delegation_id)
        mine = row.from_person == actor.person_id
        _must(mine or permissions.has_role(actor, "sysadmin"), "只有委托人本人或系统管理员可以撤销代理。")
        if row.valid_to < clock.today():
            raise Rejected("该代理已经结束。")
        before = {"valid_from": row.valid_from, "valid_to": row.valid_to, "to": row.to_person, "role": row.role}
        people.end_delegation(tx, row, clock.today() - timedelta(days=1))
        record(
            tx, actor, f"person:{row.from_person}", "delegation.end", before=before, after={"valid_to": row.valid_to}
        )
        return Answer()

    return once(tx, actor, "end_delegation", command_id, work)


def _check_dishonesty(rows: Sequence[Mapping[str, Any]], source: str) -> None:
    wrong: dict[str, str] = {}
    if not source.strip():
        wrong["source"] = "请填写名单来源和日期。"
    seen: set[str] = set()
    for position, row in enumerate(rows, start=1):
        code = str(row.get("uscc", ""))
        if fault := credit_codes.fault(code):
            wrong[f"{ROW}.{position}"] = f"{fault}。"
        elif code in seen:
            wrong[f"{ROW}.{position}"] = f"代码 {code} 重复。"
        elif not str(row.get("name", "")).strip():
            wrong[f"{ROW}.{position}"] = "缺少单位名称。"
        seen.add(code)
    if wrong:
        raise Invalid(wrong)


# ------------------------------------------------------------------------------------------------ the record


def record(
    tx: Tx,
    actor: Principal,
    object_id: str,
    action: str,
    *,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
    values: Mapping[str, str] | None = None,
) -> None:
    """The act stands in the object's journal, with who did it and in whose name; personal `values` apart."""
    seat = actor.seat
    entry = Entry(
        action,
        actor.person_id,
        acted_for=seat.acted_for if seat else None,
        org=seat.org_id if seat else None,
        seat=seat.id if seat else None,
        before=before,
        after=after,
        reason=reason,
        values=values or {},
    )
    journal.append(tx, object_id, entry)
