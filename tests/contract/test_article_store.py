"""What an article becomes when it is stored, on every database."""

from __future__ import annotations

import re

import pytest
from fakes.payloads import a_full_payload, a_request, a_written_payload
from fakes.runs import RATE_LIMITED, STAGES
from fakes.threads import all_at_once
from sqlalchemy import func, select

from scribe_dagster.db import schema
from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import ArticleRow
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.errors import ErrorKind, MissingInput, StageError


def count_articles(database: Database) -> int | None:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(ArticleRow))


def test_an_article_has_all_that_the_draft_the_source_and_the_image_say(
    articles: ArticleStore,
) -> None:
    payload = a_full_payload()
    assert payload.draft is not None

    article = articles.create(payload)

    assert article.slug == "the-harbour-clock-is-back"
    for field in ("title", "content", "description", "meta_title", "meta_description", "tags"):
        assert getattr(article, field) == getattr(payload.draft, field)
    assert article.category == Category(id=2, name="Town")
    assert (article.language, article.written_by) == ("en", "openai gpt-5.4-mini")
    assert (article.author, article.source_name) == ("Ida Berg", "Harbour News")
    assert (article.source_url, article.image) == (payload.source_url, payload.image)


def test_whoever_wrote_a_draft_no_script_of_it_is_stored(articles: ArticleStore) -> None:
    content = "<p onclick='x()'>Text.</p><script>x()</script><a href='javascript:x()'>more</a>"

    article = articles.create(a_written_payload(content=content))

    assert article.content == '<p>Text.</p><a rel="noopener noreferrer nofollow">more</a>'


def test_an_article_reads_back_as_it_was_created(articles: ArticleStore) -> None:
    created = articles.create(a_full_payload())

    assert articles.get(created.id) == created


def test_what_the_draft_leaves_out_comes_from_its_title_its_description_and_the_source(
    articles: ArticleStore,
) -> None:
    bare = {"meta_title": "", "meta_description": "", "language": None, "description": "It ticks."}
    payload = a_full_payload()
    draft = payload.draft.evolve(**bare) if payload.draft else None

    article = articles.create(payload.evolve(draft=draft))

    assert article.meta_title == "The harbour clock is back"
    assert article.meta_description == "It ticks."
    assert article.language == "en"


def test_an_article_needs_neither_a_scraped_source_nor_an_image(articles: ArticleStore) -> None:
    article = articles.create(a_written_payload())

    assert (article.author, article.source_name, article.image) == (None, None, None)


def test_a_payload_without_a_draft_is_refused_with_what_to_do(
    database: Database, articles: ArticleStore
) -> None:
    with pytest.raises(MissingInput, match="Put AiRewrite before CreateArticle"):
        articles.create(a_request())

    assert count_articles(database) == 0


def test_an_article_that_does_not_exist_is_named_and_the_failure_is_permanent(
    articles: ArticleStore,
) -> None:
    with pytest.raises(StageError, match="Article #4711 does not exist") as missing:
        articles.get(4711)

    assert missing.value.kind is ErrorKind.PERMANENT


# -- Slugs. --


def test_articles_of_the_same_title_get_slugs_of_their_own(articles: ArticleStore) -> None:
    slugs = [articles.create(a_written_payload("The clock")).slug for _ in range(3)]

    assert slugs == ["the-clock", "the-clock-2", "the-clock-3"]


def test_a_title_that_looks_like_a_numbered_slug_takes_nobodys_place(
    articles: ArticleStore,
) -> None:
    titles = ["The clock 2", "The clock", "The clock", "The clock"]

    slugs = [articles.create(a_written_payload(title)).slug for title in titles]

    assert slugs == ["the-clock-2", "the-clock", "the-clock-3", "the-clock-4"]


def test_of_many_who_store_the_same_title_at_once_each_gets_a_slug_of_its_own(
    articles: ArticleStore,
) -> None:
    stored = all_at_once(8, lambda number: articles.create(a_written_payload("The clock")))

    assert [outcome for outcome in stored if not isinstance(outcome, Article)] == []
    slugs = {outcome.slug for outcome in stored if isinstance(outcome, Article)}
    assert slugs == {"the-clock", *(f"the-clock-{number}" for number in range(2, 9))}


@pytest.mark.parametrize(
    "title",
    ["Überraschung in Köln", "東京の時計", "ساعة الميناء", "C:\\ & <b>50%</b> _off_", "a\nb"],
)
def test_a_slug_is_plain_letters_and_digits_whatever_the_title(
    articles: ArticleStore, title: str
) -> None:
    article = articles.create(a_written_payload(title))

    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", article.slug)
    assert article.title == title


@pytest.mark.parametrize("title", ["🚀🚀", "...", "\u200b", " "])
def test_a_title_of_no_letters_has_a_slug_all_the_same(articles: ArticleStore, title: str) -> None:
    slugs = [articles.create(a_written_payload(title)).slug for _ in range(2)]

    assert slugs == ["article", "article-2"]


def test_the_slug_of_a_long_title_ends_at_a_word(articles: ArticleStore) -> None:
    article = articles.create(a_written_payload("harbour " * 30))

    assert article.slug == "-".join(["harbour"] * 10)


# -- On behalf of a pipeline run. --


def test_a_runs_second_article_is_its_first(
    database: Database, store: RunStore, articles: ArticleStore
) -> None:
    run = store.start(a_request(), STAGES)
    bound = articles.for_run(run.scope)
    first = bound.create(a_written_payload("One title"))

    assert bound.create(a_written_payload("Another title")) == first
    assert count_articles(database) == 1


def test_a_resumed_run_finds_the_article_of_its_earlier_attempt(
    store: RunStore, articles: ArticleStore
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    first = articles.for_run(run.scope).create(a_written_payload())
    run.fail(0, RATE_LIMITED)
    resumed = store.claim(run.run_id, STAGES)

    assert articles.for_run(resumed.scope).create(a_written_payload()) == first


def test_a_run_that_stores_its_article_many_times_at_once_has_one(
    database: Database, store: RunStore, articles: ArticleStore
) -> None:
    bound = articles.for_run(store.start(a_request(), STAGES).scope)

    stored = all_at_once(4, lambda number: bound.create(a_written_payload()))

    assert [type(outcome) for outcome in stored] == [Article] * 4
    assert count_articles(database) == 1


def test_two_runs_of_one_url_have_an_article_each(store: RunStore, articles: ArticleStore) -> None:
    runs = [store.start(a_request(), STAGES) for _ in range(2)]

    ids = {articles.for_run(run.scope).create(a_written_payload()).id for run in runs}

    assert len(ids) == 2


def test_articles_are_stored_where_no_run_is_tracked(empty_database: Database) -> None:
    schema.migrate(empty_database, tracking=False)

    article = ArticleStore(empty_database).create(a_full_payload())

    assert article.tags == ("Harbour", "Clocks")
