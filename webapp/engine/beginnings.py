"""How a procedure begins, as its diagram's start event says: who may begin it, about what, and when (architecture 8).

So a procedure that an analyst draws is offered on the pages and guarded by the command without any code of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp import clock
from webapp.engine import context, permissions, sheets
from webapp.engine.facts import CaseFacts
from webapp.errors import Forbidden, Rejected
from webapp.store import releases
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Base, Case

BASE = "base"
HOST = "host"


@dataclass(frozen=True)
class Beginning:
    """What the start event says; `label` empty: only the system begins it."""

    process: str
    name: str
    label: str
    lanes: tuple[str, ...]
    about: str
    in_round: str
    """The kind of round within which a host begins it."""
    round: str
    """The kind of round that the case itself is."""
    when: str
    prefix: str
    yearly: str
    """Parameter with the MM-DD from which the system begins one case a year."""
    articles: str


def of(tx: Tx, release_id: str, process: str) -> Beginning:
    """The beginning of the process in that release."""
    definition = context.of(tx).catalog.definition(tx, release_id, process)
    own = (each for each in definition.elements.values() if each.process == process and not each.parent)
    start = next((each for each in own if each.type == "startEvent"), None)
    said: Mapping[str, str] = start.properties if start else {}
    others = [lane.strip() for lane in said.get("starters", "").split(",") if lane.strip()]
    return Beginning(
        process=process,
        name=definition.name,
        label=said.get("start", ""),
        lanes=((start.lane if start else ""), *others),
        about=said.get("about", ""),
        in_round=said.get("in_round", ""),
        round=said.get("round", ""),
        when=said.get("when", ""),
        prefix=said.get("prefix", "LC"),
        yearly=said.get("yearly", ""),
        articles=said.get("articles", ""),
    )


def all_of(tx: Tx, release_id: str) -> Sequence[Beginning]:
    """The beginnings of all procedures of the release, by name of the process."""
    catalog = context.of(tx).catalog
    return [of(tx, release_id, process) for process in catalog.processes(tx, release_id)]


def offered(tx: Tx, actor: Principal, base: Base | None = None) -> Sequence[Beginning]:
    """What the person may begin now: about this base, or (without one) what is about none."""
    release = releases.current(tx, clock.today()).id
    found = [each for each in all_of(tx, release) if each.label and (each.about == BASE) == (base is not None)]
    host = base.host_id if base else actor.org_id
    return [
        each
        for each in found
        if _may(tx, actor, each, host, base.recommender_id if base else None) and _holds(tx, each, release, base, host)
    ]


def must_allow(tx: Tx, actor: Principal, begin: Beginning, case: Case, base: Base | None) -> None:
    """Raises Forbidden for the wrong person, Rejected for the wrong moment or a procedure only the system begins."""
    if actor.system:
        return
    if not begin.label:
        raise Rejected(f"“{begin.name}”由系统发起，不能由人员直接发起。")
    if begin.about == BASE and base is None:
        raise Rejected("请从基地的页面发起。")
    if not _may(tx, actor, begin, case.host_id, base.recommender_id if base else case.recommender_id):
        raise Forbidden(f"您的岗位不能发起“{begin.name}”。")
    if begin.when and not _condition(tx, begin, case):
        raise Rejected(f"当前情况不符合发起“{begin.name}”的条件，请核对基地状态。")


def _may(tx: Tx, actor: Principal, begin: Beginning, host_id: str | None, recommender_id: str | None) -> bool:
    catalog = context.of(tx).catalog
    owners = {"case.host": host_id, "case.recommender": recommender_id}
    for lane in begin.lanes:
        if not lane:
            continue
        role = catalog.role_of_lane(tx, lane)
        kind, _, rest = role.resolver.partition(":")
        if permissions.has_role_in(actor, (role.code,), owners.get(kind, rest)):
            return True
    return False


def _holds(tx: Tx, begin: Beginning, release: str, base: Base | None, host_id: str | None) -> bool:
    if not begin.when:
        return True
    recommender = base.recommender_id if base else None
    imagined = Case(id="", process=begin.process, title="", number="", release_id=release, parameters_on=clock.today())
    imagined.host_id, imagined.recommender_id, imagined.base_id = host_id, recommender, base.id if base else None
    return _condition(tx, begin, imagined)


def _condition(tx: Tx, begin: Beginning, case: Case) -> bool:
    facts = CaseFacts(tx, context.of(tx).catalog, case)
    return sheets.holds(begin.when, facts.names, facts.functions())
