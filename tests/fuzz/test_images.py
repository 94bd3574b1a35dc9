"""Whatever the bytes are: an image, or an ImageError."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from fakes.strange import fuzzed
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.errors import ImageError


def _encoded(kind: str) -> bytes:
    stream = BytesIO()
    Image.effect_noise((24, 16), 60).convert("RGB").save(stream, kind)
    return stream.getvalue()


SOUND = {kind: _encoded(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}

changes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12)


@pytest.mark.parametrize("kind", SOUND)
@fuzzed
@given(changes, st.integers(0, 10_000) | st.none())
def test_a_damaged_image_is_read_or_refused(
    kind: str, changed: list[tuple[int, int]], cut_at: int | None
) -> None:
    data = bytearray(SOUND[kind])
    for place, value in changed:
        data[place % len(data)] = value
    damaged = bytes(data[: cut_at % len(data)] if cut_at is not None else data)

    with suppress(ImageError):
        header = inspect_image(damaged)
        assert header.width * header.height <= 50_000_000


@fuzzed
@given(
    st.sampled_from((b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF")), st.binary()
)
def test_bytes_that_begin_like_an_image_are_read_or_refused(start: bytes, rest: bytes) -> None:
    with suppress(ImageError):
        inspect_image(start + rest)
