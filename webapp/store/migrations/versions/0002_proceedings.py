"""Procedures about a base: their summaries, marks, batches; what the register keeps besides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Tables proceeding, mark, batch, batch_item; new columns of base and case."""
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("from_case", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_batch_key")),
    )
    op.create_index(op.f("ix_batch_process_at"), "batch", ["process", "at"], unique=False)
    op.create_index(op.f("ix_batch_status"), "batch", ["status"], unique=False)

    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_item_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_batch_item")),
    )
    op.create_index(op.f("ix_batch_item_base_id"), "batch_item", ["base_id"], unique=False)
    op.create_index(
        op.f("ix_batch_item_batch_id_status_position"), "batch_item", ["batch_id", "status", "position"], unique=False
    )

    op.create_table(
        "mark",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("base_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=True),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_mark_base_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
    )
    op.create_index(op.f("ix_mark_kind_period"), "mark", ["kind", "period"], unique=False)
    op.create_index(
        "ix_mark_standing",
        "mark",
        ["base_id", "kind", "period"],
        unique=True,
        sqlite_where=sa.text("cleared_on IS NULL"),
        postgresql_where=sa.text("cleared_on IS NULL"),
    )

    op.create_table(
        "proceeding",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("base_id", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Text(), nullable=True),
        sa.Column("recommender_id", sa.Text(), nullable=True),
        sa.Column("county_id", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("spent", sa.Text(), nullable=True),
        sa.Column("doc_no", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_proceeding_base_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_proceeding_case_id")),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("fk_proceeding_host_id")),
        sa.ForeignKeyConstraint(["recommender_id"], ["organisation.id"], name=op.f("fk_proceeding_recommender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proceeding")),
    )
    op.create_index(
        op.f("ix_proceeding_base_id_process_period"), "proceeding", ["base_id", "process", "period"], unique=False
    )
    op.create_index(op.f("ix_proceeding_host_id"), "proceeding", ["host_id"], unique=False)
    op.create_index(
        op.f("ix_proceeding_process_period_status"), "proceeding", ["process", "period", "status"], unique=False
    )
    op.create_index(
        op.f("ix_proceeding_recommender_id_process_period"),
        "proceeding",
        ["recommender_id", "process", "period"],
        unique=False,
    )

    op.add_column("base", sa.Column("direction", sa.Text(), nullable=False, server_default=""))
    op.add_column("base", sa.Column("contact", sa.Text(), nullable=False, server_default=""))
    op.add_column("base", sa.Column("partners", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("base", sa.Column("core_team", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("base", sa.Column("national_type", sa.Text(), nullable=False, server_default=""))

    op.add_column("case", sa.Column("held_by", sa.Text(), nullable=True))
