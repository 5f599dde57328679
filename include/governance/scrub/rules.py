"""All rules, and which of them a text needs.

Every rule of ours and of detect-secrets names literals without which it cannot match; all of them are looked for first,
in one pass, so that text without a trace of a secret costs little. Kingfisher's rules, which are fast, see every text.
"""

import importlib
import re
from functools import lru_cache, partial
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from . import logins
from .assignments import ASSIGNMENT_LITERALS, ENVIRONMENT_LITERALS, assignments, environment_entries
from .encoded import ENCODED_LITERALS, encoded_parameters
from .named_pairs import PAIRS, named_pairs
from .own_expressions import OWN
from .sentences import SENTENCE_LITERALS, sentences
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
from .vendors import vendor_tokens


def _is_artifactory(value: str) -> bool:
    return len(value) >= 20 and has_both_cases(value)


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

_EVERYWHERE = (".", ":", "://")  # literals that most texts hold


class _Rules(NamedTuple):
    """Finders, and what a text must hold for each.

    Attributes:
        search: finds all literals at once, in lower case.
        by_literal: (literal, index of the finder that cannot match without it) of each literal of the search; one with
            capitals must stand in the text as it is.
        everywhere: the same for the literals that are looked for one by one.
    """

    finders: list[Finder]
    search: AhoCorasick
    by_literal: list[list[tuple[str, int]]]
    everywhere: list[tuple[str, int]]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """Made at first use: detect-secrets imports slowly."""
    table: list[tuple[Finder, tuple[str, ...]]] = []
    for module, name, literals, options in DETECT_SECRETS:
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
        table.append((partial(matches, list(plugin.denylist), plugin.secret_type, options), literals))
    for kind, pattern, literals, options in OWN:
        table.append((partial(matches, [re.compile(pattern, re.ASCII)], kind, options), literals))
    table += [
        (private_keys, PRIVATE_KEY_LITERALS),
        (user_infos, USER_INFO_LITERALS),
        (environment_entries, ENVIRONMENT_LITERALS),
        (logins.logins, logins.LOGIN_LITERALS),
        (logins.headers, logins.HEADER_LITERALS),
        (logins.netrc, logins.NETRC_LITERALS),
        (logins.wandb, logins.WANDB_LITERALS),
        (logins.kaggle, logins.KAGGLE_LITERALS),
        (logins.basic_credentials, logins.BASIC_LITERALS),
        (encoded_parameters, ENCODED_LITERALS),
        *((partial(named_pairs, regexes), literals) for literals, regexes in PAIRS),
        (sentences, SENTENCE_LITERALS),
        (assignments, ASSIGNMENT_LITERALS),
    ]
    needed = [(literal, index) for index, (_, literals) in enumerate(table) for literal in literals]
    searched: dict[str, list[tuple[str, int]]] = {}
    for literal, index in needed:
        if literal not in _EVERYWHERE:
            searched.setdefault(literal.lower(), []).append((literal, index))
    return _Rules(
        [finder for finder, _ in table],
        AhoCorasick(list(searched), implementation=Implementation.DFA),
        list(searched.values()),
        [(literal, index) for literal, index in needed if literal in _EVERYWHERE],
    )


def find_secrets(text: str) -> list[Span]:
    """All secrets in a text, in the order of the rules; ranges of different rules may overlap."""
    rules = _rules()
    lower = text.lower() if text.isascii() else text.lower().encode("utf-8", "replace").decode()
    held = {found[0] for found in rules.search.find_matches_as_indexes(lower, overlapping=True)}
    indices = {
        index
        for literals in map(rules.by_literal.__getitem__, held)
        for literal, index in literals
        if literal == literal.lower() or literal in text
    }
    indices.update(index for literal, index in rules.everywhere if literal in text)
    found = [span for index in sorted(indices) for span in rules.finders[index](text)]
    return [*found, *vendor_tokens(text)]
