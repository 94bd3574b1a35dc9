from __future__ import annotations

import pytest

from scribe_dagster.drivers.sources.language import detect_language, primary_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The keeper said that the clock had been the hardest part.", "en"),
        ("Смотритель сказал, что часы были самой трудной частью работы.", "ru"),
        ("قال الحارس إن الساعة كانت أصعب جزء من العمل.", "ar"),
        ("Der Wärter sagte,\ndass die Uhr\r\nam schwierigsten gewesen sei.\n", "de"),
        ("\ud800\0Le gardien a dit que l'horloge avait été le plus difficile.", "fr"),
        ("12 345", None),
        ("", None),
    ],
)
def test_the_language_of_a_text_is_detected_where_it_is_clear(
    text: str, language: str | None
) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"),
        ("PT", "pt"),
        (" ru_RU ", "ru"),
        ("x-default", None),
        ("eng", None),
        ("", None),
    ],
)
def test_a_language_tag_is_cut_to_its_iso_639_1_code(tag: str, language: str | None) -> None:
    assert primary_language(tag) == language
