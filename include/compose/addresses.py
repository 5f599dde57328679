"""Addresses with passwords in them, whatever those hold.

Compose puts a value into an address as it is, so that `@`, `/` or `#` in a password break it. Here a variable
ADDRESS_<NAME> holds the address with the names of other variables in braces, and becomes <NAME> with their values
percent-encoded: ADDRESS_STATE=postgresql://ana:{PASSWORD}@host/db becomes STATE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_PREFIX = "ADDRESS_"
_NAME = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


def filled(environment: Mapping[str, str]) -> dict[str, str]:
    """The addresses that those variables describe, by the names that they are to have.

    Raises:
        ValueError: a variable that an address names is missing or empty; the sentence names both.
    """
    described = {name: text for name, text in environment.items() if name.startswith(_PREFIX)}
    return {name.removeprefix(_PREFIX): _filled(environment, name, text) for name, text in described.items()}


def _filled(environment: Mapping[str, str], address: str, text: str) -> str:
    return _NAME.sub(lambda match: _value(environment, match.group(1), address), text)


def _value(environment: Mapping[str, str], name: str, address: str) -> str:
    value = environment.get(name)
    if not value:
        raise ValueError(f"{address} names {name}, which is not set: set it in .env (python3 -m include.compose env).")
    return quote(value, safe="")
