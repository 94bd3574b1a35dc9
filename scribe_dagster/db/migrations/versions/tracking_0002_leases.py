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


def upgrade() -> None:
    for column in (
        sa.Column("job_name", sa.String(255)),
        sa.Column("canonical_url", sa.String(2048)),
        sa.Column("first_stage_index", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_expires_at", _moment),
        sa.Column("resume_at", _moment),
        sa.Column("automatic_resumes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("edits", _json),
    ):
        op.add_column("pipeline_runs", column)
    op.drop_index("ix_pipeline_runs_source_url", "pipeline_runs")
    for url in ("source_url", "canonical_url"):
        op.create_index(f"ix_pipeline_runs_{url}", "pipeline_runs", [url], postgresql_using="hash")
    for sparse in ("resume_at", "forked_from_id", "staged_content_id"):
        is_there = sa.text(f"{sparse} IS NOT NULL")
        op.create_index(
            f"ix_pipeline_runs_{sparse}",
            "pipeline_runs",
            [sparse],
            sqlite_where=is_there,
            postgresql_where=is_there,
        )
    # A fork began at the first stage that its history tells of, or where it still stands. It may
    # not know any more that it is one: its origin may be gone.
    op.execute(
        "UPDATE pipeline_runs SET first_stage_index = coalesce((SELECT min(stage_index) FROM "
        "pipeline_run_stages WHERE pipeline_run_id = pipeline_runs.id), current_stage_index) "
        "WHERE current_stage_index > 0 AND NOT EXISTS (SELECT 1 FROM pipeline_run_stages "
        "WHERE pipeline_run_id = pipeline_runs.id AND stage_index = 0)"
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
    for column in (
        "source_url",
        "canonical_url",
        "resume_at",
        "forked_from_id",
        "staged_content_id",
    ):
        op.drop_index(f"ix_pipeline_runs_{column}", "pipeline_runs")
    op.create_index("ix_pipeline_runs_source_url", "pipeline_runs", ["source_url"])
    for column in (
        "job_name",
        "edits",
        "automatic_resumes",
        "resume_at",
        "lease_expires_at",
        "first_stage_index",
        "canonical_url",
    ):
        op.drop_column("pipeline_runs", column)
