from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.ai.local import LocalTextModel
from scribe_dagster.drivers.ai.protocol import RewriteRequest
from scribe_dagster.errors import Rejected

ENGLISH = (
    "The harbour of Port Ellen froze over on Monday for the first time since 1963. "
    "Fishing boats from Port Ellen stayed in, and ferries to the mainland were cancelled. "
    "The harbour master, Mary Campbell, said the ice was twenty centimetres thick.\n\n"
    "Schools opened two hours late. Children skated between the boats until the police came. "
    "Mary Campbell expects the harbour to reopen on Thursday. "
    "The last time it froze, the island went without post for nine days."
)


def rewrite(
    text: str = ENGLISH,
    *,
    source_url: str = "https://news.example/frozen",
    categories: tuple[Category, ...] = (),
    wanted: str | None = None,
    **content: Any,
) -> Draft:
    content.setdefault("language", "en")
    request = RewriteRequest(ScrapedContent(text=text, **content), source_url, categories, wanted)
    rewritten = LocalTextModel().rewrite(request)
    assert rewritten.usage is None
    return rewritten.draft


def quotes(draft: Draft) -> list[str]:
    """What the draft quotes: its lead and its key points."""
    body, _, _ = draft.content.partition("<p><em>")
    lead, _, points = body.partition("<h2>Key points</h2>")
    return [visible_text(part) for part in (lead, *points.split("</li>")) if visible_text(part)]


def test_an_article_is_three_to_five_sentences_quoted_in_their_order() -> None:
    quoted = quotes(rewrite(title="Harbour freezes over"))

    assert 3 <= len(quoted) <= 5
    assert all(quote in ENGLISH for quote in quoted)
    assert quoted == sorted(quoted, key=ENGLISH.index)


def test_it_says_that_it_is_an_extract_and_no_rewrite() -> None:
    draft = rewrite()

    assert "This is an extract: sentences quoted from the source, not a rewrite." in draft.content
    assert draft.written_by == "local (extractive)"


def test_the_source_is_credited_and_linked_at_the_end() -> None:
    draft = rewrite(
        title="Harbour <b>freezes</b> & stays",
        author="Jane Doe",
        published_at=datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
    )

    assert draft.content.endswith(
        '<p>Source: <a href="https://news.example/frozen" rel="noopener noreferrer nofollow">'
        "Harbour &lt;b&gt;freezes&lt;/b&gt; &amp; stays</a>, Jane Doe, 2026-01-05</p>"
    )


@pytest.mark.parametrize(
    ("asked", "canonical", "linked"),
    [
        ("https://a.example/x?utm=1", "https://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "https://elsewhere.example/y", "https://a.example/x"),
        ("https://a.example/x", "/relative", "https://a.example/x"),
        ("https://a.example/x", "javascript:alert(1)", "https://a.example/x"),
        ("https://me:pass@a.example/x#top", None, "https://a.example/x"),
    ],
)
def test_the_link_is_the_pages_own_address_on_its_own_host(
    asked: str, canonical: str | None, linked: str
) -> None:
    assert f'href="{linked}"' in rewrite(source_url=asked, canonical_url=canonical).content


@pytest.mark.parametrize("source_url", ["file:///home/jane/notes.txt", "text:5f3a", "notes.txt"])
def test_a_file_or_a_text_is_credited_without_a_link_or_a_path(source_url: str) -> None:
    draft = rewrite(source_url=source_url, title="My notes", author="Jane Doe")

    assert draft.content.endswith("<p>Source: My notes, Jane Doe</p>")
    assert source_url not in draft.content


def test_a_source_that_says_nothing_of_itself_gets_title_and_description_from_its_text() -> None:
    draft = rewrite(source_url="text:5f3a")

    assert draft.title == ENGLISH.partition(" for")[0] + " for the first time since 1963."
    assert draft.description.startswith(draft.title)
    assert len(draft.description) <= 300
    assert draft.description.endswith(".")


def test_what_the_page_says_of_itself_goes_first() -> None:
    draft = rewrite(title="Frozen harbour", description="Ice closes Port Ellen.", tags=("Winter",))

    assert (draft.title, draft.description) == ("Frozen harbour", "Ice closes Port Ellen.")
    assert draft.tags == ("Winter", "Port Ellen", "Mary Campbell")
    assert "Frozen harbour" in draft.image_prompt


def test_long_titles_and_descriptions_are_cut_at_a_word() -> None:
    draft = rewrite(title="Iceberg " * 40, description="harbour " * 80)

    assert len(draft.meta_title) <= 60
    assert draft.meta_title.endswith("Iceberg…")
    assert len(draft.meta_description) <= 160
    assert len(draft.description) <= 300
    assert draft.description.endswith("harbour…")


def test_the_category_the_text_names_most_is_chosen_and_never_merely_the_first() -> None:
    categories = (Category(id=1, name="Politics"), Category(id=2, name="Harbour"))

    assert rewrite(categories=categories).category_id == 2
    assert rewrite(categories=categories[:1]).category_id is None


@pytest.mark.parametrize("wanted", ["French", "fr", "français", "fr-CA"])
def test_it_says_that_it_could_not_translate(wanted: str) -> None:
    draft = rewrite(wanted=wanted)

    assert (
        "It could not be translated to French: the local provider does not translate."
        in draft.content
    )
    assert draft.language == "en"


@pytest.mark.parametrize("wanted", [None, "", "en", "English", "EN-gb"])
def test_nothing_is_said_of_translating_what_is_in_the_language_already(wanted: str | None) -> None:
    assert "translate" not in rewrite(wanted=wanted).content


def test_of_a_source_in_an_unknown_language_it_claims_nothing() -> None:
    draft = rewrite(wanted="Deutsch", language=None)

    assert "Its language is not known, and should it not be German" in draft.content
    assert draft.language is None


def test_an_outlandish_wish_is_repeated_harmlessly() -> None:
    assert "translated to &lt;b&gt;Elvish" in rewrite(wanted="<b>Elvish").content


def test_arabic_is_quoted_in_arabic() -> None:
    text = (
        "تجمد ميناء الجزيرة يوم الاثنين للمرة الأولى منذ ستين عاما. "
        "بقيت قوارب الصيد في الميناء وألغيت رحلات العبارات إلى البر الرئيسي. "
        "هل يفتح الميناء أبوابه يوم الخميس المقبل كما يتوقع مدير الميناء؟ "
        "فتحت المدارس أبوابها متأخرة ساعتين عن موعدها المعتاد هذا الصباح."
    )

    draft = rewrite(text, language="ar", wanted="Arabic", title="تجمد الميناء")

    assert quotes(draft)[0].startswith(text.partition(".")[0] + ".")
    assert all(quote in text for quote in quotes(draft))
    assert "translate" not in draft.content


def test_japanese_is_quoted_in_japanese() -> None:
    text = (
        "島の港は月曜日に六十年ぶりに完全に凍結し、漁船は出港できなかった。"
        "本土へのフェリーもすべて欠航となり、郵便物は届かない見込みである。"
        "港長は氷の厚さが二十センチに達したと記者団に説明した。"
        "学校は二時間遅れで始業し、子どもたちは船の間でスケートを楽しんだ。"
    )

    quoted = quotes(rewrite(text, language="ja", title="港が凍結"))

    assert len(quoted) == 3
    assert "".join(quoted) == text


def test_a_long_text_without_punctuation_is_cut_and_shows_it() -> None:
    draft = rewrite("คำ" * 2000, language="th")

    assert len(quotes(draft)) == 1
    assert quotes(draft)[0].endswith("…")
    assert len(draft.content) < 2000


def test_a_single_word_is_an_article_of_one_line() -> None:
    draft = rewrite("Frozen")

    assert (draft.title, quotes(draft)) == ("Frozen", ["Frozen"])
    assert "Key points" not in draft.content


@pytest.mark.parametrize("text", [" ", "\n\n", "—", "* * *", "…"])
def test_a_source_without_a_word_is_rejected(text: str) -> None:
    with pytest.raises(Rejected, match="no text"):
        rewrite(text, title="A title alone is no article")


def test_markup_in_the_text_is_quoted_as_text() -> None:
    content = rewrite("Use <script>alert(1)</script> & enjoy the many wonders of the web.").content

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; enjoy" in content


def has_a_word(text: str) -> bool:
    return any(map(str.isalnum, text))


words = st.text(max_size=40) | st.sampled_from(
    ["The Harbour", "港。", "الميناء.", "a. B! c?", "\n\n"]
)
optional = st.none() | words
contents = st.builds(
    ScrapedContent,
    text=st.lists(words, min_size=1, max_size=12).map(" ".join).filter(has_a_word),
    title=optional,
    author=optional,
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    language=st.none() | st.sampled_from(["en", "ar", "ja", "th", "xx", ""]) | words,
    description=optional,
    site_name=optional,
    canonical_url=optional | st.just("https://[bad"),
    tags=st.lists(words, max_size=4).map(tuple),
)


@given(
    content=contents,
    source_url=st.sampled_from(["https://a.example/x", "file:///x", "text:1", "http://[bad"])
    | words,
    categories=st.lists(
        st.builds(Category, id=st.integers(1, 9), name=words.filter(has_a_word)), max_size=3
    ).map(tuple),
    wanted=optional,
)
def test_whatever_the_source_says_the_draft_is_valid_and_the_same_each_time(
    content: ScrapedContent,
    source_url: str,
    categories: tuple[Category, ...],
    wanted: str | None,
) -> None:
    request = RewriteRequest(content, source_url, categories, wanted)

    draft = LocalTextModel().rewrite(request).draft

    assert draft == LocalTextModel().rewrite(request).draft
    assert draft.content == sanitise_article(draft.content)
    assert "This is an extract" in draft.content
    assert draft.category_id in {None, *(category.id for category in categories)}
    assert len(draft.meta_title) <= 60
    assert len(draft.meta_description) <= 160
    assert len(draft.description) <= 300
    assert len(draft.tags) <= 8


def test_the_drivers_are_imported_and_made_without_their_heavy_libraries() -> None:
    program = (
        "import sys\n"
        "from pydantic import SecretStr\n"
        "from scribe_dagster.config import Settings\n"
        "from scribe_dagster.drivers.ai.local import LocalTextModel\n"
        "from scribe_dagster.drivers.ai.openai import OpenAITextModel\n"
        "settings = Settings(_env_file=None, openai_api_key=SecretStr('x' * 20))\n"
        "LocalTextModel.from_settings(settings), OpenAITextModel.from_settings(settings)\n"
        "heavy = {'pydantic_ai', 'openai', 'nh3', 'sentencex', 'babel'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()
