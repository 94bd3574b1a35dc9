"""What every text model promises, whoever writes."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from fakes.chat_protocols import CHAT_PROTOCOLS, ChatProtocol
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.ai.protocol import RewriteRequest, TextModel
from scribe_dagster.drivers.registry import PluginGroup, load, make
from scribe_dagster.errors import Rejected

PAGE = ScrapedContent(
    title="Solar <em>panels</em> outshine coal",
    text=(
        "Solar panels gave Korea more power than coal in June, the ministry of Energy said. "
        "<script>alert(1)</script> The Energy minister called it a turning point for Korea. "
        "Coal plants in the south stood still for nine days in a row.\n\n"
        "Energy prices fell by a tenth. <a href='javascript:alert(1)'>Read more</a> tomorrow."
    ),
    language="en",
    site_name="The Paper",
)
OFFERED = (Category(id=11, name="Sport"), Category(id=12, name="Energy"))


def a_model_that_takes_the_page_as_it_finds_it(
    protocol: ChatProtocol, request: Request
) -> Response:
    """Answer with what the page holds, and invent a category where there is no choice."""
    message = json.loads(protocol.asked(request))
    source, categories = message["source"], message["categories"]
    answer = {
        "rejected": not any(map(str.isalnum, source["text"])),
        "rejection_reasons": ["There is no article."],
        "title": source.get("title", "Untitled"),
        "content": f"<p onclick='x()'>{source['text']}</p>",
        "category_id": 12 if len(categories) > 1 else 999,
        "tags": ["Energy", "energy", "Korea"],
    }
    said = protocol.says(json.dumps(answer))
    return said if isinstance(said, Response) else said(request)


@pytest.fixture(params=["local", *CHAT_PROTOCOLS])
def model(request: pytest.FixtureRequest, httpserver: HTTPServer) -> TextModel:
    settings: dict[str, Any] = {}
    protocol = CHAT_PROTOCOLS.get(request.param)
    if protocol is not None:
        httpserver.expect_request(protocol.path, method="POST").respond_with_handler(
            partial(a_model_that_takes_the_page_as_it_finds_it, protocol)
        )
        settings = protocol.settings(httpserver)
    loaded: TextModel = make(
        PluginGroup.TEXT_MODELS, request.param, Settings(_env_file=None, **settings)
    )
    return loaded


def draft_of(model: TextModel, **changes: Any) -> Draft:
    request = {"content": PAGE, "source_url": "https://paper.example/solar", **changes}
    return model.rewrite(RewriteRequest(**request)).draft


def test_a_model_is_registered_under_its_own_name(model: TextModel) -> None:
    assert load(PluginGroup.TEXT_MODELS, model.name) is type(model)


def test_a_draft_has_all_an_article_needs(model: TextModel) -> None:
    draft = draft_of(model)

    assert Draft.model_validate(draft.model_dump()) == draft
    assert visible_text(draft.title) == "Solar panels outshine coal"
    assert draft.description
    assert draft.image_prompt
    assert 0 < len(draft.meta_title) <= 60
    assert 0 < len(draft.meta_description) <= 160
    assert draft.language == "en"


def test_a_draft_says_which_provider_wrote_it(model: TextModel) -> None:
    assert draft_of(model).written_by.startswith(model.name)


def test_the_content_is_sanitised(model: TextModel) -> None:
    content = draft_of(model).content

    assert content == sanitise_article(content)
    assert "<script" not in content
    assert "onclick" not in content
    assert 'href="javascript' not in content


def test_tags_are_few_and_each_is_given_once(model: TextModel) -> None:
    tags = draft_of(model, content=PAGE.evolve(tags=("Korea", "korea"))).tags

    assert 0 < len(tags) <= 8
    assert len({tag.casefold() for tag in tags}) == len(tags)


def test_the_category_is_the_fitting_one_of_those_offered(model: TextModel) -> None:
    assert draft_of(model, categories=OFFERED).category_id == 12


@pytest.mark.parametrize("categories", [(), OFFERED[:1]])
def test_no_fitting_category_is_none_and_never_the_first(
    model: TextModel, categories: tuple[Category, ...]
) -> None:
    assert draft_of(model, categories=categories).category_id is None


def test_a_source_without_a_word_is_rejected(model: TextModel) -> None:
    with pytest.raises(Rejected):
        draft_of(model, content=ScrapedContent(text="—"))


def test_one_model_serves_many_requests(model: TextModel) -> None:
    assert draft_of(model) == draft_of(model)


def test_a_model_works_where_an_event_loop_is_running(model: TextModel) -> None:
    async def cell_of_a_notebook() -> Draft:
        return draft_of(model)

    assert asyncio.run(cell_of_a_notebook()) == draft_of(model)


def test_what_was_used_is_told_by_whoever_is_paid(model: TextModel) -> None:
    usage = model.rewrite(RewriteRequest(PAGE, "https://paper.example/solar")).usage

    assert (usage is None) == (model.name == "local")
