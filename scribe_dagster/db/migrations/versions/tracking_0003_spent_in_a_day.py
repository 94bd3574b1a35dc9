"""An index for what has been spent since midnight, which is asked before every paid call."""

import sqlalchemy as sa
from alembic import op

revision = "tracking_0003"
down_revision = "tracking_0002"
branch_labels = None
depends_on = None

_INDEX = "ix_pipeline_run_stages_finished_at"


def upgrade() -> None:
    has_price = sa.text("cost_micro_usd IS NOT NULL")
    op.create_index(
        _INDEX,
        "pipeline_run_stages",
        ["finished_at"],
        sqlite_where=has_price,
        postgresql_where=has_price,
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "pipeline_run_stages")
