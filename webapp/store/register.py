"""台账: bases with every fact's validity, bans, and the read-only view that rules are given.

A base's row is how it is now; `base_fact` is how it was on any day. Both are written here and together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy import delete, or_, select, update

from webapp.errors import Missing
from webapp.store import (
    applications,
    cases,
    codes,
    marks,
    organisations,
    pages,
    people,
    proceedings,
    reference,
    submissions,
)
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import Page
from webapp.store.tables import Ban, Base, BaseFact, Dishonesty, Document, Model, Organisation

Ask = TypeVar("Ask", bound=Callable[..., Any])

DATED = [
    "name",
    "category",
    "level",
    "host_id",
    "leader",
    "city",
    "recommender_id",
    "field_code",
    "regions",
    "designated_on",
    "doc_no",
    "status",
    "direction",
    "contact",
    "partners",
    "core_team",
    "national_type",
]
"""The fields of a base whose history is kept."""
_ALIASES = {"field": "field_code"}
_LATEST_BAN = [Ban.starts_on.desc(), Ban.id]


def add_base(tx: Tx, *, source_case: str | None = None, **fields: Any) -> Base:
    """The base is in the register, its facts valid from designated_on (or status_on).

    `field` may stand for field_code. An application has one base: the one registered before is answered again.
    """
    values = {_ALIASES.get(name, name): value for name, value in fields.items()}
    known = _of_application(tx, values.get("application_id"))
    if known is not None:
        return known
    row = Base(**{"id": new_id(), "status": "active", "level": "provincial", "regions": [], **values})
    row.status_on = row.status_on or row.designated_on
    tx.save(row)
    begun = row.designated_on or row.status_on
    if begun is None:
        raise ValueError("a base needs a day from which its facts hold")
    tx.insert(BaseFact, [_fact(row.id, name, getattr(row, name), begun, source_case) for name in DATED])
    reference.changed(tx, reference.REGISTER)
    return row


def base(tx: Tx, base_id: str) -> Base:
    """The base; raises Missing."""
    row = tx.get(Base, base_id)
    if row is None:
        raise Missing("未找到该基地，可能不在您的权限范围内。")
    return row


def lock(tx: Tx, base_id: str) -> Base:
    """The base, read anew and held until the transaction ends: no other procedure about it begins or ends meanwhile."""
    query = select(Base).where(Base.id == base_id).with_for_update()
    with stmt("register.lock"):
        row = tx.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise Missing("未找到该基地，可能不在您的权限范围内。")
    return row


def by_code(tx: Tx, code: str) -> Base | None:
    """The base with this code."""
    return tx.scalars(select(Base).where(Base.code == code)).one_or_none()


def bases(tx: Tx, **where: Any) -> Sequence[Base]:
    """Bases whose columns have these values, by code; raises AttributeError for an unknown column."""
    rules = [getattr(Base, _ALIASES.get(name, name)) == value for name, value in where.items()]
    with stmt("register.bases"):
        return tx.scalars(select(Base).where(*rules).order_by(Base.code)).all()


def with_ids(tx: Tx, base_ids: Collection[str]) -> Sequence[Base]:
    """The visible ones of these bases."""
    return tx.scalars(select(Base).where(Base.id.in_(sorted(base_ids)))).all() if base_ids else []


def with_doc_no(tx: Tx, doc_no: str) -> Sequence[Base]:
    """Bases whose document has, or until a correction had, this number; by code."""
    facts = select(BaseFact.base_id).where(BaseFact.field == "doc_no", BaseFact.value == doc_no)
    return tx.scalars(select(Base).where(Base.id.in_(facts)).order_by(Base.code)).all()


def search(
    tx: Tx,
    text: str = "",
    *,
    status: str | None = None,
    category: str | None = None,
    city: str | None = None,
    recommender_id: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[Base]:
    """Visible bases whose name, code or leader contains the text, by code."""
    query = select(Base)
    if text.strip():
        query = query.where(pages.containing(text, Base.name, Base.code, Base.leader))
    equal = {"status": status, "category": category, "city": city, "recommender_id": recommender_id}
    for name, value in equal.items():
        if value:
            query = query.where(getattr(Base, name) == value)
    if after:
        query = query.where(Base.code > pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Base.code).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.code,))


def change(tx: Tx, base_id: str, on: date, *, source_case: str | None = None, **changes: Any) -> None:
    """From that day the base has these values; the days before keep theirs, later changes of them are replaced."""
    row = base(tx, base_id)
    for name, value in changes.items():
        name = _ALIASES.get(name, name)
        if name not in DATED:
            raise AttributeError(f"a base has no dated field {name}")
        setattr(row, name, _plain(name, value))
        _begin(tx, base_id, name, value, on, source_case)
    if "status" in changes:
        row.status_on = on
    reference.changed(tx, reference.REGISTER)


def as_of(tx: Tx, base_id: str, on: date) -> dict[str, Any]:
    """Every dated field of the base as it was on that day; empty before it was one."""
    query = select(BaseFact).where(BaseFact.base_id == base_id, *_holding(on))
    return {row.field: _plain(row.field, row.value) for row in tx.scalars(query)}


def all_as_of(tx: Tx, on: date, **where: Any) -> dict[str, dict[str, Any]]:
    """All visible bases as they were on that day, by id, as far as their values then equal these."""
    found: dict[str, dict[str, Any]] = {}
    for row in tx.scalars(select(BaseFact).where(*_holding(on))):
        found.setdefault(row.base_id, {})[row.field] = _plain(row.field, row.value)
    wanted = {_ALIASES.get(name, name): value for name, value in where.items()}
    return {key: facts for key, facts in found.items() if all(facts.get(n) == v for n, v in wanted.items())}


def history(tx: Tx, base_id: str) -> Sequence[BaseFact]:
    """All facts of the base by field and beginning."""
    query = select(BaseFact).where(BaseFact.base_id == base_id)
    return tx.scalars(query.order_by(BaseFact.field, BaseFact.valid_from)).all()


def base_facts(tx: Tx, base_id: str | None) -> dict[str, Any]:
    """The base as rules read it (`field`, `uscc` and `host_name` included); empty when there is none."""
    row = tx.get(Base, base_id) if base_id else None
    return _with_hosts(tx, [row.facts()])[0] if row else {}


# ---------------------------------------------------------------------------------------------- bans


def bans(tx: Tx, uscc: str) -> Sequence[Ban]:
    """All bans of the host, past and rescinded ones too, the latest first."""
    with stmt("register.bans"):
        return tx.scalars(select(Ban).where(Ban.uscc == uscc).order_by(Ban.starts_on.desc(), Ban.id)).all()


def add_ban(tx: Tx, **fields: Any) -> Ban:
    """第二十二条：三年内不得再次申报. The host (from uscc or base_id) may not apply between both days, inclusive."""
    values = {_ALIASES.get(name, name): value for name, value in fields.items()}
    of_base = tx.get(Base, values["base_id"]) if values.get("base_id") else None
    if of_base is not None:
        values = {"host_id": of_base.host_id, "base_name": of_base.name, "leader": of_base.leader, **values}
        values.setdefault("field_code", of_base.field_code)
    if not values.get("host_id"):
        host = organisations.by_uscc(tx, values["uscc"])
        values["host_id"] = host.id if host else None
    row = Ban(**{"id": new_id(), **values})
    tx.save(row)
    reference.changed(tx, reference.REGISTER)
    return row


def rescind(tx: Tx, ban_id: str, on: date, doc_no: str) -> None:
    """The ban was lifted by that document; it stays on record."""
    tx.execute(update(Ban).where(Ban.id == ban_id).values(rescinded_on=on, rescinded_doc=doc_no))
    reference.changed(tx, reference.REGISTER)


def put_dishonesty(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """The imported list holds these entries (uscc, name, list, on) as given now."""
    for row in {row["uscc"]: row for row in rows}.values():
        tx.merge(Dishonesty(**row))
    reference.changed(tx, reference.REGISTER)


def replace_dishonesty(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """The imported list is exactly these entries; answers how many went and how many are new."""
    new = {row["uscc"]: row for row in rows}
    old = set(tx.scalars(select(Dishonesty.uscc)))
    tx.execute(delete(Dishonesty))
    tx.insert(Dishonesty, [dict(row) for row in new.values()])
    reference.changed(tx, reference.REGISTER)
    return len(old - new.keys()), len(new.keys() - old)


def dishonest(tx: Tx, limit: int = 1000) -> Sequence[Dishonesty]:
    """The imported list by credit code."""
    return tx.scalars(select(Dishonesty).order_by(Dishonesty.uscc).limit(limit)).all()


# ---------------------------------------------------------------------------------------------- rules' view


def _kept(ask: Ask) -> Ask:
    """The view's answer, asked of the database once: a step writes its effects only when it has ended."""

    @wraps(ask)
    def answer(self: View, *args: Any, **where: Any) -> Any:
        key = (ask.__name__, args, repr(sorted(where.items())))
        if key not in self.known:
            self.known[key] = ask(self, *args, **where)
        return self.known[key]

    return answer  # type: ignore[return-value]  # of the same shape


class View:
    """`handlers.vocabulary.Register`: everything recorded, as of the case's today, read-only."""

    def __init__(self, tx: Tx, today: date, round_id: str | None = None, case_id: str = "") -> None:
        """`round_id`: whose assignments count as an expert's load; `case_id`: who asks."""
        self._tx, self._today, self._round_id, self._case_id = tx, today, round_id, case_id
        self.known: dict[Any, Any] = {}

    @_kept
    def bases(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        """Bases by equality of their columns."""
        named = {_ALIASES.get(name, name): value for name, value in where.items()}
        return _with_hosts(self._tx, _all(self._tx, Base, [Base.code], **named))

    def base(self, base_id: str) -> Mapping[str, Any] | None:
        """The base as it is now."""
        return self.bases_by_id(base_id) or None

    @_kept
    def bases_by_id(self, base_id: str) -> Mapping[str, Any]:
        """The base as rules read it; empty when there is none."""
        return base_facts(self._tx, base_id)

    @_kept
    def base_on(self, base_id: str, day: date) -> Mapping[str, Any]:
        """Every dated field of the base as it was on that day."""
        return as_of(self._tx, base_id, day)

    @_kept
    def history(self, base_id: str) -> Sequence[Mapping[str, Any]]:
        """All dated facts of the base."""
        return [row.facts() for row in history(self._tx, base_id)]

    @_kept
    def proceedings(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        """Summaries of cases about bases, the newest first."""
        return [row.facts() for row in proceedings.where(self._tx, **where)]

    @_kept
    def marks(self, base_id: str, *, open_only: bool = True) -> Sequence[Mapping[str, Any]]:
        """Marks on the base, the newest first."""
        return [row.facts() for row in marks.of_base(self._tx, base_id, open_only=open_only)]

    @_kept
    def open_cases(self, base_id: str) -> Sequence[Mapping[str, Any]]:
        """Unended cases about the base but this one, with the elements they wait at."""
        found = [row for row in cases.of_base(self._tx, base_id, open_only=True) if row.id != self._case_id]
        standing = proceedings.standing_at(self._tx, [row.id for row in found])
        return [{**cases.brief(row), "elements": standing.get(row.id, [])} for row in found]

    @_kept
    def submitted(self, case_id: str) -> Mapping[str, Mapping[str, Any]]:
        """Latest content handed in with another case, by task id and by name of a shared form."""
        return submissions.by_element(self._tx, case_id)

    @_kept
    def bans(self, uscc: str) -> Sequence[Mapping[str, Any]]:
        """Bans of the host with `field` besides field_code."""
        return [{**row, "field": row["field_code"]} for row in _all(self._tx, Ban, _LATEST_BAN, uscc=uscc)]

    @_kept
    def bans_of_leader(self, name: str) -> Sequence[Mapping[str, Any]]:
        """Bans whose scope is the host and its leader, by the leader's name."""
        rows = _all(self._tx, Ban, _LATEST_BAN, leader=name, scope="host_and_leader")
        return [{**row, "field": row["field_code"]} for row in rows]

    @_kept
    def organisation(self, org_id: str) -> Mapping[str, Any] | None:
        """The organisation with its recommender_id of today."""
        return organisations.facts(self._tx, org_id, self._today) or None

    @_kept
    def host_with(self, uscc: str) -> Mapping[str, Any] | None:
        """The active host with this code, with its recommender_id of today."""
        found = organisations.by_uscc(self._tx, uscc)
        known = found is not None and found.kind == "host" and found.active
        return organisations.facts(self._tx, found.id, self._today) if found is not None and known else None

    @_kept
    def recommender_of(self, host_id: str, on: date) -> Mapping[str, Any] | None:
        """The department that master data gives the host on that day."""
        found = organisations.recommender_of(self._tx, host_id, on)
        return organisations.facts(self._tx, found, on) if found else None

    @_kept
    def applications(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        """Applications by equality of their columns, `field` besides field_code."""
        return [{**row.facts(), "field": row.field_code} for row in applications.where(self._tx, **where)]

    @_kept
    def experts(self) -> Sequence[Mapping[str, Any]]:
        """The pool, each with load (open assignments in this round) and declared conflicts."""
        return [
            {
                "id": row.id,
                "name": row.name,
                "org_id": row.expert_org,
                "org_name": row.org_name or row.expert_org or "",
                "fields": row.expert_fields or [],
                "conflicts": row.expert_conflicts or [],
                "available": row.available,
                "load": row.load,
            }
            for row in people.experts_with_load(self._tx, self._round_id)
        ]

    @_kept
    def documents(self, doc_no: str) -> Sequence[Mapping[str, Any]]:
        """Issued documents with that number."""
        query = select(Document).where(Document.doc_no == doc_no)
        return [row.facts() for row in self._tx.scalars(query)]

    @_kept
    def issued(self, case_id: str) -> Sequence[Mapping[str, Any]]:
        """The case's documents that carry a date, in order."""
        query = select(Document).where(Document.case_id == case_id, Document.issued_on.is_not(None))
        return [row.facts() for row in self._tx.scalars(query.order_by(Document.id))]

    @_kept
    def dishonesty(self, uscc: str) -> Mapping[str, Any] | None:
        """The unit's entry of the imported list."""
        return next(iter(_all(self._tx, Dishonesty, [Dishonesty.uscc], uscc=uscc)), None)

    def codes(self, kind: str) -> Mapping[str, str]:
        """A code list: code → Chinese label; the organisations that may recommend where a form asks for them."""
        if kind == "recommender":
            return organisations.office_names(self._tx, "city_bureau", "competent_dept")
        if kind == "host":
            return {row.id: row.name for row in organisations.of_kind(self._tx, "host")}
        return codes.labels(self._tx, kind)

    def indicators(self, set_code: str) -> Sequence[Mapping[str, Any]]:
        """The set's lines with `max` in points."""
        return [{**row.facts(), "max": row.maximum} for row in codes.indicators(self._tx, set_code)]


def _all(tx: Tx, model: type[Model], order: list[Any], **where: Any) -> list[dict[str, Any]]:
    """The facts of the table's visible rows whose columns have these values, in that order.

    What the system sees is kept until the register changes: it is small, and every step of an application asks it.
    """
    names = tuple(sorted(where))
    if unknown := [name for name in names if name not in model.__table__.columns]:
        raise AttributeError(f"{model.__tablename__} has no column {unknown}")

    def read() -> Mapping[tuple[Any, ...], Sequence[dict[str, Any]]]:
        found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        with stmt(f"register.{model.__tablename__}"):
            rows = tx.scalars(select(model).order_by(*order)).all()
        for row in rows:
            found.setdefault(tuple(getattr(row, name) for name in names), []).append(row.facts())
        return found

    is_kept = tx.principal.is_unlimited
    groups = reference.kept(tx, (model, *names), read, reference.REGISTER) if is_kept else read()
    return [_own(facts) for facts in groups.get(tuple(where[name] for name in names), ())]


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that its reader may change; columns hold plain values and lists of them."""
    return {name: list(value) if isinstance(value, list) else value for name, value in facts.items()}


def _with_hosts(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    wanted = {row["host_id"] for row in rows}
    hosts = {org_id: row for org_id in wanted if (row := tx.known(Organisation, org_id)) is not None}
    if missing := wanted - hosts.keys():
        with stmt("organisations.hosts"):
            query = select(Organisation).where(Organisation.id.in_(sorted(missing)))
            hosts |= {row.id: row for row in tx.scalars(query)}
    return [
        {
            **row,
            "field": row["field_code"],
            "uscc": hosts[row["host_id"]].uscc if row["host_id"] in hosts else None,
            "host_name": hosts[row["host_id"]].name if row["host_id"] in hosts else "",
        }
        for row in rows
    ]


def _of_application(tx: Tx, application_id: str | None) -> Base | None:
    if not application_id:
        return None
    return tx.scalars(select(Base).where(Base.application_id == application_id)).one_or_none()


def _fact(base_id: str, name: str, value: Any, begun: date, source_case: str | None) -> dict[str, Any]:
    return {"base_id": base_id, "field": name, "value": value, "valid_from": begun, "source_case": source_case}


def _begin(tx: Tx, base_id: str, name: str, value: Any, on: date, source_case: str | None) -> None:
    tx.write_deferred()
    mine = [BaseFact.base_id == base_id, BaseFact.field == name]
    for later in tx.scalars(select(BaseFact).where(*mine, BaseFact.valid_from >= on)).all():
        tx.delete(later)
    tx.write()
    still = or_(BaseFact.valid_to.is_(None), BaseFact.valid_to >= on)
    tx.execute(update(BaseFact).where(*mine, still).values(valid_to=on - timedelta(days=1)))
    tx.insert(BaseFact, [_fact(base_id, name, value, on, source_case)])


def _holding(on: date) -> list[Any]:
    return [BaseFact.valid_from <= on, or_(BaseFact.valid_to.is_(None), BaseFact.valid_to >= on)]


def _plain(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name == "designated_on" and isinstance(value, str) else value
