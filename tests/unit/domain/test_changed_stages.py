"""Where a run goes on in a pipeline that has changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.changed_stages import after_the_last_of, where_to_go_on

THEN = ("Scrape", "AiRewrite", "GenerateImage", "Publish")


@pytest.mark.parametrize("index", range(len(THEN)))
def test_in_the_same_pipeline_it_goes_on_where_it_stands(index: int) -> None:
    assert where_to_go_on(THEN, index, THEN) == index


@pytest.mark.parametrize(
    ("index", "now", "position"),
    [
        pytest.param(2, ("Scrape", "Check", *THEN[1:]), 3, id="one was added before it"),
        pytest.param(1, (*THEN, "Announce"), 1, id="one was added after it"),
        pytest.param(2, ("AiRewrite", "GenerateImage", "Publish"), 1, id="one before it is gone"),
        pytest.param(1, ("Scrape", "AiRewrite", "Publish"), 1, id="one after it is gone"),
        pytest.param(2, ("Scrape", "GenerateImage", "AiRewrite", "Publish"), 1, id="it has moved"),
    ],
)
def test_it_goes_on_at_the_stage_it_stands_at_wherever_that_is_now(
    index: int, now: tuple[str, ...], position: int
) -> None:
    assert where_to_go_on(THEN, index, now) == position


@pytest.mark.parametrize(
    ("index", "now", "position"),
    [
        pytest.param(2, ("Scrape", "AiRewrite", "DrawCover", "Publish"), 2, id="it was renamed"),
        pytest.param(2, ("Scrape", "AiRewrite", "Publish"), 2, id="it was removed"),
        pytest.param(2, ("Scrape", "Publish"), 1, id="it and the one before it were removed"),
        pytest.param(0, ("Fetch", *THEN[1:]), 0, id="it was the first, and renamed"),
    ],
)
def test_where_its_stage_is_gone_it_goes_on_after_the_last_one_that_is_done(
    index: int, now: tuple[str, ...], position: int
) -> None:
    assert where_to_go_on(THEN, index, now) == position


@pytest.mark.parametrize(
    ("index", "now"),
    [
        pytest.param(2, ("Fetch", "Write", "Announce"), id="nothing of it is left"),
        pytest.param(3, THEN[:3], id="all that is left is done"),
        pytest.param(1, ("Fetch", "Write", "Publish"), id="only later ones are left"),
    ],
)
def test_where_nothing_tells_where_to_go_on_it_goes_nowhere(
    index: int, now: tuple[str, ...]
) -> None:
    assert where_to_go_on(THEN, index, now) is None


@pytest.mark.parametrize(
    ("done", "position"),
    [
        pytest.param((), 0, id="nothing was done"),
        pytest.param(("Scrape", "AiRewrite"), 2, id="the last one is there"),
        pytest.param(("Scrape", "Check"), 1, id="the last one is gone"),
        pytest.param(("Fetch",), 0, id="all are gone"),
        pytest.param(THEN, 4, id="all are done"),
    ],
)
def test_what_follows_comes_after_the_last_stage_that_was_done_and_is_still_there(
    done: tuple[str, ...], position: int
) -> None:
    assert after_the_last_of(done, THEN) == position


pipelines = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@given(then=pipelines, now=pipelines, data=st.data())
def test_wherever_it_goes_on_there_is_a_stage(
    then: list[str], now: list[str], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(then) - 1))

    position = where_to_go_on(then, index, now)

    assert position is None or 0 <= position < len(now)


@given(
    then=pipelines, added=st.sets(st.sampled_from("xyz")), removed=st.sets(st.sampled_from("abc"))
)
def test_where_the_order_is_kept_no_stage_is_done_again(
    then: list[str], added: set[str], removed: set[str]
) -> None:
    now = [stage for stage in then if stage not in removed]
    for stage in sorted(added):
        now.insert(len(now) // 2, stage)
    for index in range(len(then)):
        position = where_to_go_on(then, index, now) if now else None

        assert position is None or not set(then[:index]) & set(now[position:])
