"""From bytes to text, whatever the page or its server says of its charset."""

from __future__ import annotations

import codecs
import re

from scribe_dagster.domain.text import storable

# UTF-32's mark begins with UTF-16's, so it is looked for first.
_BEGINNINGS = (
    (re.compile(re.escape(codecs.BOM_UTF8)), "utf-8"),
    (re.compile(re.escape(codecs.BOM_UTF32_LE)), "utf-32-le"),
    (re.compile(re.escape(codecs.BOM_UTF32_BE)), "utf-32-be"),
    (re.compile(re.escape(codecs.BOM_UTF16_LE)), "utf-16-le"),
    (re.compile(re.escape(codecs.BOM_UTF16_BE)), "utf-16-be"),
    # Markup without a mark (WHATWG HTML, section 13.2.3.2; XML 1.0, appendix F).
    (re.compile(rb"<\0[!?A-Za-z]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[!?A-Za-z]"), "utf-16-be"),
)

# Pages name the standard and use the superset their authors' Windows had; browsers read the
# superset (WHATWG Encoding, section 4.2).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}

# Python has these codecs; the web has not, and some take quadratic time.
_NOT_ON_THE_WEB = frozenset(
    {"idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape", "utf-7"}
    | {"raw_unicode_escape", "utf_7", "undefined", "hz", "mbcs", "oem"}
)

# Those that pages are still found in (WHATWG Encoding, section 4.2). Of two that fit equally well
# the first is taken: many a French page could be Czech.
_ON_THE_WEB = (
    *("utf_8", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *(
        "iso8859_2",
        "iso8859_6",
        "koi8_r",
        "cp874",
        "cp932",
        "euc_jp",
        "gb18030",
        "big5hkscs",
        "cp949",
    ),
)

_DECLARED = re.compile(
    rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)"
    rb"|<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']\s*([\w.:-]+)",
    re.IGNORECASE,
)
_HEAD = 8_192
_SAMPLE = 65_536


def decode(data: bytes, *, transport_charset: str | None = None) -> str:
    """Decode a document; it never fails, and the text can be stored.

    In order: a byte order mark, or markup in UTF-16 without one; UTF-8, where there is more than
    ASCII and all of it fits; the charset named by the transport (HTTP), then by the document,
    unless it loses most of the text; a guess.
    """
    return storable(_decode(data, transport_charset))


def encoding_by_beginning(data: bytes) -> str | None:
    """Return the Unicode encoding that a document's first bytes are proof of, if they are."""
    return next((encoding for first, encoding in _BEGINNINGS if first.match(data)), None)


def _decode(data: bytes, transport_charset: str | None) -> str:
    if encoding := encoding_by_beginning(data):
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    # Many servers name a charset that was never asked for; text in another one is never by
    # chance valid UTF-8. ASCII alone proves nothing: ISO-2022-JP is made of it.
    if not data.isascii() and (text := _strictly(data, "utf-8")) is not None:
        return text
    named = [
        codec for label in (transport_charset, _named_within(data)) if (codec := _codec(label))
    ]
    for codec in named:
        if (text := _strictly(data, codec)) is not None:
            return text
    if named and not _is_mostly_lost(damaged := data.decode(named[0], "replace")):
        return damaged
    return data.decode(_guess(data), "replace")


def _is_mostly_lost(text: str) -> bool:
    """Whether a charset fits so badly that it cannot be what the text was written in."""
    lost = text.count("\ufffd")
    return lost > sum(not char.isascii() for char in text) - lost


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _named_within(data: bytes) -> str | None:
    found = _DECLARED.search(data[:_HEAD])
    if not found:
        return None
    label = (found[1] or found[2]).decode("ascii", "replace").lower()
    # It was read as ASCII, so it is not what it says (WHATWG HTML, section 13.2.3.2).
    return "utf-8" if label.startswith("utf-16") else label


def _codec(label: str | None) -> str | None:
    try:
        name = codecs.lookup((label or "").strip().lower()).name
        b"-".decode(name, "replace")  # refuses the codecs that do not make text, such as zip
    except (LookupError, ValueError):
        return None
    return None if name in _NOT_ON_THE_WEB else _SUPERSETS.get(name, name)


def _guess(data: bytes) -> str:
    if data.isascii():
        return "iso2022_jp" if b"\x1b$" in data else "ascii"
    from charset_normalizer import from_bytes

    found = from_bytes(data[:_SAMPLE], cp_isolation=list(_ON_THE_WEB))
    best = min(
        found,
        key=lambda match: (match.chaos, -match.coherence, _ON_THE_WEB.index(match.encoding)),
        default=None,
    )
    return best.encoding if best else "cp1252"
