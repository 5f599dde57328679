"""Secrets by name inside of text: `name=value`, `--name value`, `"name": "value"` and entries of environment lists."""

import re
import string
from collections.abc import Iterator
from typing import NamedTuple

from .names import QUERY_WORDS, STRONG_WORDS, is_working_directory, kind_by_name, last_word, secret_word
from .placeholders import is_placeholder
from .positions import positions
from .spans import MARK, Span

# No assignment or environment entry is found in a text without one of these, in lower case.
ASSIGNMENT_LITERALS = (
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "sig=",
    "signature",
    "conn",
    "code=",
    "sasurl",
)
ENVIRONMENT_LITERALS = ("value",)

_LONGEST_NAME = 121
_JUDGED = 400  # characters of a value without quotes; it may hold further names, whose values end where it ends
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_name_at_end = re.compile(r"[\w.\-]++\Z")
_start = re.compile(r"(?:(?<![\w.\\])|(?<=\\[nrt])|(?<=\\u0026))[A-Za-z_]")
_assigned = re.compile(
    r"""(?:(?<![\w.\\])|(?<=\\[nrt])|(?<=\\u0026))(?P<name>[A-Za-z_][\w.\-]{0,120}+)(?P<quote>\\{0,4}["'])?(?P<subscript>\])?
        [ \t]{0,3}(?P<sign>=>|:=|==?|:(?!//))[ \t]{0,3}
    | (?<=--)(?P<option>[A-Za-z][\w\-]{0,80}+)(?:["'],[ \t]{0,3}["']|[ \t]{1,3})(?=[^\s\-"'])""",
    re.VERBOSE,
)
_env_entry = re.compile(  # {"name": "DB_PASSWORD", "value": "..."}, the form of environment lists and of REST bodies
    r"""["'](?:name|key)\\{0,4}["']\s{0,9}:\s{0,9}\\{0,4}["'](?P<name>[\w.\-]{1,80}+)\\{0,4}["']\s{0,9},\s{0,40}
    \\{0,4}["']value\\{0,4}["']\s{0,9}:\s{0,9}(?=\\{0,4}["'])""",
    re.VERBOSE,
)
_quoted = re.compile(r"""(\\{1,4}["'])((?:[^"'\\\n]++|\\(?!\\*["']))*+)|(["'])((?:(?!\3)[^\\\n]|\\.)*+)""")
_bare = re.compile(
    r"""\{[^{}\n]{1,200}\}|(?:[^\s"'`;&,\\]|\\(?!u0026|\\{0,3}[nrt](?:[\w.-]{1,60}+[=:]|["'\\\s#-]|\Z))|[&,](?!\s|amp;|[\w.-]{1,60}+=|\Z))++"""
)
_code = re.compile(r"(?:self|args|cfg|config|settings)\.[\w.]+\Z|[A-Z]+(?:_[A-Z]+)+\Z").match  # api_key=OPENAI_API_KEY
_dotted = re.compile(r"~?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z").match  # the path of a class
_rest_of_line = re.compile(r"""[ \t]*+[,}]?[ \t\r]*+(?:\n|\Z|\\{1,8}(?:[nrt]|["'])|["'](?=[\s,}\]]|\Z))""")
_digit = re.compile(r"\d").search
_line_break = re.compile(r"\n|\\{1,8}[nrt]")


class _Value(NamedTuple):
    start: int
    end: int
    text: str
    is_quoted: bool


def assignments(text: str) -> Iterator[Span]:
    """Values that are assigned to the name of a secret."""
    done = 0
    for match in _matches(text):
        if match.start() < done:
            continue
        word = _word(text, match)
        value = _value_at(text, match.end()) if word else None
        if word and value and _is_secret(text, match, word, value):
            done = _whole_end(text, value)
            yield Span(value.start, done, f"named {word}")


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Assignments to names in which a word of a secret stands: looking for the words first is much faster."""
    done = 0
    for at in positions(text, ASSIGNMENT_LITERALS):
        if at < done:
            continue
        begun = max(done, at - _LONGEST_NAME)
        begun += len(_without_name(text[begun:at]))
        starts = (start.start() for start in _start.finditer(text, begun, at + 1))
        match = next((found for start in starts if (found := _assigned.match(text, start))), None)
        done = match.end() if match else at + 1
        if match:
            yield match


def _without_name(text: str) -> str:
    return text.rstrip(_NAME_CHARACTERS) if text.isascii() else _name_at_end.sub("", text)


def environment_entries(text: str) -> Iterator[Span]:
    """Values of `{"name": ..., "value": ...}` whose name is that of a secret."""
    for match in _env_entry.finditer(text):
        value = _value_at(text, match.end())
        kind = kind_by_name(match["name"], value.text) if value else None
        if value and kind and not text.startswith(MARK, value.start):
            yield Span(value.start, value.end, kind)


def _value_at(text: str, start: int) -> _Value | None:
    if quoted := _quoted.match(text, start):
        group = 2 if quoted[1] else 4
        return _Value(*quoted.span(group), quoted[group], is_quoted=True)
    if bare := _bare.match(text, start, start + _JUDGED):
        return _Value(*bare.span(), bare[0], is_quoted=False)
    return None


def _whole_end(text: str, value: _Value) -> int:
    rest = None if value.is_quoted or value.end - value.start < _JUDGED else _bare.match(text, value.start)
    return rest.end() if rest else value.end


def _word(text: str, match: re.Match[str]) -> str | None:
    """The word that makes the assigned name that of a secret, or None. In a query string more words do."""
    if match["sign"] == "==":
        return None
    name = match["name"] or match["option"]
    if word := secret_word(name):
        return word
    last = last_word(name)
    return last if last in QUERY_WORDS and (name == "sig" or _is_query_parameter(text, match)) else None


def _is_query_parameter(text: str, match: re.Match[str]) -> bool:
    start = match.start()
    return match["sign"] == "=" and text.endswith(("?", "&", "&amp;", "\\u0026"), 0, start)


def _is_secret(text: str, match: re.Match[str], word: str, value: _Value) -> bool:
    if match["subscript"] and not value.is_quoted:
        return False
    if not value.text or text.startswith(MARK, value.start) or _is_prose_or_number(text, match, value):
        return False
    if value.text.startswith("${") and is_placeholder(value.text):
        return False
    bare = value.text if value.is_quoted else value.text.rstrip(")]},.") or value.text
    if not value.is_quoted and (bare == (match["name"] or match["option"]) or _code(bare)):
        return False
    return not _is_known_harmless(match, word, bare) and _is_credential(word, bare, _is_query_parameter(text, match))


def _is_prose_or_number(text: str, match: re.Match[str], value: _Value) -> bool:
    """A number in JSON, or a sentence such as "password: at least 8 letters"."""
    if value.is_quoted or match["sign"] not in (":", ":="):
        return False
    if match["quote"] is not None:
        return True
    return not _is_yaml_line(text, match.start(), value.end) and not _is_no_word(value.text.rstrip(")]},."))


def _is_no_word(value: str) -> bool:
    """Whether a value in the middle of a line is a secret rather than the next word."""
    return len(value) >= 8 and _digit(value) is not None and any(map(str.isalpha, value)) and not _dotted(value)


def _is_yaml_line(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 40) : start]
    lines = _line_break.split(before)
    first = not lines[-1].strip(" \t-") and (len(lines) > 1 or start <= 40)
    return first and _rest_of_line.match(text, end) is not None


def _is_known_harmless(match: re.Match[str], word: str, value: str) -> bool:
    if is_working_directory(word, value):
        return True
    is_pin = value.isdigit() and len(value) > 3 and match["sign"] == "=" and word.startswith(("passw", "pwd"))
    return is_placeholder(value) and not is_pin


def _is_credential(word: str, value: str, in_query: bool) -> bool:
    """Whether a value looks like a credential, as far as its name leaves that open."""
    if word in ("code", "key", "sig") and len(value) < 20 and not (in_query and word == "sig"):
        return False
    if word in STRONG_WORDS or (in_query and word not in ("code", "key", "auth")):
        return True
    return len(value) >= 8 and any(map(str.isdigit, value)) and not any(map(str.isspace, value))
