"""Feeds that are polled, what was staged of them, and who is sending an article."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "content_0002"
down_revision = "content_0001"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_moment = sa.DateTime(timezone=True)
_unique = {
    "uq_staged_contents_content_source_id_entry_id": ["content_source_id", "entry_id"],
    "uq_staged_contents_canonical_url": ["canonical_url"],
}


def upgrade() -> None:
    op.create_table(
        "content_sources",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("canonical_url", sa.String(2048), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        sa.Column("categories", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("paused_at", _moment),
        sa.Column("next_poll_at", _moment, nullable=False),
        sa.Column("polled_at", _moment),
        sa.Column("read_at", _moment),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_content_sources"),
        sa.UniqueConstraint("canonical_url", name="uq_content_sources_canonical_url"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_content_sources_next_poll_at", "content_sources", ["next_poll_at"])
    # No constraint is added to the table: SQLite would have to copy it, and in doing so let every
    # run forget what it was staged as.
    for column in (
        sa.Column("canonical_url", sa.String(2048)),
        sa.Column("content_source_id", sa.Integer),
        sa.Column("entry_id", sa.String(255)),
        sa.Column("status", sa.String(16), nullable=False, server_default="waiting"),
        sa.Column("reason", sa.Text),
        sa.Column("published_at", _moment),
        sa.Column("seen_at", _moment),
        sa.Column("entry", _json),
    ):
        op.add_column("staged_contents", column)
    for name, columns in _unique.items():
        op.create_index(name, "staged_contents", columns, unique=True)
    op.create_index("ix_staged_contents_status", "staged_contents", ["status"])
    # Runs may be pruned, and articles live without them: no foreign key.
    op.add_column("publish_logs", sa.Column("pipeline_run_id", sa.Integer))


def downgrade() -> None:
    op.drop_column("publish_logs", "pipeline_run_id")
    op.drop_index("ix_staged_contents_status", "staged_contents")
    for name in _unique:
        op.drop_index(name, "staged_contents")
    for column in (
        "entry",
        "seen_at",
        "published_at",
        "reason",
        "status",
        "entry_id",
        "content_source_id",
        "canonical_url",
    ):
        op.drop_column("staged_contents", column)
    op.drop_table("content_sources")
