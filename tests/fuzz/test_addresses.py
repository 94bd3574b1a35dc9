"""Whatever is given for an address: told what it is, or refused in our own words."""

from __future__ import annotations

from contextlib import suppress

from fakes.strange import addresses, any_text, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.canonical_url import LONGEST, canonical_url
from scribe_dagster.domain.redaction import redact, without_credentials
from scribe_dagster.drivers.publishers.site_entry import Credit
from scribe_dagster.drivers.sources.identify import identify_source, identify_text
from scribe_dagster.drivers.sources.page_metadata import absolute_url
from scribe_dagster.drivers.web.allow_list import AllowList
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.drivers.web.public_address import is_public, literal_address
from scribe_dagster.errors import DownloadError, InvalidSource, ScribeError
from scribe_dagster.testing import an_article


@fuzzed
@given(addresses, st.sampled_from((None, "web", "text")))
def test_a_source_is_identified_or_refused(raw: str, forced: str | None) -> None:
    with suppress(InvalidSource):
        found = identify_source(raw, forced=forced)
        assert found.url.startswith(("http://", "https://", "file:", "text:"))


@fuzzed
@given(any_text)
def test_a_text_is_identified_or_refused(text: str) -> None:
    with suppress(InvalidSource):
        assert identify_text(text).driver == "text"


@fuzzed
@given(addresses)
def test_a_canonical_url_is_bounded_and_final(address: str) -> None:
    canonical = canonical_url(address)

    assert len(canonical) <= LONGEST
    assert canonical_url(canonical) == canonical


@fuzzed
@given(st.none() | addresses, st.none() | addresses)
def test_a_link_becomes_a_web_address_or_nothing(base: str | None, link: str | None) -> None:
    found = absolute_url(base, link)

    assert found is None or found.lower().startswith(("http://", "https://"))


@fuzzed
@given(addresses, st.integers(1, 65_535))
def test_a_host_is_judged_whatever_it_looks_like(host: str, port: int) -> None:
    literal = literal_address(host)

    assert is_public(host) in (True, False)
    assert literal is None or is_public(literal) in (True, False)
    assert not AllowList(["intranet.example:1"]).allows(host, 2)


@fuzzed
@given(addresses)
def test_nothing_of_this_machine_is_ever_downloaded(address: str) -> None:
    """No name is looked up: what is not an address or this machine fails at once."""
    downloader = Downloader(1_000, 0.000_001, "tests")

    with suppress(DownloadError):
        downloader.get(address)
        raise AssertionError(address)


@fuzzed
@given(addresses)
def test_an_address_that_is_published_is_free_of_credentials(address: str) -> None:
    public = without_credentials(address)

    assert redact(public) == public or "://" not in address
    with suppress(ScribeError):
        Credit.of(an_article(source_url=address))
