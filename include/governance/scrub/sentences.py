"""Secrets in sentences: "the password is ...", "use the token ...". Only what no word, number or name looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .placeholders import is_placeholder
from .positions import positions
from .spans import MARK, Span

SENTENCE_LITERALS = (
    *("password", "passphrase", "passwd", "passcode", "pwd", "pw", "secret", "token", "key"),
    *("passwort", "kennwort", "mot de passe", "contraseña", "senha", "wachtwoord", "hasło", "пароль"),
)
_word = re.compile("(?i:" + "|".join(SENTENCE_LITERALS) + ")")
_before_key = re.compile(
    r"(?i)(?:api|access|account|subscription|storage|secret|admin|auth|fernet|encryption|signing|master)[ _-]?\Z"
)
_LONGEST_BEFORE = 13

_VALUE = r"""(?P<quote>\\{0,4}["'`])?(?P<value>[^\s"'`\\,;&<>{}()\[\]]{6,400})"""
_FOR = r"(?:[ ]{1,2}(?:for|of|to)[ ](?:the[ ])?[\w.-]{1,40})?"
_stated = re.compile(rf"(?i:{_FOR}(?:[ \xa0]{{1,2}}(?:is|was|ist|:)|:))[ \xa0]{{0,2}}{_VALUE}")
_bare = re.compile(r"""[ ]{1,2}["'`]?(?P<value>[A-Za-z0-9_-]{30,400})(?![\w/.-])""")
_is_reference = re.compile(
    r"(?i)(?:[a-z][a-z0-9+.-]*:)?/|[\w.-]+\.(?:json|ya?ml|txt|env|key|pem|py|md|com|net|org)\Z"
).match
_is_name_or_time = re.compile(r"[a-z]+[_-][a-z_-]*\d{1,4}\Z|\d[\d.:-]*[a-z]{1,2}\Z").match


def sentences(text: str) -> Iterator[Span]:
    """Secrets that a sentence states."""
    for at in positions(text, SENTENCE_LITERALS):
        word = _word.match(text, at)
        if word is None or not _begins_word(text, at, is_key=word[0].lower() == "key"):
            continue
        if stated := _stated.match(text, word.end()):
            value = stated["value"].rstrip(".:")
            if _is_stated(word[0].lower(), value):
                yield Span(stated.start("value"), stated.start("value") + len(value), f"stated {word[0].lower()}")
        elif (bare := _bare.match(text, word.end())) and _is_random(bare["value"]):
            yield Span(*bare.span("value"), f"stated {word[0].lower()}")


def _begins_word(text: str, at: int, *, is_key: bool) -> bool:
    """A key is a secret only as the key of something."""
    if is_key:
        before = _before_key.search(text, max(0, at - _LONGEST_BEFORE), at)
        if before is None:
            return False
        at = before.start()
    return not (text[at - 1 : at].isalnum() or text[at - 1 : at] in ("_", ".", "-"))


def _is_stated(word: str, value: str) -> bool:
    if value.startswith(MARK[:7]) or is_placeholder(value) or _is_reference(value):
        return False
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if word in ("token", "secret", "key"):
        return len(value) >= 16 and digits >= 2 and letters >= 2
    return len(value) >= 8 and digits >= 1 and letters >= 2 and not _is_name_or_time(value)


def _is_random(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 3 and value.lower() != value != value.upper()
