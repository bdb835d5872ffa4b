"""Departments see the cases of others in which they were given a task (变更所在地的接收部门)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A partial index of such tasks."""
    where = sa.text("role = 'recommender' AND recommender_id <> org_id")
    op.create_index("ix_task_guest", "task", ["org_id"], unique=False, sqlite_where=where, postgresql_where=where)
