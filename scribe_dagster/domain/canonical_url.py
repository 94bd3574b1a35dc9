"""The identity of a source: two addresses of the same thing become one text.

What is compared is where a source lies, never what it says. A page or a file whose content has
changed is the same source; a text lies nowhere, its address is made of its content, so a changed
text is another source.

To take two sources for one would keep the second from being processed; to take one for two costs
an article too many. Where an equivalence is only likely, the addresses therefore stay apart: http
and https, with and without ``www.``, with and without a slash at the end.
"""

from __future__ import annotations

import posixpath
import re
from hashlib import sha256
from urllib.parse import quote, unquote_plus, unquote_to_bytes, urlsplit, urlunsplit

from scribe_dagster.domain.credential_forms import PARAMETER

LONGEST = 2048
"""Characters in a canonical URL: as many as a payload's ``source_url`` may have."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_BEGINNING = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<credentials>[^/?#]*@)?", re.I)
_ORIGIN = re.compile(r"[a-z]+://[^/?#]{0,255}/")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_BARE_PERCENT = re.compile(r"%(?![0-9a-f]{2})", re.I)

_DIGEST = re.compile(r"sha256-[0-9a-f]{16}")

# What IDNA takes for a dot.
_DOTS = ".\u3002\uff0e\uff61"

# Parameters that advertisers, mailers and analytics hang on other people's links, under names no
# site would choose for its own. Those that select content on some sites (ref, source, id) stay.
_TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_")
_TRACKING = frozenset(
    (
        *("fbclid", "igshid", "igsh", "twclid", "ttclid", "li_fat_id", "rdt_cid", "epik", "sccid"),
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid"),
        *("_ga", "_gl", "srsltid", "msclkid", "yclid", "ysclid", "_openstat", "irclickid"),
        *("pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid"),
        *("mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "oly_anon_id", "oly_enc_id"),
        *("ml_subscriber", "ml_subscriber_hash", "guce_referrer", "guce_referrer_sig"),
        *("_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp", "wickedid"),
    )
)


def canonical_url(source_url: str) -> str:
    """Return the one address by which a source is recognised.

    An http or https URL is normalised by RFC 3986, and loses its fragment, tracking parameters,
    user name and password; of a credential among its parameters a digest remains. Parameters are
    sorted by name and value: servers read them by name, and their order changes from link to
    link. A ``file://`` URI becomes the path it names,
    resolved without looking at the disk. Anything else, such as ``text:`` or what a driver of
    your own reads, is its own identity; only a user name and password before a host are left out.

    Applied to its own result it changes nothing. It never raises, and its result has at most
    :data:`LONGEST` characters: a SHA-256 stands for what would be longer.
    """
    address = source_url.strip()
    if not (beginning := _BEGINNING.match(address)):
        return _bounded(source_url)
    address = beginning["scheme"] + address[beginning.end() :]
    try:
        return _bounded(_normalised(address))
    except ValueError:
        return _bounded(address)


def _normalised(address: str) -> str:
    """Write an address in its one form.

    Raises:
        ValueError: It is no URL.
    """
    from w3lib.url import canonicalize_url

    # w3lib leaves a bare % alone, which the escape after it may then complete.
    parts = urlsplit(_BARE_PERCENT.sub("%25", address))
    if parts.scheme == "file" and parts.netloc.lower() in ("", "localhost"):
        path = b"/" + unquote_to_bytes(parts.path).lstrip(b"/")
        return f"file://{quote(posixpath.normpath(path), safe='/:')}"
    if parts.scheme not in _DEFAULT_PORTS:
        return address
    host = _encoded(parts.hostname or "")
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    query = "&".join(_veiled(pair) for pair in parts.query.split("&") if not _is_tracking(pair))
    return canonicalize_url(urlunsplit((parts.scheme, host + port, parts.path, query, "")))


def _encoded(host: str) -> str:
    """Encode a host as the HTTP client does that will ask for it.

    Raises:
        ValueError: It is no host a client could ask for.
    """
    if ":" in host:
        return f"[{host}]"
    name = host.rstrip(_DOTS)
    if not name.isascii():
        # w3lib knows the rules of 2003 only, by which straße.de is strasse.de.
        import idna

        name = idna.encode(name, uts46=True).decode()
    if not _HOST.fullmatch(name):
        raise ValueError(f"{name!r} is not a host name")
    return name


def _is_tracking(pair: str) -> bool:
    name = unquote_plus(pair.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _veiled(pair: str) -> str:
    """Put a digest in the place of a credential: enough to tell two addresses apart."""
    name, _, value = pair.partition("=")
    if not value or _DIGEST.fullmatch(value) or not PARAMETER.fullmatch(unquote_plus(name)):
        return pair
    return f"{name}=sha256-{sha256(unquote_to_bytes(value)).hexdigest()[:16]}"


def _bounded(address: str) -> str:
    if len(address) <= LONGEST:
        return address
    origin = _ORIGIN.match(address)
    digest = sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{origin[0] if origin else ''}sha256:{digest}"
