from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.drivers.ai.sentences import key_sentences, split_sentences

FILLER = [f"Sentence number {n} mentions something else entirely here." for n in range(12)]


def texts(text: str, language: str | None = "en") -> list[str]:
    return [sentence.text for sentence in split_sentences(text, language)]


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert texts("Dr. Smith went to Washington. He stayed.") == [
        "Dr. Smith went to Washington.",
        "He stayed.",
    ]


def test_a_line_break_is_a_space_and_a_blank_line_ends_a_paragraph() -> None:
    assert texts("A heading\n\nThe text\ngoes on.") == ["A heading", "The text goes on."]


def test_japanese_and_arabic_end_their_sentences_their_own_way() -> None:
    assert texts("これは本です。あれは何ですか？", "ja") == ["これは本です。", "あれは何ですか？"]
    assert texts("هذا نص. هل تفهم؟ نعم.", "ar") == ["هذا نص.", "هل تفهم؟", "نعم."]


def test_a_script_without_punctuation_gives_a_sentence_a_paragraph() -> None:
    assert texts("สวัสดีครับ ผมชื่อสมชาย\n\nยินดีที่ได้รู้จัก", "th") == [
        "สวัสดีครับ ผมชื่อสมชาย",
        "ยินดีที่ได้รู้จัก",
    ]


def test_ornaments_are_no_sentences() -> None:
    assert texts("* * *\n\nText.\n\n—") == ["Text."]


def test_lists_are_left_out_of_a_text_that_holds_prose() -> None:
    assert texts("Bring these:\n\n- a lamp\n- a coat\n\nThen come along.") == [
        "Bring these:",
        "Then come along.",
    ]
    assert texts("- a lamp") == ["- a lamp"]


def test_five_are_chosen_a_lead_of_two_and_a_point_from_each_third_of_the_rest() -> None:
    chosen = key_sentences(split_sentences(" ".join(FILLER), "en"))

    assert [s.position for s in chosen.lead] == [0, 1]
    first, second, third = (s.position for s in chosen.points)
    assert 2 <= first < 5 <= second < 9 <= third < 12


def test_a_long_first_sentence_leads_alone() -> None:
    first = "It rained " + "and rained " * 25 + "all day."

    assert len(key_sentences(split_sentences(f"{first} {FILLER[0]}", "en")).lead) == 1


def test_the_first_sentence_of_a_readable_length_leads() -> None:
    sentences = split_sentences("By our staff.\n\n" + " ".join(FILLER), "en")

    assert key_sentences(sentences).lead[0].text == FILLER[0]


def test_a_sentence_full_of_the_texts_own_terms_is_chosen_from_far_down() -> None:
    telling = "The volcano closed seven airports when it erupted on Sunday."
    trifles = [
        f"Nothing{n} happened{n} today{n} beyond what{n} everybody{n} knows{n}." for n in "abcdef"
    ]
    passing = [
        f"Somebody{n} remembers{n} another volcano that{n} erupted elsewhere{n}." for n in "ab"
    ]
    sentences = split_sentences(" ".join([*trifles, *passing, telling]), "en")

    chosen = key_sentences(sentences, title="Volcano erupted: airports")

    assert telling in [s.text for s in chosen.points]


def test_what_only_repeats_the_title_or_itself_is_chosen_once_or_never() -> None:
    text = "A Long Enough Title For Anybody To Read\n\n" + f"{FILLER[0]} " * 3 + FILLER[1]

    chosen = key_sentences(
        split_sentences(text, "en"), title="A long enough title for anybody to read"
    )

    assert [s.text for s in chosen.lead + chosen.points] == FILLER[:2]


def test_a_text_that_is_only_its_title_is_quoted_all_the_same() -> None:
    chosen = key_sentences(split_sentences("Hello", "en"), title="Hello")

    assert (chosen.opening, chosen.points) == ("Hello", ())


@given(st.text(), st.sampled_from(["en", "ja", "th", "ar", "xx", None]))
def test_every_sentence_is_quoted_word_for_word(text: str, language: str | None) -> None:
    folded = " ".join(text.split())

    assert all(sentence in folded for sentence in texts(text, language))
