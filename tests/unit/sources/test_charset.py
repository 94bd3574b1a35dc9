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


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("beginning", ["<!doctype html>", "<?xml version='1.0'?>", "<html>"])
@pytest.mark.parametrize("declared", ["utf-8", "utf-16", None])
def test_markup_in_utf_16_is_recognised_without_a_byte_order_mark(
    encoding: str, beginning: str, declared: str | None
) -> None:
    document = f"{beginning}<p>{RUSSIAN}</p>"

    assert decode(document.encode(encoding), transport_charset=declared) == document


def test_utf_8_is_recognised_where_the_server_names_its_default() -> None:
    assert decode(RUSSIAN.encode(), transport_charset="iso-8859-1") == RUSSIAN


def test_latin_1_is_read_as_what_windows_made_of_it() -> None:
    assert decode(b"\x93Quoted\x94", transport_charset="iso-8859-1") == "“Quoted”"


def test_a_seven_bit_charset_is_not_taken_for_ascii() -> None:
    text = "これは日本語です"

    assert decode(text.encode("iso2022_jp"), transport_charset="iso-2022-jp") == text


def test_an_undeclared_charset_is_guessed() -> None:
    assert decode((RUSSIAN * 20).encode("cp1251")) == RUSSIAN * 20


UNDECLARED = [
    ("cp1252", "Le bureau du port a rouvert ses portes après un hiver de réparations, côté été."),
    ("cp1250", "Biuro portowe ponownie otworzyło swoje drzwi po zimie, żółte światło świeciło."),
    ("cp1256", "أعاد مكتب الميناء فتح أبوابه يوم الاثنين بعد شتاء من الإصلاحات كما قالت السلطات."),
    ("koi8_r", RUSSIAN),
    ("cp932", "港湾事務所は冬の改修工事を終えて月曜日に再び開所した。新しい窓と時計が設置された。"),
    ("iso2022_jp", "港湾事務所は冬の改修工事を終えて月曜日に再び開所した。"),
    ("gb18030", "港务局在经过一个冬天的维修之后于星期一重新开放。市政府表示新的窗户已经安装完毕。"),
]


@pytest.mark.parametrize(("encoding", "text"), UNDECLARED)
def test_the_charsets_of_the_web_are_guessed_where_none_is_declared(
    encoding: str, text: str
) -> None:
    assert decode((text * 5).encode(encoding)) == text * 5


@pytest.mark.parametrize(
    ("encoding", "text"), [each for each in UNDECLARED if "2022" not in each[0]]
)
def test_a_declaration_that_loses_the_text_is_not_believed(encoding: str, text: str) -> None:
    assert decode((text * 5).encode(encoding), transport_charset="utf-8") == text * 5


def test_a_typists_quotes_in_a_page_said_to_be_utf_8_are_read_as_meant() -> None:
    assert decode(b"The keeper\x92s clock", transport_charset="utf-8") == "The keeper’s clock"


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
