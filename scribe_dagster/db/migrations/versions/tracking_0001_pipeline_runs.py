"""Pipeline runs and the history of their stages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "tracking_0001"
down_revision = None
branch_labels = ("tracking",)
# schema.migrate brings the content line up first. Said here as well, Alembic would fold the two
# lines into one row of the version table, and nobody could tell which of them a database has.
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Should the tables have been there before and been dropped, their ids begin anew, and an
    # article of an earlier run 1 is not the article of this one.
    op.execute("UPDATE articles SET pipeline_run_id = NULL")
    op.create_table(
        "pipeline_runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source_url", sa.String(2048), nullable=False),
        sa.Column("staged_content_id", sa.Integer),
        sa.Column("article_id", sa.Integer),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("stages", _json, nullable=False),
        sa.Column("current_stage_index", sa.Integer, nullable=False),
        sa.Column("current_stage_name", sa.String(100), nullable=False),
        sa.Column("error_stage", sa.String(100)),
        sa.Column("error_message", sa.Text),
        sa.Column("error_kind", sa.String(16)),
        sa.Column("resume_after", _moment),
        sa.Column("rejection_reason", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("dagster_run_id", sa.String(64)),
        sa.Column("heartbeat_at", _moment),
        sa.Column("forked_from_id", sa.Integer),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_micro_usd", sa.BigInteger, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.Column("started_at", _moment),
        sa.Column("completed_at", _moment),
        sa.Column("failed_at", _moment),
        sa.Column("initial_snapshot", _json, nullable=False),
        sa.Column("payload_snapshot", _json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pipeline_runs"),
        sa.ForeignKeyConstraint(
            ["staged_content_id"],
            ["staged_contents.id"],
            name="fk_pipeline_runs_staged_content_id_staged_contents",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name="fk_pipeline_runs_article_id_articles",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["forked_from_id"],
            ["pipeline_runs.id"],
            name="fk_pipeline_runs_forked_from_id_pipeline_runs",
            ondelete="SET NULL",
        ),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["status", "completed_at"],
        ["source_url"],
        ["created_at"],
        ["dagster_run_id"],
        ["article_id"],
    ):
        op.create_index(f"ix_pipeline_runs_{'_'.join(columns)}", "pipeline_runs", columns)

    op.create_table(
        "pipeline_run_stages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pipeline_run_id", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("stage_index", sa.Integer, nullable=False),
        sa.Column("stage_name", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("error_kind", sa.String(16)),
        sa.Column("started_at", _moment, nullable=False),
        sa.Column("finished_at", _moment),
        sa.Column("model", sa.String(200)),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_micro_usd", sa.BigInteger),
        sa.Column("dagster_run_id", sa.String(64)),
        sa.Column("changes", _json),
        sa.PrimaryKeyConstraint("id", name="pk_pipeline_run_stages"),
        sa.ForeignKeyConstraint(
            ["pipeline_run_id"],
            ["pipeline_runs.id"],
            name="fk_pipeline_run_stages_pipeline_run_id_pipeline_runs",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_pipeline_run_stages_pipeline_run_id_stage_index",
        "pipeline_run_stages",
        ["pipeline_run_id", "stage_index"],
    )
    op.create_index(
        "ix_pipeline_run_stages_dagster_run_id", "pipeline_run_stages", ["dagster_run_id"]
    )


def downgrade() -> None:
    op.drop_table("pipeline_run_stages")
    op.drop_table("pipeline_runs")
