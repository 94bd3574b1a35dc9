"""Articles in the shared database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from slugify import slugify
from sqlalchemy import Connection, insert, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.fence import write_under_claim
from scribe_dagster.db.insert_if_absent import insert_if_absent
from scribe_dagster.db.models import ArticleRow, CategoryRow, TagRow
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.models.tag import article_tags
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.redaction import without_credentials
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.topic_slug import topic_slug
from scribe_dagster.errors import MissingInput, StageError

_LONGEST_SLUG = 80
_LONGEST_TAG = 100


class ArticleStore:
    """Creates and reads articles.

    Bound to a pipeline run, :meth:`create` is idempotent: the run's second article is its first.
    """

    def __init__(self, database: Database, scope: RunScope | None = None) -> None:
        self._database = database
        self._scope = scope

    def for_run(self, scope: RunScope) -> Self:
        """Return this store, writing on behalf of a pipeline run."""
        return type(self)(self._database, scope)

    def create(self, payload: ContentPayload) -> Article:
        """Store the payload's draft as an article, with its tags, category and image.

        Raises:
            MissingInput: The payload has no draft.
            Fenced: Another worker has claimed the run.
        """
        if payload.draft is None:
            raise MissingInput("There is no draft to store. Put AiRewrite before CreateArticle.")
        with self._database.write() as connection:
            # The write lock (SQLite) or the row lock of the fence (PostgreSQL) keeps a second
            # worker of the same run out until this transaction ends.
            article_id = self._existing(connection)
            if article_id is None:
                article_id = self._insert(connection, payload)
        return self.get(article_id)

    def get(self, article_id: int) -> Article:
        """Load an article.

        Raises:
            StageError: It does not exist, or no longer does.
        """
        with self._database.session() as session:
            row = session.get(ArticleRow, article_id)
            if row is None:
                raise StageError(f"Article #{article_id} does not exist; was it deleted?")
            return _as_value(row)

    def _existing(self, connection: Connection) -> int | None:
        if self._scope is None:
            return None
        write_under_claim(connection, self._scope)
        return connection.scalar(
            select(ArticleRow.id).where(ArticleRow.pipeline_run_id == self._scope.pipeline_run_id)
        )

    def _insert(self, connection: Connection, payload: ContentPayload) -> int:
        draft, scraped = payload.draft, payload.scraped
        assert draft is not None
        category_id = _ensure_category(connection, payload.categories, draft.category_id)
        values: dict[str, Any] = {
            "pipeline_run_id": self._scope.pipeline_run_id if self._scope else None,
            "title": draft.title,
            # Whoever wrote it, a plugin or a stage of somebody's own: no script is stored.
            "content": sanitise_article(draft.content),
            "description": draft.description,
            "meta_title": draft.meta_title or draft.title,
            "meta_description": draft.meta_description or draft.description,
            "category_id": category_id,
            "language": draft.language or (scraped.language if scraped else None),
            "author": scraped.author if scraped else None,
            "source_url": without_credentials(payload.source_url),
            "source_name": scraped.site_name if scraped else None,
            "written_by": draft.written_by,
            "image": payload.image.model_dump(mode="json") if payload.image else None,
            "created_at": utc_now(),
        }
        article_id = _insert_under_a_free_slug(connection, values)
        for position, tag_id in enumerate(_ensure_tags(connection, draft.tags)):
            connection.execute(
                insert(article_tags).values(article_id=article_id, tag_id=tag_id, position=position)
            )
        return article_id


def _insert_under_a_free_slug(connection: Connection, values: dict[str, Any]) -> int:
    base = slugify(values["title"], max_length=_LONGEST_SLUG, word_boundary=True) or "article"
    taken = set(
        connection.scalars(
            select(ArticleRow.slug).where(
                (ArticleRow.slug == base) | ArticleRow.slug.like(f"{base}-%")
            )
        )
    )
    number = 1
    while True:
        slug = base if number == 1 else f"{base}-{number}"
        if slug not in taken:
            # Another transaction may take it first; the unique constraint tells.
            article_id = insert_if_absent(
                connection, ArticleRow, {**values, "slug": slug}, key=["slug"]
            )
            if article_id is not None:
                return article_id
        number += 1


def _ensure_category(
    connection: Connection, offered: Sequence[Category], category_id: int | None
) -> int | None:
    """Make sure that the chosen category has a row, under the name it was offered by."""
    chosen = next((category for category in offered if category.id == category_id), None)
    if chosen is None:
        return None
    insert_if_absent(connection, CategoryRow, chosen.model_dump(), key=["id"])
    connection.execute(
        update(CategoryRow)
        .where(CategoryRow.id == chosen.id, CategoryRow.name != chosen.name)
        .values(name=chosen.name)
    )
    return chosen.id


def _ensure_tags(connection: Connection, names: Sequence[str]) -> list[int]:
    """Return the ids of these tags, in order; names that differ only in spelling are one tag."""
    wanted: dict[str, str] = {}
    for name in names:
        if slug := topic_slug(name):
            wanted.setdefault(slug, name[:_LONGEST_TAG])
    # In one order for everybody, or two transactions could wait for each other.
    for slug in sorted(wanted):
        insert_if_absent(connection, TagRow, {"slug": slug, "name": wanted[slug]}, key=["slug"])
    rows = connection.execute(select(TagRow.slug, TagRow.id).where(TagRow.slug.in_(wanted)))
    ids = dict(rows.tuples().all())
    return [ids[slug] for slug in wanted]


def _as_value(row: ArticleRow) -> Article:
    return Article(
        id=row.id,
        slug=row.slug,
        title=row.title,
        content=row.content,
        description=row.description,
        meta_title=row.meta_title,
        meta_description=row.meta_description,
        category=Category(id=row.category.id, name=row.category.name) if row.category else None,
        tags=tuple(tag.name for tag in row.tags),
        language=row.language,
        author=row.author,
        source_url=row.source_url,
        source_name=row.source_name,
        written_by=row.written_by,
        image=StoredImage.model_validate(row.image) if row.image else None,
        created_at=row.created_at,
    )
