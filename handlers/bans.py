"""三年内不得再次申报 (第十八条, 第二十二条): from when to when a ban runs, whom it hits, and how it is said (domain.md 3.4).

A ban follows the unit's code, not its name. What its scope keeps out the table `ban` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import deadlines, messages, uscc
from handlers.deadlines import BanPeriod
from handlers.eligibility_form import text, to_date
from handlers.round_progress import limit
from handlers.vocabulary import Case, Facts, Register

DOCUMENT, SERVICE, EFFECTIVE = "document_date", "service_date", "effective_date"
"""Values of the parameter `ban.start`: the day a ban is counted from."""
STARTS = {DOCUMENT: "决定成文之日", SERVICE: "决定送达之日", EFFECTIVE: "决定生效之日"}
SCOPES = {
    "host": "依托单位",
    "base": "该基地（名称、负责人或者领域相同）",
    "host_and_leader": "依托单位和基地负责人",
}
"""Scope of a ban → whom a decision says may not apply."""


def start(policy: str, issued_on: date, served_on: date | None = None, effective_on: date | None = None) -> date:
    """The first banned day; the document's date where the day that the policy names is not known."""
    return {SERVICE: served_on, EFFECTIVE: effective_on}.get(policy) or issued_on


def period(case: Case, begins_on: date) -> BanPeriod:
    """The ban from that day, as long as `ban.years` says."""
    return deadlines.ban_period(begins_on, limit(case, "ban.years", 3))


def in_force(register: Register, code: str, leader: str, today: date) -> list[Facts]:
    """Bans that hold today for the unit, or for the leader wherever he was banned; rescinded ones do not."""
    found = [*register.bans(code), *(register.bans_of_leader(leader) if leader else ())]
    unique = {(ban.get("uscc", code), ban.get("doc_no"), str(ban["starts_on"])): ban for ban in found}
    return [ban for ban in unique.values() if holds(ban, today)]


def holds(ban: Facts, today: date) -> bool:
    """The day lies within the ban, and it was not lifted by then."""
    starts, ends, lifted = (to_date(ban.get(key)) for key in ("starts_on", "ends_on", "rescinded_on"))
    if lifted and lifted <= today:
        return False
    return (starts is None or starts <= today) and (ends is None or today <= ends)


def verdict(case: Case, ban: Facts | None, wish: Facts) -> Facts:
    """What the table `ban` says of the wish {uscc, base_name, leader, field_code}: `status` and `message`."""
    ban = ban or {}
    code, leader = uscc.normalise(text(wish, "uscc")), text(wish, "leader")
    answer: Facts = case.decide(
        "ban",
        active=bool(ban),
        scope=str(ban.get("scope", "")),
        same_unit=uscc.normalise(str(ban.get("uscc", code))) == code,
        same_leader=bool(leader) and ban.get("leader") == leader,
        same_base=_is_same_base(ban, wish),
    )
    return answer


def hitting(case: Case, wish: Facts) -> list[Facts]:
    """Bans in force that keep this wish out, scope and rescission respected."""
    assert case.register is not None, "the case was given no register"
    found = in_force(case.register, text(wish, "uscc"), text(wish, "leader"), case.today)
    return [ban for ban in found if verdict(case, ban, wish)["status"] == "reject"]


def hits(case: Case, ban: Facts, wish: Facts) -> bool:
    """Whether a ban that begins keeps this wish out, whatever the day."""
    return bool(verdict(case, ban, wish)["status"] == "reject")


def told(ban: Facts, code: str) -> str:
    """The ban as the unit with this code reads it: document, first and last day (domain.md 6.4)."""
    starts, ends = to_date(ban.get("starts_on")), to_date(ban.get("ends_on"))
    doc_no = str(ban.get("doc_no") or "取消资格决定")
    if starts is None or ends is None:
        return f"因{doc_no}处于限制申报期，不得申报。"
    said = messages.banned(doc_no, starts, BanPeriod(starts, ends).first_day_allowed)
    if uscc.normalise(str(ban.get("uscc", code))) == uscc.normalise(code):
        return said
    return said.replace("贵单位", f"负责人{ban.get('leader', '')}", 1)


def open_wishes(case: Case, ban: Facts, ended: Sequence[str]) -> list[Facts]:
    """Open applications that the ban, which begins with this step, keeps out: the unit's own and its leader's."""
    register: Any = case.register
    found = {str(row["id"]): row for row in register.applications(host_id=ban.get("host_id"))}
    if ban.get("scope") == "host_and_leader" and ban.get("leader"):
        found |= {str(row["id"]): row for row in register.applications(leader=ban["leader"])}
    still = [row for row in found.values() if row.get("status") not in ended]
    return [row for row in sorted(still, key=lambda row: str(row["id"])) if hits(case, ban, row)]


def _is_same_base(ban: Facts, wish: Facts) -> bool:
    return any(
        wanted and wanted == given
        for wanted, given in (
            (text(wish, "base_name"), ban.get("base_name")),
            (text(wish, "leader"), ban.get("leader")),
            (text(wish, "field_code"), ban.get("field_code", ban.get("field"))),
        )
    )
