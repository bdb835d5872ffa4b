"""Alembic's entry: always online, on the connection that `migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from webapp.store.tables import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
