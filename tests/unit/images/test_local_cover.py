from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image, ImageChops, features

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.cover_type import Phrase, set_title
from scribe_dagster.drivers.images.local import LocalImageModel
from scribe_dagster.drivers.images.protocol import ImageRequest

shaped = pytest.mark.skipif(not features.check("raqm"), reason="this Pillow cannot shape text")


def cover_of(
    title: str, *, category: str | None = "Tech", site_name: str | None = "Site"
) -> Image.Image:
    model = LocalImageModel.from_settings(Settings(_env_file=None))
    request = ImageRequest(prompt="", title=title, category=category, site_name=site_name)
    return Image.open(BytesIO(model.generate(request).data))


def lines_of(title: str) -> tuple[str, ...]:
    phrase = Phrase.of(title)
    assert phrase is not None
    return set_title(phrase, width=750, height=340).lines


def test_a_cover_is_a_png_of_the_size_that_social_networks_show() -> None:
    cover = cover_of("A title")

    assert (cover.format, cover.size) == ("PNG", (1200, 630))


def test_the_same_request_always_gives_the_same_bytes_in_any_thread() -> None:
    request = ImageRequest(prompt="", title="A title", category="Tech", site_name="Site")

    with ThreadPoolExecutor(4) as threads:
        covers = list(threads.map(LocalImageModel().generate, [request] * 8))

    assert len({cover.data for cover in covers}) == 1


@pytest.mark.parametrize("other", ["Another title", "a title of its own"])
def test_another_title_gives_another_cover(other: str) -> None:
    assert cover_of("A title").tobytes() != cover_of(other).tobytes()


def test_a_cover_says_that_no_model_drew_it_and_costs_nothing() -> None:
    cover = LocalImageModel().generate(ImageRequest(prompt="", title="A title"))

    assert (cover.made_by, cover.usage) == ("local (drawn from the title)", None)


@pytest.mark.parametrize(
    "title",
    [
        "Crème brûlée, Łódź & Ünïcode",
        "Почему медленные запросы обходятся дороже",
        "Η τέχνη του να γράφεις απλά",
        pytest.param("كيف تكتب مقالاً واضحاً", marks=shaped),
        pytest.param("हिन्दी में शीर्षक", marks=shaped),
    ],
)
def test_every_script_the_fonts_have_is_written_in_full(title: str) -> None:
    phrase = Phrase.of(title)

    assert phrase is not None
    assert phrase.text == title
    assert phrase.face.lacks(set(phrase.text)) == set()


@pytest.mark.parametrize("title", ["日本語のタイトル", "한국어 제목", "שלום עולם", "AI と人間"])
def test_a_title_in_a_script_the_fonts_lack_is_left_off_rather_than_drawn_as_boxes(
    title: str,
) -> None:
    assert Phrase.of(title) is None
    cover = cover_of(title, category=None, site_name=None)
    assert cover.size == (1200, 630)


def test_the_sites_name_stands_in_for_a_title_that_cannot_be_written() -> None:
    named = cover_of("日本語", category=None, site_name="The Daily Scribe")
    bare = cover_of("日本語", category=None, site_name=None)

    left, top, right, bottom = ImageChops.difference(named, bare).getbbox() or (0, 0, 0, 0)
    assert right - left > 300
    assert bottom - top > 60


def test_emoji_are_dropped_and_the_words_around_them_stay() -> None:
    phrase = Phrase.of("🚀 Launch week ❤️ is here")

    assert phrase is not None
    assert phrase.text == "Launch week is here"


@pytest.mark.parametrize("title", ["", "   ", "🚀🚀", "\x00"])
def test_a_title_without_a_word_still_gives_a_cover(title: str) -> None:
    assert Phrase.of(title) is None
    assert cover_of(title).size == (1200, 630)


@shaped
def test_an_arabic_title_stands_on_the_right_and_a_latin_one_on_the_left() -> None:
    def middle_of_the_writing(title: str) -> float:
        phrase = Phrase.of(title)
        assert phrase is not None
        # White letters on a dark ground, in the band where titles stand.
        band = (
            cover_of(title, category="Tech", site_name=None).convert("L").crop((0, 380, 1200, 500))
        )
        letters = band.point([255 if value > 250 else 0 for value in range(256)]).getbbox()
        assert letters is not None
        return (letters[0] + letters[2]) / 2

    assert middle_of_the_writing("مرحبا بالعالم") > 600
    assert middle_of_the_writing("Hello world") < 600


@pytest.mark.parametrize(
    ("title", "right_to_left"),
    [("مقدمة في Python", True), ("Python في العالم", False), ("2024: عام", True)],
)
@shaped
def test_the_first_letter_decides_the_direction(title: str, *, right_to_left: bool) -> None:
    phrase = Phrase.of(title)

    assert phrase is not None
    assert phrase.right_to_left is right_to_left


def test_arabic_is_left_off_where_pillow_cannot_join_its_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda feature: False)

    assert Phrase.of("مرحبا") is None
    assert Phrase.of("Hello") is not None


def test_a_short_title_is_set_large_on_one_line() -> None:
    phrase = Phrase.of("Hello")
    assert phrase is not None

    block = set_title(phrase, width=750, height=340)

    assert block.lines == ("Hello",)
    assert block.size == 96


def test_lines_are_balanced_so_that_no_single_word_is_left_over() -> None:
    lengths = [len(line) for line in lines_of("Why sleep is the cheapest medicine of all")]

    assert len(lengths) == 3
    assert max(lengths) - min(lengths) <= 6


def test_a_title_too_long_for_four_lines_ends_in_an_ellipsis() -> None:
    lines = lines_of("A sentence that goes on and on because nobody ever stopped it, " * 4)

    assert len(lines) == 4
    assert lines[-1].endswith("…")


@pytest.mark.parametrize(
    "title",
    [
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikationsgeheimnis",
        "W" * 100_000,
        "https://example.org/a/very/long/address/without/a/single/space/in/it/at/all",
        "Short words and Donaudampfschifffahrtsgesellschaftskapitänsmützen",
    ],
)
def test_no_line_is_wider_than_its_box_even_for_a_word_that_is(title: str) -> None:
    phrase = Phrase.of(title)
    assert phrase is not None

    block = set_title(phrase, width=750, height=340)

    assert all(block.font.getlength(line) <= 750 * 1.01 for line in block.lines)
    assert len(block.lines) * block.line_height <= 340


def test_an_endless_category_is_cut_to_its_pill() -> None:
    assert cover_of("A title", category="Category " * 40).size == (1200, 630)
