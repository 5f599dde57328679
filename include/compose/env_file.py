"""The file .env: a copy of .env.example with random secrets in the place of what is empty."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

_LINE = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")
_BYTES = 32


def _token() -> str:
    return secrets.token_urlsafe(_BYTES)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()


_GENERATED: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": _token,
    "AIRFLOW_DB_PASSWORD": _token,
    "GOVERNANCE_DB_PASSWORD": _token,
    "MLFLOW_DB_PASSWORD": _token,
    "REDIS_PASSWORD": _token,
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_JWT_SECRET": _token,
    "AIRFLOW_SECRET_KEY": _token,
    "AIRFLOW_ADMIN_PASSWORD": _token,
    "MLFLOW_ADMIN_PASSWORD": _token,
    "MLFLOW_SECRET_KEY": _token,
    "ATLAS_PASSWORD": _token,
}


def _atlas_hash(values: Mapping[str, str]) -> str:
    """As Atlas keeps a password in users-credentials.properties: SHA-256 in hex, without salt."""
    return hashlib.sha256(values["ATLAS_PASSWORD"].encode()).hexdigest()


# Made anew from the others at every call
_DERIVED: dict[str, Callable[[Mapping[str, str]], str]] = {"ATLAS_PASSWORD_SHA256": _atlas_hash}


def fill(target: Path, example: Path) -> list[str]:
    """Writes `target`: the lines of `example`, with what `target` says already, then with secrets that it lacks.

    Nothing that is set changes, but for values that follow from others.

    Returns:
        Names of the variables that were set or derived anew.

    Raises:
        ValueError: a line of `target` cannot be read; the sentence names it and no value.
    """
    lines = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
    present = {match.group(1) for line in lines if (match := _LINE.match(line))}
    new = [line for line in example.read_text(encoding="utf-8").splitlines() if _name(line) not in present]
    lines = [*lines, *(new if not lines else [line for line in new if _name(line)])]
    values = _values(lines, target)
    wanted = {name: make() for name, make in _GENERATED.items() if name in values and not values[name]}
    values |= wanted
    derived = {name: make(values) for name, make in _DERIVED.items() if name in values}
    wanted |= {name: value for name, value in derived.items() if values[name] != value}
    filled = [f"{_name(line)}={wanted[_name(line)]}" if _name(line) in wanted else line for line in lines]
    _write(target, "".join(f"{line}\n" for line in filled))
    return sorted(wanted)


def _name(line: str) -> str:
    match = _LINE.match(line)
    return match.group(1) if match else ""


def _values(lines: list[str], file: Path) -> dict[str, str]:
    """By name. The same as compose reads: plain, or in single quotes, where nothing is replaced."""
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line)
        if not match:
            if line.strip() and not line.lstrip().startswith("#"):
                raise ValueError(f"{file}, line {number}: write NAME=value.")
            continue
        name, text = match.groups()
        values[name] = _plain(text.strip(), f"{file}, line {number}: {name}")
    return values


def _plain(text: str, where: str) -> str:
    if text.startswith("'"):
        if len(text) < 2 or not text.endswith("'") or "'" in text[1:-1]:
            raise ValueError(f"{where}: the single quotes do not close, or hold one.")
        return text[1:-1]
    if any(char in text for char in "\"'$#\\ \t"):
        raise ValueError(f"{where}: put it in single quotes, so that compose takes it as it is.")
    return text


def _write(file: Path, text: str) -> None:
    """For its owner only, and never half of it."""
    draft = file.with_name(f"{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(file)
