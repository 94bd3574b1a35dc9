"""What strangers may send: pages, addresses, headers and answers, sound and unsound."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# A busy machine is slow, not wrong. How many examples there are is the profile's to say.
fuzzed = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

any_text = st.text(st.characters(exclude_categories=()), max_size=200)
"""Lone surrogates and control characters are among it."""

_TAGS = st.sampled_from(
    (
        *("p", "div", "article", "main", "h1", "h2", "ul", "li", "a", "b", "table", "tr", "td"),
        *("script", "style", "svg", "math", "template", "noscript", "iframe", "img", "base"),
        *("title", "meta", "link", "pre", "br", "form", "textarea", "select", "plaintext", "x-y"),
    )
)
_ATTRIBUTES = st.sampled_from(
    (
        *("", ' href="javascript:alert(1)"', " href='/a b'", ' href="http://[::1"', " onclick=x()"),
        *(' style="x"', ' charset="utf-7"', ' property="og:title" content="&#0;"', ' lang="xx-YY"'),
        *(' property="article:published_time" content="9999-99-99"', ' name="author" content=""'),
        *(' rel="canonical" href="//"', ' type="application/ld+json"', ' http-equiv="refresh"'),
    )
)
_PROSE = "The harbour office opened its doors again on Monday after a winter of repairs. " * 2
_WORDS = st.sampled_from(
    (_PROSE, _PROSE, "&amp;&#x110000;&nbsp", '{"isAccessibleForFree":false}', "<!--", "]]>", "\x00")
)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def write(tag: str, attributes: str, inside: list[str], closed: bool) -> str:
        return f"<{tag}{attributes}>{''.join(inside)}" + (f"</{tag}>" if closed else "")

    return st.builds(write, _TAGS, _ATTRIBUTES, st.lists(children, max_size=4), st.booleans())


markup = st.recursive(_WORDS | any_text, _element, max_leaves=25)
"""HTML as nobody should write it."""

pages = st.builds(
    "<!doctype html><html><head>{}</head><body>{}</body></html>".format, markup, markup
)

addresses = st.one_of(
    any_text,
    st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(("http", "https", "HTTP", "file", "ftp", "javascript", "")),
        st.sampled_from(("", "user:pass@", "@", "a@b@"))
        | st.text("ab.:@[]%/\\-_0xé。①", max_size=12),
        st.sampled_from(("example.com", "127.1", "[::1]", "[", "0x7f.1", "xn--", "a" * 70))
        | st.text(max_size=12),
        st.text("/?#&=;%+a0é token", max_size=40),
    ),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
