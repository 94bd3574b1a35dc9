from __future__ import annotations

import pytest

from scribe_dagster.drivers.ai.languages import calendar_words, language_code, language_name


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fra", "fr"),
        ("fr-CA", "fr"),
        ("French", "fr"),
        (" french ", "fr"),
        ("français", "fr"),
        ("Deutsch", "de"),
        ("Arabic", "ar"),
        ("العربية", "ar"),
        ("日本語", "ja"),
        ("zh_Hant", "zh"),
        ("Brazilian Portuguese", "pt"),
        ("Norwegian", "no"),
        ("nb", "no"),
    ],
)
def test_a_language_is_known_by_its_codes_its_english_and_its_own_name(
    named: str, code: str
) -> None:
    assert language_code(named) == code


@pytest.mark.parametrize("named", ["", "   ", "Gibberish", "the language of the birds", "🦜"])
def test_what_nobody_calls_a_language_has_no_code(named: str) -> None:
    assert language_code(named) is None


@pytest.mark.parametrize(
    ("named", "name"), [("de", "German"), ("Deutsch", "German"), ("Gibberish", "Gibberish")]
)
def test_a_language_is_called_by_its_english_name_if_it_has_one(named: str, name: str) -> None:
    assert language_name(named) == name


def test_days_and_months_are_known_in_every_language_that_has_a_calendar_here() -> None:
    assert {"monday", "may"} <= calendar_words("en")
    assert {"montag", "mai"} <= calendar_words("de")
    assert calendar_words("tlh") == frozenset()
