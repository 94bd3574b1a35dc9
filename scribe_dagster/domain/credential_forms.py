"""What credentials look like, whichever setting, page or library they came from."""

from __future__ import annotations

import re

MASK = "[redacted]"

# Names that mean a credential wherever a value follows them.
_NAMES = (
    r"(?:api|access|secret|private|subscription|admin)[_-]?key|secret[_-]?access[_-]?key"
    r"|(?:access|refresh|id|auth|bot|session)?[_-]?token|client[_-]?secret|secret"
    r"|(?:app(?:lication)?[_-]?)?password|passwd|pwd|signature|sig|hmac|jwt|credential"
)
# Shorter ones, which mean one only in the query of a URL.
_IN_A_QUERY = r"key|auth|pass|session(?:id)?|sid|x-amz-security-token|hdnts|policy"

PARAMETER = re.compile(rf"(?:.*[^a-z0-9])?(?:{_NAMES})|{_IN_A_QUERY}", re.IGNORECASE)
"""The whole name of a parameter whose value is a credential."""

_PRIVATE_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"

# What providers give out, told by prefix or shape.
_ISSUED = (
    r"\b(?:sk|pk|rk|csk)-[A-Za-z0-9_-]{8,}",  # OpenAI, Anthropic, and those who follow them
    r"\b(?:[sprw]k_(?:live|test)|whsec)_[A-Za-z0-9]{8,}",  # Stripe
    r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9._-]{10,}|\bGOCSPX-[A-Za-z0-9_-]{10,}",  # Google
    r"\bAQ\.[A-Za-z0-9_-]{20,}|\b1//0[A-Za-z0-9_-]{20,}",  # Gemini, Google OAuth
    r"\b[0-9a-f]{32}\.[A-Za-z0-9_-]{20,}",  # Ollama
    r"\b(?:tgp_v1|fw)_[A-Za-z0-9_-]{20,}",  # Together, Fireworks
    r"\b(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{16,}|\bglpat-[A-Za-z0-9_-]{16,}",  # GitHub, GitLab
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # AWS
    r"\b(?:hf|gsk|r8|xai|pplx|nvapi)[_-][A-Za-z0-9_-]{16,}",  # Hugging Face, Groq, Replicate, xAI
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}",  # Telegram
    r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{8,}",  # Slack
    r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",  # Discord's bots
    r"\bEAA[A-Za-z0-9]{20,}",  # Facebook
    r"\b[0-9a-f]{24}:[0-9a-f]{64}\b",  # Ghost
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",  # JSON Web Tokens
    # Bluesky, and WordPress: with a digit, or a capital within, so as not to take words for them.
    r"(?<![\w-])(?=[a-z2-7-]*[2-7])[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![\w-])",
    r"(?<![A-Za-z0-9])(?=[A-Za-z ]{0,28}(?:[0-9]|[a-z][A-Z]))"
    r"[A-Za-z0-9]{4}(?: [A-Za-z0-9]{4}){5}(?![A-Za-z0-9])",
)

FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_PRIVATE_KEY, re.DOTALL), MASK),
    # Before the @ of a URL: name and password, or a token alone.
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s?#]+(?=@)"), MASK),
    (re.compile(r"(?i)(?:(?<=http://)|(?<=https://))[^/\s:@?#\"'<>]+(?=@)"), MASK),
    # Webhooks, whose address is the credential.
    (
        re.compile(
            r"(?i)(\bhooks\.slack\.com/(?:services|workflows|triggers)/"
            r"|\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/)[^\s\"'<>?#]+"
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(r"(?i)(\bauthorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?)[^\s\"',}]{8,}"),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)(\bcookie[\"']?\s*:\s*[\"']?)[^\s=;\"']+=[^\r\n\"']+"), rf"\1{MASK}"),
    # "Basic authentication" is no credential: those mix cases, digits or signs.
    (
        re.compile(
            r"\b((?i:bearer|basic))\s+"
            r"(?=[A-Za-z.~+/-]*(?:[0-9_=]|\B[A-Z]))[A-Za-z0-9._~+/=-]{8,}"
        ),
        rf"\1 {MASK}",
    ),
    (
        re.compile(rf"(?i)((?<![a-z0-9])(?:{_NAMES})[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}}]{{4,}}"),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(?i)([?&;](?:{_IN_A_QUERY})=)[^&\s\"'<>#]{{4,}}"), rf"\1{MASK}"),
    (re.compile("|".join(f"(?:{form})" for form in _ISSUED)), MASK),
)
"""Each form, and what stands in its place."""
