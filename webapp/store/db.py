"""The database: how it is opened, what a transaction is, and the only place that commits.

One command is one `Database.writing` block: everything in it takes effect at its end, or nothing does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, CursorResult, Engine, Insert, Table, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import visitors

from webapp import failpoints
from webapp.errors import Busy, Denied, Full, GuoheError, Stale
from webapp.store import migrations, scope
from webapp.store.principal import Principal
from webapp.store.tables import Model

log = logging.getLogger(__name__)

BUSY_MS = 30_000
LOCK_TIMEOUT = "10s"
IDLE_TIMEOUT = "60s"

_label: ContextVar[str] = ContextVar("statement_label", default="")


class Database:
    """An open database; make one per process and share it among threads."""

    def __init__(self, url: str, *, pool: int = 8) -> None:
        """Opens nothing yet; a SQLite file and its folder come with `upgrade`."""
        self.url = make_url(url)
        self.engine_context: Any = None
        """What the engine hangs beside the rows: its catalog and the port to the jobs (settled 2)."""
        self.kept: tuple[int, dict[Any, Any]] = (-1, {})
        """Reference data read before, at a revision (reference.py)."""
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite(url, begin="BEGIN IMMEDIATE", pool=pool)
            self._readers = _sqlite(url, begin="BEGIN", pool=pool)
        else:
            self.engine = _postgres(url, pool=pool)
            self._readers = self.engine.execution_options(postgresql_readonly=True)
        event.listen(self.engine, "before_cursor_execute", _count)
        if self.is_sqlite:  # on PostgreSQL the readers are the same engine with another option
            event.listen(self._readers, "before_cursor_execute", _count)

    @contextmanager
    def writing(self, principal: Principal) -> Iterator[Tx]:
        """A transaction that is committed when the block ends, and leaves nothing behind when it raises.

        Raises Busy, Full or Stale (all Rejected) for what the database refused; hooks run after the commit.
        """
        tx = Tx(self.engine, principal, self)
        try:
            with _translated():
                yield tx
                tx._finish()
        finally:
            tx.close()
        tx._run_hooks()

    @contextmanager
    def reading(self, principal: Principal) -> Iterator[Tx]:
        """A transaction that sees one consistent state and cannot write."""
        tx = Tx(self._readers, principal, self)
        try:
            with _translated():
                yield tx
        finally:
            tx.close()

    def upgrade(self) -> None:
        """The schema is the newest; the folder and the file of a SQLite database exist. Safe to run at every start."""
        if self.is_sqlite and self.url.database:
            Path(self.url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
        with self.engine.connect() as connection, connection.begin():
            migrations.upgrade(connection)

    def is_current(self) -> bool:
        """Whether the schema is the one this code was written for."""
        with self._readers.connect() as connection:
            return migrations.is_current(connection)

    def backup(self, target: Path) -> None:
        """`target` holds a consistent copy (SQLite only); raises Denied for PostgreSQL, which has its own tools."""
        if not self.is_sqlite:
            raise Denied("PostgreSQL 请使用 pg_dump 备份。")
        with self.engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """No connection is left open."""
        self.engine.dispose()
        self._readers.dispose()


class Tx(Session):
    """One transaction of one principal. Rows it inserts are gathered and written table by table (`insert`)."""

    def __init__(self, bind: Engine, principal: Principal, database: Database) -> None:
        """Nothing is sent before the first statement."""
        if not isinstance(principal, Principal):
            raise Denied("没有身份的会话。")
        super().__init__(bind=bind, autoflush=False, expire_on_commit=False)
        self._principal = principal
        self.database = database
        self.context: dict[str, Any] = {}
        """A place for what a command carries along, such as the catalog."""
        self.held: set[str] = set()
        """Ids of the cases and organisations that this transaction has locked: nobody else changes them."""
        self._statements: list[str] = []
        self._deferred: dict[Table, list[dict[str, Any]]] = {}
        self._hooks: list[Callable[[], object]] = []

    @property
    def principal(self) -> Principal:
        """Who the session belongs to; it never changes, so what was loaded for one is never shown to another."""
        return self._principal

    @property
    def sql_count(self) -> int:
        """How many statements were sent so far, BEGIN and COMMIT not counted; one for any number of rows."""
        return len(self._statements)

    @property
    def statements(self) -> list[str]:
        """The statements sent, by name: the label given with `stmt`, or what they do to which table."""
        return [_name(text) for text in self._statements]

    def insert(self, model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
        """The rows are in the database at the latest at the commit, and for every query of this transaction.

        Rows of one table go out as one statement, tables in the order of their foreign keys.
        """
        table: Table = model.__table__  # type: ignore[assignment]  # every model here is one table
        scope.may_insert(self.principal, table)
        filled = [_filled(table, row) for row in rows]
        if filled:
            self._deferred.setdefault(table, []).extend(filled)

    def write_deferred(self, statement: Any = None) -> None:
        """Gathered rows are written: all of them, or when `statement` is given, if it could miss some."""
        if not self._deferred:
            return
        if statement is not None and not any(
            isinstance(part, Table) and part in self._deferred for part in _tables(statement)
        ):
            return
        failpoints.hit("before_flush")
        pending, self._deferred = self._deferred, {}
        for table in sorted(pending, key=_ORDER.__getitem__):
            with stmt(f"insert {table.name}"):
                super().connection().execute(table.insert(), pending[table])
        failpoints.hit("after_flush")

    def upsert(self, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """The rows are in the database now, by this INSERT … ON CONFLICT, which is compiled once; one statement."""
        scope.may_insert(self.principal, statement.table)  # type: ignore[arg-type]  # every model here is one table
        self.write_deferred()
        return super().connection().execute(statement, [dict(row) for row in rows])

    def save(self, row: Model) -> None:
        """A new row is in the database now, because rows that refer to it follow."""
        self.add(row)
        self.write()

    def write(self) -> None:
        """Changes to loaded rows are in the database now, for queries that follow in this transaction."""
        self.write_deferred()
        super().flush()

    def undo(self) -> None:
        """Nothing that this transaction did so far takes effect; it may go on."""
        self._deferred.clear()
        self._hooks.clear()
        self.context.clear()
        self.held.clear()
        self.rollback()

    def after_commit(self, hook: Callable[[], object]) -> None:
        """`hook` runs once the transaction is durable, and never when it is not. Its failure is only logged."""
        self._hooks.append(hook)

    def connection(self, *args: Any, **options: Any) -> Connection:
        """The raw connection, for the job library to join the transaction; refused to people."""
        if not self.principal.is_unlimited and not self._flushing:
            raise Denied("不允许直接使用数据库连接。")
        self.write_deferred()
        return super().connection(*args, **options)

    def raw_session(self) -> Connection:
        """For the job library, whose rows join this transaction and refer to none of ours."""
        if not self.principal.is_unlimited:
            raise Denied("不允许直接使用数据库连接。")
        return super().connection()

    @contextmanager
    def labelled(self, name: str) -> Iterator[None]:
        """Statements of the block are counted under this name."""
        with stmt(name):
            yield

    def commit(self) -> NoReturn:
        """Only the end of a `writing` block commits."""
        raise Denied("提交只在 writing 块结束时进行。")

    def bulk_save_objects(self, *_: Any, **__: Any) -> NoReturn:
        """Not used here: it goes around the checks."""
        raise Denied("不允许绕过检查的批量写入。")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects

    def _finish(self) -> None:
        failpoints.hit("before_commit")
        self.write()
        super().commit()
        failpoints.hit("after_commit")

    def _run_hooks(self) -> None:
        for hook in self._hooks:
            try:
                hook()
            except Exception:
                log.exception("a hook after the commit failed")


scope.install(Tx)


@contextmanager
def stmt(name: str) -> Iterator[None]:
    """Statements of the block are counted under this name, e.g. `cases.lock`."""
    token = _label.set(name)
    try:
        yield
    finally:
        _label.reset(token)


# ---------------------------------------------------------------------------------------------- engines


def _sqlite(url: str, *, begin: str, pool: int) -> Engine:
    engine = create_engine(url, pool_size=pool, max_overflow=pool * 4, connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _: Any) -> None:
        raw.isolation_level = None  # the driver shall not begin by itself: it would begin too late
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA cache_size = -16384")
        if begin == "BEGIN":
            raw.execute("PRAGMA query_only = ON")
        else:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: str, *, pool: int) -> Engine:
    options = f"-c lock_timeout={LOCK_TIMEOUT} -c idle_in_transaction_session_timeout={IDLE_TIMEOUT} -c timezone=UTC"
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=pool,
        max_overflow=pool * 2,
        pool_pre_ping=True,
        connect_args={"options": options},
    )


# ---------------------------------------------------------------------------------------------- counting


@event.listens_for(Tx, "after_begin")
def _remember(tx: Tx, _: Any, connection: Connection) -> None:
    connection.info["statements"] = tx._statements


def _count(connection: Connection, _: Any, statement: str, *__: Any) -> None:
    if not statement.startswith("BEGIN"):
        connection.info.get("statements", []).append(_label.get() or statement)


_VERB = re.compile(r'(?i)^\s*(insert into|update|delete from|select|with)\s+"?([\w.]+)?')
_FROM = re.compile(r'(?i)\bfrom\s+"?([\w.]+)')


def _name(statement: str) -> str:
    found = _VERB.match(statement)
    if not found:
        return statement
    verb = found[1].lower().split()[0]
    if verb in {"select", "with"}:
        table = _FROM.search(statement)
        return f"select {table[1] if table else '-'}"
    return f"{verb} {found[2]}"


# ---------------------------------------------------------------------------------------------- rows

_ORDER = {table: position for position, table in enumerate(Model.metadata.sorted_tables)}


def _filled(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Every column present, so that any number of rows is one statement; raises TypeError for an unknown column."""
    unknown = row.keys() - table.columns.keys()
    if unknown:
        raise TypeError(f"table {table.name} has no column {sorted(unknown)}")
    return {column.key: row[column.key] if column.key in row else _default(column) for column in table.columns}


def _default(column: Any) -> Any:
    default = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


def _tables(statement: Any) -> Iterator[Any]:
    for part in visitors.iterate(statement):
        yield part
        deannotate = getattr(part, "_deannotate", None)
        if deannotate and isinstance(part, Table):
            yield deannotate()


# ---------------------------------------------------------------------------------------------- errors


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except GuoheError:
        raise
    except StaleDataError as error:
        raise Stale("该事项刚刚被他人办理，您填写的内容已保留，请刷新后再试。") from error
    except DBAPIError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be asked at all, so that nothing is wrong with what was asked of it."""
    return isinstance(error, OperationalError | InterfaceError)


def _meaning(error: DBAPIError) -> GuoheError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    text = str(error.orig).lower()
    if isinstance(error, IntegrityError) and (state == "23505" or "unique constraint failed" in text):
        return Stale("相同的内容刚刚已经登记，请刷新后查看。")
    if state in {"53100", "53200"} or "disk is full" in text or "disk i/o error" in text:
        return Full()
    if state in {"55P03", "40P01", "40001", "53300", "57P01", "57P03"} or "is locked" in text:
        return Busy()
    return None
