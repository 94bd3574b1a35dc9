"""Leases, scheduled resumes, canonical URLs, and forks with edits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "tracking_0002"
down_revision = "tracking_0001"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_moment = sa.DateTime(timezone=True)
_scheduled = sa.text("resume_at IS NOT NULL")


def upgrade() -> None:
    for column in (
        sa.Column("canonical_url", sa.String(2048)),
        sa.Column("first_stage_index", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_expires_at", _moment),
        sa.Column("resume_at", _moment),
        sa.Column("automatic_resumes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("edits", _json),
    ):
        op.add_column("pipeline_runs", column)
    op.create_index("ix_pipeline_runs_canonical_url", "pipeline_runs", ["canonical_url"])
    op.create_index(
        "ix_pipeline_runs_resume_at",
        "pipeline_runs",
        ["resume_at"],
        sqlite_where=_scheduled,
        postgresql_where=_scheduled,
    )
    # A fork began at the first stage that its history tells of, or where it still stands.
    op.execute(
        "UPDATE pipeline_runs SET first_stage_index = coalesce((SELECT min(stage_index) FROM "
        "pipeline_run_stages WHERE pipeline_run_id = pipeline_runs.id), current_stage_index) "
        "WHERE forked_from_id IS NOT NULL"
    )
    # Workers of the version before gave no lease: they get one minute to come to an end.
    minute = (
        "datetime('now', '+60 seconds') || '.000000'"
        if op.get_bind().dialect.name == "sqlite"
        else "now() + interval '60 seconds'"
    )
    op.execute(
        f"UPDATE pipeline_runs SET lease_expires_at = {minute} "  # noqa: S608
        "WHERE status IN ('pending', 'running')"
    )


def downgrade() -> None:
    op.drop_index("ix_pipeline_runs_resume_at", "pipeline_runs")
    op.drop_index("ix_pipeline_runs_canonical_url", "pipeline_runs")
    for column in (
        "edits",
        "automatic_resumes",
        "resume_at",
        "lease_expires_at",
        "first_stage_index",
        "canonical_url",
    ):
        op.drop_column("pipeline_runs", column)
