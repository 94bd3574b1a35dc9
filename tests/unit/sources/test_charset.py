from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.drivers.sources.charset import decode

RUSSIAN = "Смотритель сказал, что часы были самой трудной частью работы."


def test_the_charset_of_the_transport_is_used() -> None:
    assert decode(RUSSIAN.encode("cp1251"), transport_charset="windows-1251") == RUSSIAN


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="windows-1251">',
        '<META http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_the_charset_of_the_document_is_used(declaration: str) -> None:
    assert decode((declaration + RUSSIAN).encode("cp1251")) == declaration + RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_outdoes_every_declaration(encoding: str) -> None:
    assert decode(RUSSIAN.encode(encoding), transport_charset="windows-1251") == RUSSIAN


def test_utf_8_is_recognised_where_the_server_names_its_default() -> None:
    assert decode(RUSSIAN.encode(), transport_charset="iso-8859-1") == RUSSIAN


def test_latin_1_is_read_as_what_windows_made_of_it() -> None:
    assert decode(b"\x93Quoted\x94", transport_charset="iso-8859-1") == "“Quoted”"


def test_a_seven_bit_charset_is_not_taken_for_ascii() -> None:
    text = "これは日本語です"

    assert decode(text.encode("iso2022_jp"), transport_charset="iso-2022-jp") == text


def test_an_undeclared_charset_is_guessed() -> None:
    assert decode((RUSSIAN * 20).encode("cp1251")) == RUSSIAN * 20


@pytest.mark.parametrize("label", ["no-such-charset", "zip", "punycode", "a\0b", "\ud800", ""])
def test_a_charset_that_is_none_is_passed_over(label: str) -> None:
    assert decode(RUSSIAN.encode(), transport_charset=label) == RUSSIAN
    assert decode(b"plain", transport_charset=label) == "plain"


def test_a_broken_byte_costs_one_character_and_not_the_page() -> None:
    data = RUSSIAN.encode("utf-8") + b"\xff" + RUSSIAN.encode("utf-8")

    assert decode(data, transport_charset="utf-8") == f"{RUSSIAN}\ufffd{RUSSIAN}"


@given(st.binary(max_size=400), st.none() | st.text(max_size=20) | st.sampled_from(["utf-16"]))
def test_any_bytes_give_text_that_can_be_stored(data: bytes, charset: str | None) -> None:
    text = decode(codecs.BOM_UTF16_LE + data, transport_charset=charset)
    text += decode(data, transport_charset=charset)

    assert "\0" not in text
    text.encode("utf-8")
