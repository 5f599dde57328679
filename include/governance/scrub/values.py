"""Secrets by value: matches of vendors' token formats, private keys, user information in addresses."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from .placeholders import is_placeholder
from .spans import MARK, Span

PRIVATE_KEY_LITERALS = ("private key", "putty-user-key")
USER_INFO_LITERALS = ("://",)

_ESCAPED_BREAKS = ("\\n", "\\r", "\\t")  # a line break inside JSON: the letter is no part of the word
_rest_of_word = re.compile(r"[A-Za-z0-9_-]*").match
_no_long_blanks = re.compile(r"(?:[^ ]++| {1,7}(?! ))++")

_begin_key = re.compile(r"(?:-{2,5} ?)?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY|PuTTY-User-Key-File-\d")
_end_key = re.compile(r"END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?(?: ?-{2,5})?|Private-MAC: ?[0-9a-f]*")

_userinfo = re.compile(r"""://(?:([^\s/?#"'<>@:]*:([^\s/?"'<>]*))|([A-Za-z0-9_]{20,}))@(?!sha256:)""")
_STORAGE_SCHEMES = ("abfs", "abfss", "wasb", "wasbs", "adl", "az", "s3", "s3a", "gs")  # `x@`: a container or a bucket
_REGISTRY_SCHEMES = ("models", "runs", "dbfs", "databricks", "mlflow-artifacts")
_not_scheme = re.compile(r"[^a-z0-9-]")


class MatchOptions(NamedTuple):
    """How the matches of an expression are read.

    Attributes:
        group: the group that is the secret; 0 for the whole match.
        whole_word: a match within a longer word does not count.
        to_word_end: the expression cuts a word off; the rest of it belongs to the secret.
        accept: whether the matched text can be a secret at all.
    """

    group: int = 0
    whole_word: bool = False
    to_word_end: bool = False
    accept: Callable[[str], bool] | None = None


def matches(regexes: Sequence[re.Pattern[str]], kind: str, options: MatchOptions, text: str) -> Iterator[Span]:
    """The secrets of one kind in a text."""
    for regex, area in product(regexes, _areas(text)):
        done = 0
        for match in regex.finditer(text, *area):
            start, end = _range(match, options.group)
            if start < done or not _is_secret(text, start, end, options):
                continue
            if options.to_word_end and (rest := _rest_of_word(text, end)):
                done = end = rest.end()
            yield Span(start, end, kind)


def _areas(text: str) -> list[tuple[int, int]]:
    """The text without long runs of blanks: detect-secrets' assignments need cubic time in them (` *` thrice)."""
    if " " * 8 in text:
        return [area.span() for area in _no_long_blanks.finditer(text)]
    return [(0, len(text))]


def _range(match: re.Match[str], group: int) -> tuple[int, int]:
    start, end = match.span(min(group, match.re.groups))
    if group:
        return start, end
    # Artifactory's expressions match a delimiter on either side
    leading = len(match[0]) - len(match[0].lstrip(' \t\r\n=:"'))
    trailing = len(match[0]) - len(match[0].rstrip(' \t\r\n"'))
    return start + leading, end - trailing


def _is_secret(text: str, start: int, end: int, options: MatchOptions) -> bool:
    if (options.whole_word and _is_within_word(text, start, end)) or text.startswith(MARK, start):
        return False
    value = text[start:end]
    return (options.accept is None or options.accept(value)) and not is_placeholder(value)


def _is_within_word(text: str, start: int, end: int) -> bool:
    return begins_within_word(text, start) or text[end : end + 1].isalnum()


def begins_within_word(text: str, start: int) -> bool:
    """Whether the word there began before; the letter of an escaped line break is no part of it."""
    return text[start - 1 : start].isalnum() and text[start - 2 : start] not in _ESCAPED_BREAKS


def private_keys(text: str) -> Iterator[Span]:
    """The block as a whole; without an end (a value that its source cut) up to the next quote, or all that follows."""
    done, is_cut = 0, False
    for begin in _begin_key.finditer(text):
        if begin.start() < done:
            continue
        end = None if is_cut else _end_key.search(text, begin.end())
        is_cut = end is None
        done = end.end() if end else _next_quote(text, begin.end())
        yield Span(begin.start(), done, "Private Key")


def _next_quote(text: str, start: int) -> int:
    quote = text.find('"', start)
    return quote if quote >= 0 else len(text)


def user_infos(text: str) -> Iterator[Span]:
    """`user:password` or a token between `://` and `@` of an address."""
    for match in _userinfo.finditer(text):
        scheme = _not_scheme.split(text[max(0, match.start() - 20) : match.start()].lower())[-1]
        if scheme in _REGISTRY_SCHEMES and text.startswith("databricks", match.end()):
            continue  # MLflow names a registry by a secret scope and a prefix before `@databricks`
        if _is_credential(match, scheme):
            yield Span(*match.span(1 if match[1] else 3), "Basic Auth Credentials")


def _is_credential(match: re.Match[str], scheme: str) -> bool:
    login, password, token = match.groups()
    if token:
        return has_digits_and_letters(token) and scheme not in _STORAGE_SCHEMES
    if password:
        return password.isdigit() or not is_placeholder(password)
    return len(login) >= 20


def has_digits_and_letters(value: str) -> bool:
    """Whether a value has both."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def has_both_cases(value: str) -> bool:
    """Whether a value has digits and letters of both cases."""
    return has_digits_and_letters(value) and value.lower() != value != value.upper()
