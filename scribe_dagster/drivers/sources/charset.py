"""From bytes to text, whatever the page or its server says of its charset."""

from __future__ import annotations

import codecs
import re

from scribe_dagster.domain.text import storable

# UTF-32's mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
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

_DECLARED = re.compile(
    rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)"
    rb"|<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']\s*([\w.:-]+)",
    re.IGNORECASE,
)
_HEAD = 8_192
_SAMPLE = 65_536


def decode(data: bytes, *, transport_charset: str | None = None) -> str:
    """Decode a document; it never fails, and the text can be stored.

    In order: a byte order mark; UTF-8, where there is more than ASCII and all of it fits; the
    charset named by the transport (HTTP), then by the document; a guess.
    """
    return storable(_decode(data, transport_charset))


def _decode(data: bytes, transport_charset: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
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
    return data.decode(named[0] if named else _guess(data), "replace")


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
        return "ascii"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else "utf-8"
