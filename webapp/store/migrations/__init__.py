"""The schema's history: numbered, linear, equal to tables/. Run by `Database.upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from webapp.store.tables import Model

_LOCK = 0x67756F6865
"""Advisory lock, so that several processes started at once do not migrate together."""


def config() -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def upgrade(connection: Connection) -> None:
    """The schema is at the newest revision, in the transaction of the connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest revision."""
    heads = ScriptDirectory.from_config(config()).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def revisions() -> list[str]:
    """The revisions from the first to the newest; raises for a history that is not one line."""
    script = ScriptDirectory.from_config(config())
    script.get_current_head()
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def differences(connection: Connection) -> list[Any]:
    """What the database has otherwise than tables/ say; empty when the migrations are complete."""
    options = {"compare_type": True, "target_metadata": Model.metadata}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Model.metadata))
