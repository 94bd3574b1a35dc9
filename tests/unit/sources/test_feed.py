"""Feeds over HTTP: which entry is taken, where its text comes from, what is fetched twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.feeds import FORMATS, MEDIA_TYPES, STORY, FeedServer, Item, items, rss
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.sources.feed import FeedSource
from scribe_dagster.drivers.sources.feed_download import load_feed, poll_feed
from scribe_dagster.drivers.sources.feed_request import entry_requests
from scribe_dagster.drivers.sources.file import FileSource
from scribe_dagster.drivers.sources.request import make_request
from scribe_dagster.drivers.sources.web import WebSource
from scribe_dagster.errors import ErrorKind, SourceError

SETTINGS = Settings(_env_file=None, scribe_allow_hosts=["127.0.0.1"], scribe_respect_robots=False)

Page = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def feed(httpserver: HTTPServer) -> FeedServer:
    return FeedServer(httpserver)


def read(url: str) -> ScrapedContent:
    return FeedSource(SETTINGS).read(ContentPayload(source_url=url, source="feed"))


def poll(url: str, validators: Validators | None = None) -> tuple[int | None, Validators]:
    polled = poll_feed(url, SETTINGS, since=validators)
    return (len(polled.feed.entries) if polled.feed else None), polled.validators


# -- What is read ------------------------------------------------------------------------------


def test_the_newest_entry_is_read_from_the_feed_itself(feed: FeedServer) -> None:
    feed.publish(items(3))

    content = read(feed.url)

    assert content.title == "Story 3"
    assert content.text == STORY
    assert content.site_name == "Harbour News"
    assert content.canonical_url == "https://news.example/3"
    assert content.entry_url == "https://news.example/3"
    assert feed.statuses == [200]


def test_an_entry_with_a_summary_only_is_followed_to_its_page(
    feed: FeedServer, httpserver: HTTPServer, page: Page
) -> None:
    httpserver.expect_request("/clock").respond_with_data(page(), content_type="text/html")
    feed.publish([Item("The clock", httpserver.url_for("/clock"), html=None, summary="It ticks.")])

    content = read(feed.url)

    assert content.title == "The clock is back"
    assert content.text.startswith("The harbour office opened its doors")
    assert content.published_at is not None


def test_a_page_that_an_entry_links_to_is_not_followed_further(
    feed: FeedServer, httpserver: HTTPServer
) -> None:
    feed.publish([Item("Around", feed.url, html=None, summary="And around.")])

    with pytest.raises(SourceError, match="is a feed"):
        read(feed.url)


def test_when_its_page_cannot_be_read_the_entry_fails_as_the_page_does(
    feed: FeedServer, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/gone").respond_with_data("", status=503)
    feed.publish([Item("Gone", httpserver.url_for("/gone"), html=None, summary="It was here.")])

    with pytest.raises(SourceError, match="HTTP 503") as failure:
        read(feed.url)

    assert failure.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("media_type", [*MEDIA_TYPES.values(), "text/xml", "text/html", ""])
@pytest.mark.parametrize("written_as", FORMATS)
def test_an_address_turns_out_to_be_a_feed_whatever_it_is_served_as(
    httpserver: HTTPServer, written_as: str, media_type: str
) -> None:
    httpserver.expect_request("/f").respond_with_data(
        FORMATS[written_as](items(2)), content_type=media_type
    )

    web = WebSource.from_settings(SETTINGS)

    assert web.read(ContentPayload(source_url=httpserver.url_for("/f"))).title == "Story 2"


def test_what_is_served_as_a_feed_is_read_as_one_however_it_begins(httpserver: HTTPServer) -> None:
    entity = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    httpserver.expect_request("/odd").respond_with_data(
        rss(items(2)).replace("<rss", f"{entity}<rss", 1), content_type="application/rss+xml"
    )

    content = WebSource.from_settings(SETTINGS).read(
        ContentPayload(source_url=httpserver.url_for("/odd"))
    )

    assert content.title == "Story 2"


def test_json_that_is_said_to_be_json_is_a_feed_when_somebody_says_so(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/f").respond_with_data(
        FORMATS["json"](items(2)), content_type="application/json"
    )

    assert read(httpserver.url_for("/f")).title == "Story 2"


def test_a_file_turns_out_to_be_a_feed(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss(items(2)), encoding="utf-8")
    payload = ContentPayload(source_url=path.as_uri())

    assert FileSource.from_settings(SETTINGS).read(payload).title == "Story 2"
    assert FeedSource(SETTINGS).read(payload).title == "Story 2"


# -- Which entry -------------------------------------------------------------------------------


def test_every_entry_is_a_source_of_its_own_the_oldest_first(feed: FeedServer) -> None:
    feed.publish(items(3))
    asked = ContentPayload(
        source_url=feed.url, categories=(Category(id=1, name="Town"),), language="de"
    )

    requests = entry_requests(load_feed(feed.url, SETTINGS), asked)

    assert [request.source_url for request in requests] == [
        f"https://news.example/{number}" for number in (1, 2, 3)
    ]
    assert {request.language for request in requests} == {"de"}
    assert requests[0].categories == asked.categories


def test_an_entry_can_be_read_when_the_feed_is_gone(feed: FeedServer) -> None:
    feed.publish(items(3))
    asked = ContentPayload(source_url=feed.url)
    [second] = entry_requests(load_feed(feed.url, SETTINGS), asked, number=2)
    feed.status = 410

    content = FeedSource(SETTINGS).read(second)

    assert (content.title, content.text) == ("Story 2", STORY)


@pytest.mark.parametrize("number", [0, 4, 10**12])
def test_an_entry_that_is_not_there_is_told_with_how_many_there_are(
    feed: FeedServer, number: int
) -> None:
    feed.publish(items(3))

    asked = ContentPayload(source_url=feed.url)

    with pytest.raises(SourceError, match="has 3 entries, 1 being the newest") as refused:
        entry_requests(load_feed(feed.url, SETTINGS), asked, number=number or -1)

    assert feed.url in str(refused.value)


def test_an_empty_feed_is_told_to_be_empty(feed: FeedServer) -> None:
    feed.publish([])

    with pytest.raises(SourceError, match="has no entries"):
        read(feed.url)


def test_a_text_that_is_no_entry_is_refused() -> None:
    payload = ContentPayload(source_url="text:1", source="feed", source_text="Just a text.")

    with pytest.raises(SourceError, match="is not an entry of a feed"):
        FeedSource(SETTINGS).read(payload)


def test_what_is_typed_is_taken_for_a_feed_when_somebody_says_so() -> None:
    asked = make_request("https://news.example/feed", driver="feed")

    assert (asked.source, asked.source_url) == ("feed", "https://news.example/feed")


# -- Conditional requests ----------------------------------------------------------------------


def test_a_feed_that_has_not_changed_is_not_read_again(feed: FeedServer) -> None:
    feed.publish(items(2))
    count, validators = poll(feed.url)

    again, kept = poll(feed.url, validators)

    assert (count, again) == (2, None)
    assert kept == validators
    assert feed.statuses == [200, 304]


def test_a_feed_that_has_changed_is_read_again(feed: FeedServer) -> None:
    feed.publish(items(2))
    _, validators = poll(feed.url)
    feed.publish(items(3))

    count, renewed = poll(feed.url, validators)

    assert count == 3
    assert renewed.etag != validators.etag


def test_last_modified_will_do_as_well(httpserver: HTTPServer) -> None:
    moment = "Thu, 12 Mar 2026 09:30:00 GMT"
    httpserver.expect_ordered_request("/f").respond_with_data(
        rss(items(1)), headers={"Last-Modified": moment}
    )
    httpserver.expect_ordered_request(
        "/f", headers={"If-Modified-Since": moment}
    ).respond_with_data("", status=304)

    _, validators = poll(httpserver.url_for("/f"))

    assert poll(httpserver.url_for("/f"), validators) == (None, validators)


def test_validators_nobody_would_send_in_earnest_are_left_out() -> None:
    assert Validators.of({"ETag": "x" * 5_000}) == Validators()
