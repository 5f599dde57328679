"""Secrets by where they stand: in commands that log in, request headers, netrc, docker's and Kaggle's files.

What the options of a command mean is a table. An option is looked for first, and its command in front of it afterwards,
within a bounded distance: each search is linear in the text.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple

from .names import kind_by_name
from .placeholders import is_placeholder
from .spans import MARK, Span

_REACH = 400  # characters of a command in front of an option
_Q = r"""(?:\\{0,4}["'])"""
_VALUE = rf"""{_Q}?([^\s"'\\;|&]{{3,400}})"""
_GAP = r"(?:\s|\\{1,4}[nrt])"


class _Login(NamedTuple):
    """Commands, and how an option of theirs states a secret; group 1 of the expression is the secret."""

    commands: tuple[str, ...]
    option: re.Pattern[str]


def _login(commands: tuple[str, ...], option: str) -> _Login:
    return _Login(commands, re.compile(r"(?<![\w-])" + option, re.ASCII))


_USER = r"""[^\s"':;|&\\]{0,120}:"""
LOGINS = [
    _login(("curl",), rf"""(?:-u|-U|--user|--proxy-user)[ \t=]{{0,3}}{_Q}?{_USER}([^\s"'\\]{{1,400}})"""),
    _login(("curl",), rf"""(?:-b|--cookie)[ \t=]{{0,3}}{_Q}?[\w.-]{{1,80}}=([^\s"'\\]{{8,400}})"""),
    _login(("http ", "https ", "httpie"), rf"""(?:-a|--auth)[ \t=]{{0,3}}{_Q}?{_USER}([^\s"'\\]{{1,400}})"""),
    _login(("mysql", "mariadb"), rf"""-p{_VALUE}"""),
    _login(
        ("sshpass", "docker login", "podman login", "registry login", "az login", "acr login", "oc login"),
        rf"""-p[ \t=]{{0,3}}{_VALUE}""",
    ),
    _login(("redis-cli",), rf"""-a[ \t]{{0,3}}{_VALUE}"""),
    _login(("ldapsearch", "ldapadd", "ldapmodify"), rf"""-w[ \t]{{0,3}}{_VALUE}"""),
]
LOGIN_LITERALS = tuple(command for login in LOGINS for command in login.commands)

_header = re.compile(
    rf"""(?<![\w-])(?:-H|--header)[ \t=]{{0,3}}{_Q}?(?P<name>[A-Za-z][\w-]{{1,60}}):[ \t]{{0,3}}"""
    r"""(?P<value>[^\n"'\\]{3,400})"""
)
HEADER_LITERALS = ("-h", "--header")
_HEADERS = {"cookie", "x-functions-key", "aeg-sas-key", "x-ms-authorization-auxiliary", "proxy-authorization"}

_netrc = re.compile(
    rf"""(?<![\w-])(?:machine{_GAP}{{1,9}}[^\s\\]{{1,200}}|default){_GAP}{{1,20}}login{_GAP}{{1,9}}[^\s\\]{{1,200}}{_GAP}{{1,20}}
    password{_GAP}{{1,9}}([^\s\\"']{{3,400}})""",
    re.VERBOSE,
)
NETRC_LITERALS = ("password",)

_wandb = re.compile(
    r"""(?<![\w-])wandb(?:[ \t]{1,3}login\b[^\n|;&]{0,120}?[ \t=]|\.login\([^)\n]{0,120}?["'])"""
    r"((?:local-|wandb_v1_)?[0-9A-Za-z]{40,100})(?![\w-])"
)
WANDB_LITERALS = ("wandb",)

_KEY = rf"""{_Q}key{_Q}\s{{0,9}}:\s{{0,9}}{_Q}([0-9a-f]{{32}}){_Q}"""
_NAMED = rf"""{_Q}username{_Q}\s{{0,9}}:\s{{0,9}}{_Q}[^"'\\]{{0,99}}{_Q}"""
_kaggle = re.compile(rf"""{_NAMED}\s{{0,9}},\s{{0,9}}{_KEY}|{_KEY}\s{{0,9}},\s{{0,9}}{_NAMED}""")
KAGGLE_LITERALS = ("username",)

_basic = re.compile(
    rf"""(?i:(?<![a-z])basic(?:[ \t]{{1,3}}|%20)|{_Q}auth{_Q}\s{{0,9}}:\s{{0,9}}{_Q})"""
    r"""([A-Za-z0-9+/_-]{6,2000}={0,2})"""
)
BASIC_LITERALS = ("basic", 'auth"', "auth\\", "auth'")


def logins(text: str) -> Iterator[Span]:
    """Passwords that are an option of a command: `curl -u name:password`."""
    for commands, option in LOGINS:
        if not any(command in text for command in commands):
            continue
        for match in option.finditer(text):
            if _is_secret(match[1]) and _command_before(text, match.start(), commands):
                yield Span(*match.span(1), "Password of a Command")


def _command_before(text: str, start: int, commands: tuple[str, ...]) -> bool:
    first = max(0, start - _REACH)
    first = max(first, *(text.rfind(sign, first, start) for sign in ("|", ";", "&&")))
    return any(text.find(command, max(0, first), start) >= 0 for command in commands)


def _is_secret(value: str) -> bool:
    return not value.startswith((MARK, "[secret", "$", "<", "{")) and not is_placeholder(value)


def headers(text: str) -> Iterator[Span]:
    """`-H 'x-api-key: VALUE'`."""
    for match in _header.finditer(text):
        name, value = match["name"], match["value"].rstrip()
        quoted = text[match.start("name") - 1 : match.start("name")] in ('"', "'")
        value = value if quoted else value.split()[0]
        kind = "Request Header" if name.lower() in _HEADERS else kind_by_name(name, value)
        scheme = re.match(r"(?i)(?:bearer|basic|token)\s+", value)
        start = match.start("value") + (scheme.end() if scheme else 0)
        if kind and _is_secret(text[start : match.start("value") + len(value)]):
            yield Span(start, match.start("value") + len(value), kind)


def netrc(text: str) -> Iterator[Span]:
    """`machine HOST login NAME password VALUE`, on one line or on several."""
    return _first_group(_netrc, "netrc Password", text)


def wandb(text: str) -> Iterator[Span]:
    """`wandb login KEY` and `wandb.login(key="KEY")`."""
    return _first_group(_wandb, "Weights & Biases Key", text)


def kaggle(text: str) -> Iterator[Span]:
    """The key beside a user's name in kaggle.json."""
    return _first_group(_kaggle, "Kaggle Key", text)


def _first_group(regex: re.Pattern[str], kind: str, text: str) -> Iterator[Span]:
    for match in regex.finditer(text):
        group = match.lastindex or 1
        if _is_secret(match[group]):
            yield Span(*match.span(group), kind)


def basic_credentials(text: str) -> Iterator[Span]:
    """`Basic BASE64` and docker's `"auth": "BASE64"`: only what decodes to a name and a password."""
    for match in _basic.finditer(text):
        if _is_name_and_password(match[1]):
            yield Span(*match.span(1), "Basic Auth Credentials")


def _is_name_and_password(value: str) -> bool:
    body = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return False
    return b":" in decoded and decoded.isascii() and decoded.decode("ascii").isprintable()
