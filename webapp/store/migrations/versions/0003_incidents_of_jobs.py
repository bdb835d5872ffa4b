"""Jobs that fail are incidents, a step knows what it overwrote, and case_archive, which nothing wrote, is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    """Columns incident.job and ref with their index, column task.undo; table case_archive dropped with its triggers."""
    op.add_column("incident", sa.Column("job", sa.Text(), nullable=False, server_default=""))
    op.add_column("incident", sa.Column("ref", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_incident_job", "incident", ["job", "ref"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.add_column("task", sa.Column("undo", sa.Text(), nullable=True))
    op.drop_table("case_archive")
