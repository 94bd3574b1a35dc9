"""Whatever a service answers, a channel ends with a receipt or with an error of ours."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fakes.api_server import ApiServer, Call, Reply, serving
from fakes.channels import ARTICLE, SUBJECTS, Subject, name_of
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.publishers import mastodon
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import PublishError

COVER = StoredImage(path="articles/a.webp", media_type="image/webp", width=4, height=3, size=5)
WHOLE = ARTICLE.evolve(image=COVER, category=Category(id=1, name="Sea"), tags=("light", "sea"))

# Names that stand in real answers make for answers that are nearly right.
NAMES = [
    *("id", "ok", "result", "chat", "message_id", "error", "message", "data", "posts", "images"),
    *("url", "blob", "did", "accessJwt", "title", "slug", "name", "code", "term_id", "raw"),
    *("parameters", "retry_after", "alt_text", "content", "updated_at", "username", "post_id"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = JSON | st.binary(max_size=50)
STATUSES = st.sampled_from([200, 200, 200, 201, 202, 206, 400, 404, 409, 429, 500])
HEADERS = st.fixed_dictionaries(
    {}, optional={"Retry-After": st.from_regex(r"[ -~]{0,15}", fullmatch=True),
                  "ratelimit-reset": st.from_regex(r"[0-9]{0,15}", fullmatch=True)}
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "_SECONDS_BETWEEN", 0)


def spoil(service: ApiServer, number: int, reply: Reply) -> None:
    """Have the service answer one of the calls to come with something else."""
    answer, calls = type(service).answer, 0

    def spoilt(call: Call) -> Reply:
        nonlocal calls
        calls += 1
        return reply if calls == number else answer(service, call)

    service.answer = spoilt  # type: ignore[method-assign]


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.service], ids=name_of)
@hypothesis(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    number=st.integers(1, 9),
    status=STATUSES,
    body=BODIES,
    headers=HEADERS,
    looks=st.booleans(),
)
def test_whatever_is_answered_nothing_else_is_raised(
    subject: Subject,
    number: int,
    status: int,
    body: Any,
    headers: dict[str, str],
    looks: bool,
) -> None:
    assert subject.service is not None
    service = subject.service()
    with serving(service):
        channel = subject.driver.from_settings(
            Settings(_env_file=None, scribe_home=Path("unused"), **service.settings)
        )
        if looks:
            channel.publish(Post(WHOLE, b"image"))
        spoil(service, number, Reply(body, status, headers))
        with suppress(PublishError):
            (channel.find(WHOLE) if looks else channel.publish(Post(WHOLE, b"image")))
