"""The tags and the category of a stored article, on every database."""

from __future__ import annotations

import pytest
from fakes.payloads import a_draft, a_request, a_written_payload
from fakes.threads import all_at_once
from sqlalchemy import select

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import CategoryRow, TagRow
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category


def stored_tags(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(select(TagRow.name)))


def stored_categories(database: Database) -> dict[int, str]:
    with database.read() as connection:
        rows = connection.execute(select(CategoryRow.id, CategoryRow.name))
        return dict(rows.tuples().all())


def test_tags_keep_the_order_they_were_given_in(articles: ArticleStore) -> None:
    tags = ("Zoo", "Apples", "Moon", "Berries")

    assert articles.create(a_written_payload(tags=tags)).tags == tags


def test_tags_that_other_articles_have_keep_their_order_too(articles: ArticleStore) -> None:
    articles.create(a_written_payload(tags=("Apples", "Moon")))

    article = articles.create(a_written_payload(tags=("Moon", "Zoo", "Apples")))

    assert article.tags == ("Moon", "Zoo", "Apples")


def test_tags_that_differ_only_in_spelling_are_one_tag(
    database: Database, articles: ArticleStore
) -> None:
    spellings = ("Machine Learning", "machine learning", "machine-learning", "Machine  Learning!")

    first = articles.create(a_written_payload(tags=spellings))
    second = articles.create(a_written_payload(tags=("MACHINE LEARNING",)))

    assert first.tags == second.tags == ("Machine Learning",)
    assert stored_tags(database) == {"Machine Learning"}


@pytest.mark.parametrize(
    "tags", [("C", "C++", "C#"), ("北京", "背景"), ("Élan", "Berlin"), ("ساعة", "سعي")]
)
def test_tags_that_only_look_alike_in_latin_letters_stay_apart(
    articles: ArticleStore, tags: tuple[str, ...]
) -> None:
    assert articles.create(a_written_payload(tags=tags)).tags == tags


def test_a_tag_of_no_letters_is_left_out(articles: ArticleStore) -> None:
    assert articles.create(a_written_payload(tags=("🚀", "Moon", "", "…"))).tags == ("Moon",)


def test_a_tag_of_any_length_can_be_stored(articles: ArticleStore) -> None:
    article = articles.create(a_written_payload(tags=("long " * 100,)))

    assert len(article.tags) == 1


def test_an_article_may_have_no_tags(articles: ArticleStore) -> None:
    assert articles.create(a_written_payload(tags=())).tags == ()


def test_many_who_store_the_same_tags_at_once_share_them(
    database: Database, articles: ArticleStore
) -> None:
    tags = tuple(f"Tag {number}" for number in range(40))

    def create(number: int) -> Article:
        # In opposite orders, where none may wait for one that waits for it; and without a
        # category, over which they would queue up.
        turned = tags[:: 1 if number % 2 else -1]
        return articles.create(a_written_payload(f"Title {number}", tags=turned, category_id=None))

    stored = all_at_once(8, create)

    assert [outcome for outcome in stored if not isinstance(outcome, Article)] == []
    assert stored_tags(database) == set(tags)


def test_the_chosen_category_is_stored_under_its_owners_id(
    database: Database, articles: ArticleStore
) -> None:
    article = articles.create(a_written_payload(category_id=2))

    assert article.category == Category(id=2, name="Town")
    assert stored_categories(database) == {2: "Town"}


def test_a_category_that_was_renamed_is_renamed(database: Database, articles: ArticleStore) -> None:
    first = articles.create(a_written_payload(category_id=2))
    renamed = a_request(categories=(Category(id=2, name="City"),), draft=a_draft(category_id=2))

    articles.create(renamed)

    assert stored_categories(database) == {2: "City"}
    assert articles.get(first.id).category == Category(id=2, name="City")


@pytest.mark.parametrize("category_id", [None, 99])
def test_an_article_whose_category_nobody_offered_has_none(
    database: Database, articles: ArticleStore, category_id: int | None
) -> None:
    assert articles.create(a_written_payload(category_id=category_id)).category is None
    assert stored_categories(database) == {}


def test_a_language_may_be_described_in_many_words(articles: ArticleStore) -> None:
    language = "Brazilian Portuguese as it is spoken in Minas Gerais"

    assert articles.create(a_written_payload(language=language)).language == language
