"""What may be begun about a case that stands already: 复核 of an adverse decision, 更正 of an issued document."""

from __future__ import annotations

from datetime import date

from handlers import reconsideration
from webapp import clock
from webapp.engine import permissions
from webapp.errors import Forbidden, Rejected
from webapp.store import applications, cases, documents, parameters, proceedings, workdays
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case

PROCESSES = ("reconsideration", "correction")


def must_allow(tx: Tx, actor: Principal, process: str, host_id: str | None, parent_id: str | None) -> None:
    """Raises Forbidden for the wrong person, Rejected with the reason when the case gives no cause or it is too late."""
    if parent_id is None:
        raise Rejected("请从原事项的页面发起。")
    parent = cases.get(tx, parent_id)
    if process == "reconsideration":
        if not permissions.has_role_in(actor, ("host", "host_admin"), host_id):
            raise Forbidden("只能以本单位名义申请复核。")
        said = refusal(tx, host_id or "", parent)
    else:
        if not permissions.has_role(actor, "province_officer"):
            raise Forbidden("只有省科技厅经办人员可以提出更正。")
        said = "" if issued(tx, parent.id) else "该事项没有已印发的公文。"
    if said:
        raise Rejected(said)


def refusal(tx: Tx, host_id: str, parent: Case) -> str:
    """Why the host cannot ask for 复核 of this decision, in Chinese; "" when it can, once and until the last day."""
    known = cases.by_key(tx, key_of("reconsideration", parent.id) or "")
    if known is not None:
        return f"对该决定已申请过复核（{known.number}），不再受理。"
    decided = proceedings.facts(tx, parent.id) if parent.base_id else applications.facts(tx, parent.id)
    return reconsideration.refusal(decided, host_id, last_day(tx, parent), clock.today())


def last_day(tx: Tx, parent: Case) -> date | None:
    """The last day on which 复核 may be asked for, by the parameters that the decision named; None while it is open."""
    if parent.ended_at is None:
        return None
    days = int(parameters.at(tx, parent.parameters_on).get("reconsideration.days", 10))
    return reconsideration.last_day(clock.local(parent.ended_at).date(), days, workdays.calendar(tx))


def key_of(process: str, parent_id: str) -> str | None:
    """An application is reconsidered once; documents may be corrected again."""
    return f"reconsideration:{parent_id}" if process == "reconsideration" else None


def issued(tx: Tx, case_id: str) -> dict[str, str]:
    """The case's documents that carry a date: id → number and title, as a form offers them."""
    rows = [row for row in documents.of_case(tx, case_id) if row.issued_on is not None]
    return {row.id: f"{row.doc_no or row.issued_on} {row.title}" for row in rows}
