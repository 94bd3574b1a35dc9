"""Articles, their tags and categories, staged contents, publish logs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "content_0001"
down_revision = None
branch_labels = ("content",)
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("slug", name="uq_tags_slug"),
    )
    op.create_table(
        "staged_contents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source_url", sa.String(2048), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("created_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staged_contents"),
        sa.UniqueConstraint("source_url", name="uq_staged_contents_source_url"),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pipeline_run_id", sa.Integer),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("meta_title", sa.Text, nullable=False),
        sa.Column("meta_description", sa.Text, nullable=False),
        sa.Column("category_id", sa.Integer),
        sa.Column("language", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("source_url", sa.String(2048), nullable=False),
        sa.Column("source_name", sa.Text),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("image", _json),
        sa.Column("created_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("pipeline_run_id", name="uq_articles_pipeline_run_id"),
        sa.UniqueConstraint("slug", name="uq_articles_slug"),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name="fk_articles_category_id_categories",
            ondelete="SET NULL",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article_tags",
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("tag_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "tag_id", name="pk_article_tags"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name="fk_article_tags_article_id_articles",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name="fk_article_tags_tag_id_tags", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "publish_logs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("external_id", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publish_logs"),
        sa.UniqueConstraint("article_id", "channel", name="uq_publish_logs_article_id_channel"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name="fk_publish_logs_article_id_articles",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    for table in (
        "publish_logs",
        "article_tags",
        "articles",
        "staged_contents",
        "tags",
        "categories",
    ):
        op.drop_table(table)
