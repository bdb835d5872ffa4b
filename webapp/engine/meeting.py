"""When cases of one base meet (domain.md 3.6): the table `meeting` says what goes on, waits, ends or is refused.

What must be true at once across cases is done here in the transaction of its cause (settled 22): the base is locked
first, then its cases by id (settled 8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import vocabulary as v
from webapp.engine import context, projection
from webapp.engine.projection import Act
from webapp.errors import Rejected
from webapp.store import cases, notices, register, timers
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case

TABLE = "meeting"
TERMINAL = "base_terminal"
REASONS = {
    "revoked": "基地资格已取消",
    "exited": "基地已主动退出",
    "transferred_national": "基地已转为科技部国合基地",
}
REACHING = (v.EndBase, v.HoldOthers, v.ReleaseOthers, v.TellBase)
"""Effects that touch other cases of the base in the same transaction."""


def answer(tx: Tx, release_id: str, standing: str, event: str) -> Mapping[str, Any]:
    """What the table says: `standing_case` goes_on | held | ended | decide, `new_case` allowed | refused | held, `message`."""
    catalog = context.of(tx).catalog
    if f"{TABLE}.dmn" not in catalog.manifest(tx, release_id):
        return {"standing_case": "goes_on", "new_case": "allowed", "message": ""}
    found: Mapping[str, Any] = catalog.decide(tx, release_id, TABLE, {"standing": standing, "event": event})
    return found


def admit(tx: Tx, case: Case) -> str | None:
    """The id of the case that holds this new one at its beginning, None when nothing does; raises Rejected."""
    holder = None
    for other in cases.of_base(tx, case.base_id or "", open_only=True):
        if other.id == case.id:
            continue
        said = answer(tx, case.release_id or "", other.process, case.process)
        if said["new_case"] == "refused":
            raise Rejected(f"{said['message']}（{other.number}）")
        if said["new_case"] == "held":
            holder = holder or other.id
    return holder


def hold(tx: Tx, actor: Principal, case: Case, by: str, reason: str) -> None:
    """The case waits: drafts can be saved, nothing handed in, no timer fires, until the other case lets it go on."""
    case.status, case.held_by = "suspended", by
    projection.note(tx, case, Act("hold", actor, reason=reason, after={"held_by": by}))


def others(tx: Tx, case: Case) -> Sequence[Case]:
    """The unended cases of the base but this one, locked, by id."""
    tx.write()  # what this step did to one of them already is not read over
    found = cases.of_base(tx, case.base_id or "", open_only=True)
    return cases.lock_many(tx, [other.id for other in found if other.id != case.id])


def hold_others(tx: Tx, actor: Principal, case: Case, reason: str) -> None:
    """What the table holds for this case's process waits from now on."""
    for other in others(tx, case):
        if other.status in ("open", "incident"):
            said = answer(tx, case.release_id or "", other.process, case.process)
            if said["standing_case"] == "held":
                hold(tx, actor, other, case.id, reason)
                _tell(tx, other, f"{other.number} 已暂缓办理", reason)


def release_others(tx: Tx, actor: Principal, case: Case, reason: str) -> None:
    """What this case held goes on by itself; what fell due meanwhile fires now."""
    tx.write()  # one that ended in this very step is held no more
    for other in cases.lock_many(tx, cases.held_by(tx, case.id)):
        other.status, other.held_by = "open", None
        projection.note(tx, other, Act("release", actor, reason=reason))
        _tell(tx, other, f"{other.number} 恢复办理", reason)


def _tell(tx: Tx, case: Case, subject: str, text: str) -> None:
    if case.host_id:
        said = f"【国合基地】{case.title}：{text}"
        notices.add(tx, role="host", org_id=case.host_id, case_id=case.id, subject=subject, text=said)


def to_end(tx: Tx, case: Case, status: str) -> Sequence[Case]:
    """The base's other unended cases, locked, that end when it does; officers are told of those they must decide."""
    ending = []
    for other in others(tx, case):
        said = answer(tx, case.release_id or "", other.process, status)["standing_case"]
        if said == "ended":
            ending.append(other)
        elif said == "decide":
            text = f"{other.number}（{other.title}）：{REASONS.get(status, '')}，请决定该事项如何办理。"
            notices.add(
                tx, role="province_officer", org_id="province", case_id=other.id, subject="请决定后续办理", text=text
            )
    return ending


def end_row(tx: Tx, case: Case, effect: v.EndBase) -> None:
    """The register says that the base has ended from that day."""
    register.change(tx, case.base_id or "", effect.on, source_case=case.id, status=effect.status)


def close(tx: Tx, case: Case, reason: str) -> None:
    """A case whose diagram does not catch the end of its base has ended all the same."""
    timers.cancel_of_cases(tx, [case.id])
    case.status, case.end = "cancelled", TERMINAL
    _tell(tx, case, f"{case.number} 已终止", reason)
