"""Nobody reads or writes rows that are not his, even when a query forgets to ask: the session adds it, or refuses.

Every statement of a person's session is walked: textual SQL, plain tables and data changes in bulk are refused, and
each class it names gets its `visible_to`. Objects about to be flushed must say that the person may write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Select, Table, event, inspect
from sqlalchemy.orm import ORMExecuteState, PassiveFlag, Session, with_loader_criteria
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, ColumnClause, TextClause, UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import TableClause, TextualSelect

from webapp.errors import Denied
from webapp.store.principal import SYSTEM_TABLES, Principal
from webapp.store.tables import Model, Public, Scoped

if TYPE_CHECKING:
    from webapp.store.db import Tx

UNSCOPED = frozenset({"people.names", "organisations.names"})
"""Queries that show everybody a little of rows he may not see, by the name they carry; each has its test."""

_WALKED: WeakKeyDictionary[Any, frozenset[type[Model]]] = WeakKeyDictionary()
"""A statement never changes, so one that is built once is walked once."""
_HARMLESS_LITERALS = {"*", "1"}


def install(session_class: type[Session]) -> None:
    """From here on every session of this class is filtered and checked."""
    event.listen(session_class, "do_orm_execute", _filter)
    event.listen(session_class, "before_flush", _check_flush)


def classes_of(statement: Any) -> frozenset[type[Model]]:
    """The mapped classes a SELECT reads, at any depth; raises Denied for what no filter could be added to."""
    known = _WALKED.get(statement)
    if known is None:
        known = _WALKED[statement] = frozenset(_Walk().run(statement))
    return known


def may_change(principal: Principal, table: Table) -> None:
    """Raises Denied unless this part of the system may write rows of the table in bulk or by a plain statement."""
    _require_system(principal, table.name)


# ---------------------------------------------------------------------------------------------- reading


def _filter(state: ORMExecuteState) -> None:
    tx = cast("Tx", state.session)
    tx.write_deferred(state.statement)
    principal = tx.principal
    if principal.is_unlimited or state.execution_options.get("unscoped") in UNSCOPED:
        return
    if isinstance(state.statement, UpdateBase):
        _require_system(principal, str(getattr(state.statement.table, "name", "?")))
        return
    for model in classes_of(state.statement):
        if issubclass(model, Public):
            continue
        if not issubclass(model, Scoped):
            raise Denied(f"表 {model.__tablename__} 没有访问规则。")
        if principal.system:
            _require_system(principal, model.__tablename__)
        else:
            state.statement = state.statement.options(_criteria(principal, model))


@lru_cache(maxsize=1024)
def _criteria(principal: Principal, model: type[Any]) -> Any:
    """Kept: the rule depends on nothing but the principal, and a page asks a dozen times."""
    rule = model.visible_to(principal)
    return with_loader_criteria(model, rule, include_aliases=True, propagate_to_loaders=True)


def _require_system(principal: Principal, table: str) -> None:
    if not principal.system:
        raise Denied("批量改写只能由系统执行。")
    allowed = SYSTEM_TABLES[principal.system]
    if allowed is not None and table not in allowed:
        raise Denied(f"系统身份“{principal.system}”不得使用表 {table}。")


class _Walk:
    """Collects the classes of a statement, SELECT by SELECT.

    A filter reaches a table only through its class *in the same SELECT* (or in one around it), so a plain table
    of a scoped class without that is a leak and is refused.
    """

    def __init__(self) -> None:
        self.classes: set[type[Model]] = set()
        self._scoped = {m.class_.__tablename__ for m in Model.registry.mappers if not issubclass(m.class_, Public)}
        self._seen: set[int] = set()

    def run(self, statement: Any) -> set[type[Model]]:
        if isinstance(statement, TextClause | TextualSelect | FromStatement):
            raise Denied("不允许文本形式的查询。")
        if isinstance(statement, Select):
            self._select(statement, frozenset())
        elif isinstance(statement, CompoundSelect):
            for part in statement.selects:
                self.run(part)
        else:
            raise Denied("只允许通过模型类查询。")
        if not self.classes:
            raise Denied("只允许通过模型类查询。")
        return self.classes

    def _select(self, select: Select[Any], outer: frozenset[str]) -> None:
        if select._prefixes or select._suffixes or select._hints or select._statement_hints:
            raise Denied("不允许文本形式的查询提示。")
        entities: set[str] = set()
        plain: set[str] = set()
        nested: list[Select[Any]] = []
        for element in _within(_parts(select)):
            if isinstance(element, Select):
                nested.append(element)
                continue
            _refuse_text(element)
            entity = getattr(element, "_annotations", {}).get("parententity")
            if entity is not None:
                self.classes.add(entity.mapper.class_)
                entities.add(entity.mapper.class_.__tablename__)
            elif isinstance(element, TableClause):
                plain.add(element.name)
            elif isinstance(element, ColumnClause) and isinstance(element.table, TableClause):
                plain.add(element.table.name)
        hidden = (plain & self._scoped) - entities - outer
        if hidden:
            raise Denied(f"表 {sorted(hidden)} 未通过模型类使用。")
        for inner in nested:
            if id(inner) not in self._seen:
                self._seen.add(id(inner))
                self._select(inner, outer | entities)


def _parts(select: Select[Any]) -> list[Any]:
    joined = [part for join in select._setup_joins for part in join if hasattr(part, "get_children")]
    rest: Iterable[Any] = (select._limit_clause, select._offset_clause, select._fetch_clause)
    return [
        *select._raw_columns,
        *select._from_obj,
        *select._where_criteria,
        *joined,
        *select._order_by_clauses,
        *select._group_by_clauses,
        *select._having_criteria,
        *select._distinct_on,
        *(part for part in rest if part is not None),
    ]


def _within(parts: list[Any]) -> Iterator[Any]:
    """Every element below, entering subqueries' wrappers but not the SELECTs themselves."""
    stack, seen = list(parts), set()
    while stack:
        element = stack.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        if isinstance(element, Select | Table):
            continue
        if isinstance(element, ColumnClause):
            if element.table is not None and not isinstance(element.table, TableClause):
                stack.append(element.table)
            continue
        if hasattr(element, "get_children"):
            stack.extend(element.get_children())
        if getattr(element, "element", None) is not None:
            stack.append(element.element)


def _refuse_text(element: Any) -> None:
    if isinstance(element, TextClause | TextualSelect):
        raise Denied("不允许文本形式的查询条件。")
    if isinstance(element, ColumnClause) and element.is_literal and element.name not in _HARMLESS_LITERALS:
        raise Denied("不允许文本形式的列。")
    if isinstance(element, BinaryExpression | UnaryExpression) and isinstance(element.operator, custom_op):
        raise Denied("不允许自造运算符。")


# ---------------------------------------------------------------------------------------------- writing


def _check_flush(session: Session, *_: Any) -> None:
    principal = cast("Tx", session).principal
    if principal.is_unlimited:
        return
    for row in [*session.new, *session.dirty, *session.deleted]:
        if principal.system:
            _require_system(principal, row.__table__.name)
        elif not _is_writable(row, principal, is_new=row in session.new):
            raise Denied(f"不得写入 {row.__table__.name}。")


def _is_writable(row: Any, principal: Principal, *, is_new: bool) -> bool:
    rule = getattr(type(row), "may_be_written_by", None)
    if rule is None or not rule(row, principal):
        return False
    return is_new or bool(rule(_as_stored(row), principal))


def _as_stored(row: Any) -> SimpleNamespace:
    """The row as the database has it, so that a changed owner does not count as permission."""
    values: dict[str, Any] = {}
    for attribute in inspect(row).mapper.column_attrs:
        history = get_history(row, attribute.key, PassiveFlag.PASSIVE_OFF)
        old = history.deleted or history.unchanged
        values[attribute.key] = old[0] if old else None
    return SimpleNamespace(**values)
