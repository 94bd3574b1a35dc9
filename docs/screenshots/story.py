"""What the pictures tell: a page, the article a model makes of it, and an API that says *429*."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fakes.command_line import EXAMPLE, CommandLine
from fakes.openai_server import IMAGES, FakeOpenAI, fake_openai
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.local import LocalImageModel
from scribe_dagster.drivers.images.protocol import ImageRequest

_TITLE = "The last bus now waits for the train"

_ARTICLE = """
<p>For years the last bus up the valley left Penwick two minutes after the last train was due, and
every late train left somebody standing on the footbridge. For the past year it has waited instead,
for nine minutes at the most, and more people ride it than before.</p>
<h2>A notebook and a stopwatch</h2>
<p>A night nurse, Marta Oyelaran, began by writing down each evening on which she saw the tail
lights go. Eleven volunteers then timed 120 trains. Most were late, but only 8 by more than eleven
minutes: a short wait would do for almost everybody.</p>
<blockquote><p>We never asked them to run another bus. We asked them to look out of the window
before they drove away.</p></blockquote>
<h2>Four rules in the cab</h2>
<ul><li>A train on time means a bus on time.</li><li>A late train is waited for until 22:46.</li>
<li>Passengers on board are told why.</li><li>Whoever is missed gets a taxi, and the operator pays
for it.</li></ul>
<p>The taxis came to £612 in the first year, less than the extra fares brought in. Carrow will try
the same rules on its harbour route from May.</p>
"""


@dataclass(frozen=True)
class Story:
    """One run, ready to be told."""

    cli: CommandLine
    page_url: str
    home: Path


@contextmanager
def story(folder: Path) -> Iterator[Story]:
    """Serve the page and the API; the first picture it is asked for is refused."""
    home = folder / "home"
    with HTTPServer(host="localhost") as web, fake_openai() as api:
        path = "/2025/03/last-bus"
        web.expect_request(path).respond_with_data(EXAMPLE.read_bytes(), content_type="text/html")
        _teach(api)
        environment = api.settings | {
            "SCRIBE_HOME": str(home),
            "SCRIBE_ALLOW_HOSTS": web.host,
            "SCRIBE_RESPECT_ROBOTS": "false",
            "OPENAI_CONTENT_MODEL": api.model,
            "PIPELINE_AUTO_RESUME": "0",
        }
        cli = CommandLine(environment, folder)
        # A rehearsal: bytecode is compiled now, and does not lengthen the stages' bars.
        cli("process", str(EXAMPLE), SCRIBE_HOME=str(folder / "rehearsal"))
        api.fail_next(IMAGES, 429, "rate limited")
        yield Story(cli, web.url_for(path), home)


def _teach(api: FakeOpenAI) -> None:
    api.model = "gpt-5.4-mini"
    # A bar is as long as its stage took; a name needs that much to fit in.
    api.seconds = 1.5
    api.article |= {
        "title": _TITLE,
        "content": _ARTICLE,
        "description": "Nine minutes at the most: how a notebook changed a timetable in Penwick.",
        "meta_title": _TITLE,
        "meta_description": "How a notebook changed a timetable in Penwick.",
        "tags": ["Buses", "Penwick", "Volunteering"],
    }
    # The local image model writes titles on its covers; on the page, the title stands above.
    cover = ImageRequest(prompt="A bus that waits at night", title="22:46", category="Transport")
    api.cover = LocalImageModel.from_settings(Settings()).generate(cover).data
