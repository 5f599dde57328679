"""All rules, and which of them a text needs.

Every rule names literals without which it cannot match; they are looked for first, so that text without a trace of a
secret costs a few substring searches.
"""

import importlib
import re
from functools import lru_cache, partial
from typing import NamedTuple

from .assignments import ASSIGNMENT_LITERALS, ENVIRONMENT_LITERALS, assignments, environment_entries
from .spans import Finder, Span
from .values import (
    PRIVATE_KEY_LITERALS,
    USER_INFO_LITERALS,
    MatchOptions,
    has_both_cases,
    has_digits_and_letters,
    matches,
    private_keys,
    user_infos,
)

_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_ALONE = r"(?:(?<![\w-])|(?<=\\[nrt]))"


def _is_artifactory(value: str) -> bool:
    return len(value) >= 20 and has_both_cases(value)


def _is_openai(value: str) -> bool:
    body = value[3:]
    vendor = re.match(r"(?:proj|svcacct|admin|service|ant-[a-z0-9]+|or-v1|lf)-", body)
    if "T3BlbkFJ" in body:
        return True
    return has_digits_and_letters(body) and (vendor is not None or (body.isalnum() and len(body) >= 32))


_GITLAB = (
    "GR1348941",
    "glpat-",
    "gldt-",
    "glft-",
    "glsoat-",
    "glrt-",
    "glcbt-",
    "glimt-",
    "glptt-",
    "glagent-",
    "gloas-",
)

# detect-secrets: module, class, literals, how to read a match. Not taken: high entropy (it takes run ids and digests
# for secrets), keyword, public addresses; its JWT (leaves the signature), npm and OpenAI (quadratic time), basic auth
# (stops at signs), private key (the first line only) and Azure storage key (one length only) have a rule of our own.
DETECT_SECRETS: list[tuple[str, str, tuple[str, ...], MatchOptions]] = [
    ("artifactory", "ArtifactoryDetector", ("AKC", "AP"), MatchOptions(accept=_is_artifactory)),
    ("aws", "AWSKeyDetector", ("A3T", "ABIA", "ACCA", "AKIA", "ASIA", "aws"), MatchOptions(group=1, whole_word=True)),
    ("cloudant", "CloudantDetector", ("clou",), MatchOptions(group=1)),
    ("discord", "DiscordBotTokenDetector", (".",), MatchOptions(to_word_end=True, accept=has_both_cases)),
    ("github_token", "GitHubTokenDetector", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), MatchOptions(to_word_end=True)),
    ("gitlab_token", "GitLabTokenDetector", _GITLAB, MatchOptions(to_word_end=True)),
    ("ibm_cloud_iam", "IbmCloudIamDetector", ("ibm", "iam", "cloud"), MatchOptions(group=1, accept=has_both_cases)),
    ("ibm_cos_hmac", "IbmCosHmacDetector", ("secret",), MatchOptions(group=1)),
    ("mailchimp", "MailchimpDetector", ("-us",), MatchOptions(whole_word=True)),
    ("pypi_token", "PypiTokenDetector", ("pypi-",), MatchOptions(to_word_end=True)),
    ("sendgrid", "SendGridDetector", ("sg.",), MatchOptions(to_word_end=True)),
    ("slack", "SlackDetector", ("xox", "hooks.slack.com"), MatchOptions(to_word_end=True)),
    ("softlayer", "SoftlayerDetector", ("softlayer", "sl_", "sl-"), MatchOptions(group=1)),
    ("square_oauth", "SquareOAuthDetector", ("sq0csp-",), MatchOptions(to_word_end=True)),
    ("stripe", "StripeDetector", ("k_live_",), MatchOptions(to_word_end=True)),
    ("telegram_token", "TelegramBotTokenDetector", (":",), MatchOptions(whole_word=True, accept=has_both_cases)),
    ("twilio", "TwilioKeyDetector", ("AC", "SK"), MatchOptions(whole_word=True, accept=has_digits_and_letters)),
]

# kind, expression, literals in lower case, how to read a match
_OWN: list[tuple[str, str, tuple[str, ...], MatchOptions]] = [
    ("JSON Web Token", _ALONE + r"eyJ[\w-]{8,}+={0,2}\.[\w-]{8,}+={0,2}(?:\.[\w.=-]*)?", ("eyJ",), MatchOptions()),
    ("OpenAI Token", _ALONE + r"sk-[\w-]{20,}", ("sk-",), MatchOptions(accept=_is_openai)),
    ("NPM tokens", _START + r"npm_[A-Za-z0-9]{36,}", ("npm_",), MatchOptions()),
    ("NPM tokens", r":_(?:authToken|auth|password)[ \t]{0,3}=[ \t]{0,3}\"?([^\s\"]+)", (":_",), MatchOptions(group=1)),
    ("HuggingFace Token", _START + r"(?:hf_|api_org_)[A-Za-z0-9]{30,}", ("hf_", "api_org_"), MatchOptions()),
    ("Databricks Token", _START + r"(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d+)?", ("dapi", "dkea", "dose"), MatchOptions()),
    ("GitHub Token", r"github_pat_\w{22,}", ("github_pat_",), MatchOptions()),
    ("Slack Token", r"(?:xapp-\d-|xoxe\.?(?:xox[bp])?-)[\w-]{10,}", ("xapp-", "xoxe"), MatchOptions()),
    (
        "Stripe Access Key",
        _START + r"(?:[rs]k_(?:live|test)|whsec)_\w{16,}",
        ("k_live_", "k_test_", "whsec_"),
        MatchOptions(),
    ),
    (
        "Google API Key",
        _ALONE + r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})",
        ("aiza", "ya29.", "gocspx-"),
        MatchOptions(),
    ),
    (
        "Vendor Token",
        _START + r"(?:dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{24,}|dop_v1_[a-f0-9]{64}|lsv2_(?:pt|sk)_\w{32,}|gsk_\w{40,}"
        r"|r8_\w{37}|xai-\w{60,}|nvapi-[\w-]{40,}|pplx-\w{40,}|glsa_\w{32,}|shpat_[a-f0-9]{32})",
        ("dckr_", "hvs.", "hvb.", "dop_v1", "lsv2_", "gsk_", "r8_", "xai-", "nvapi-", "pplx-", "glsa_", "shpat_"),
        MatchOptions(),
    ),
    (
        "Azure Client Secret",
        r"(?:(?<![\w~.-])|(?<=\\[nrt]))[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])",
        ("q~",),
        MatchOptions(),
    ),
    (
        "Azure Service Key",
        r"(?<![\w+/])(?:[A-Za-z0-9+/]{76}(?:\+ASt|ACDb|AZDO|ACOG)[A-Za-z0-9+/]{4,7}={0,2}"
        r"|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})(?![\w+/=])",
        ("+ast", "acdb", "azdo", "acog", "azse", "jqqj99"),
        MatchOptions(),
    ),
    (
        "Azure Connection String",
        r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue)[ \t]{0,3}=[ \t]{0,3}([^;\s\"']+)",
        ("accountkey", "sharedaccess", "sharedsecretvalue"),
        MatchOptions(group=1),
    ),
    (
        "Authorization Header",
        r"(?i)authorization\\{0,4}[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,4}[\"']?(?:bearer|basic|digest|token|api-?key|key"
        r"|negotiate|ntlm|sharedkey(?:lite)?|aws4-hmac-sha256)[ \t]{1,3}([^\s\"'\\]+)",
        ("authorization",),
        MatchOptions(group=1),
    ),
    (
        "Authorization Header",
        r"(?i)(?<![a-z])bearer(?:[ \t]{1,3}|%20)([\w.~+/=-]{16,})",
        ("bearer",),
        MatchOptions(group=1, accept=has_digits_and_letters),
    ),
]


class _Rules(NamedTuple):
    """Finders, and (literal, index of the finder that cannot match without it).

    Attributes:
        exact: literals with capitals.
        lower: literals that are looked for in the lower-case text.
    """

    finders: list[Finder]
    exact: list[tuple[str, int]]
    lower: list[tuple[str, int]]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """Made at first use: detect-secrets imports slowly."""
    table: list[tuple[Finder, tuple[str, ...]]] = []
    for module, name, literals, options in DETECT_SECRETS:
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
        table.append((partial(matches, list(plugin.denylist), plugin.secret_type, options), literals))
    for kind, pattern, literals, options in _OWN:
        table.append((partial(matches, [re.compile(pattern, re.ASCII)], kind, options), literals))
    table += [
        (private_keys, PRIVATE_KEY_LITERALS),
        (user_infos, USER_INFO_LITERALS),
        (environment_entries, ENVIRONMENT_LITERALS),
        (assignments, ASSIGNMENT_LITERALS),
    ]
    by_literal = [(literal, index) for index, (_, literals) in enumerate(table) for literal in literals]
    return _Rules(
        [finder for finder, _ in table],
        [(literal, index) for literal, index in by_literal if not literal.islower()],
        [(literal, index) for literal, index in by_literal if literal.islower()],
    )


def find_secrets(text: str) -> list[Span]:
    """All secrets in a text, in the order of the rules; ranges of different rules may overlap."""
    rules, lower = _rules(), text.lower()
    indices = {index for literal, index in rules.exact if literal in text}
    indices.update([index for literal, index in rules.lower if literal in lower])
    return [span for index in sorted(indices) for span in rules.finders[index](text)]
