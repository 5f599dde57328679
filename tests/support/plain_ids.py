"""Test ids are plain text: `pytest -n` compares them between its processes, and people copy them into a shell.

An id that is made of a parameter's content holds what the content holds: the time of day, an address, bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

LONGEST = 119
_LONGEST_PART = 24
_PLAIN = re.compile(r"[ -\[\]-~]+")  # printable ASCII without the backslash of an escaped character
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def pytest_make_parametrize_id(val: Any, argname: str) -> str | None:
    """Of a long or odd text its first plain characters, of bytes the parameter's name; pytest numbers what is equal."""
    if isinstance(val, bytes):
        return argname
    if not isinstance(val, str) or (len(val) <= _LONGEST_PART and _PLAIN.fullmatch(val)):
        return None
    return re.sub(r"[^A-Za-z0-9._]+", "-", val[: 2 * _LONGEST_PART])[:_LONGEST_PART].strip("-") or argname


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Raises UsageError for ids that are not plain, short text, naming them."""
    if not hasattr(config, "workerinput"):  # what a worker of pytest-xdist raises here is not shown
        _check([item.nodeid for item in items])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(ids: list[str]) -> None:
    """The same, in the process that has the terminal."""
    _check(ids)


def _check(nodeids: Sequence[str]) -> None:
    bad = [nodeid for nodeid in nodeids if not is_plain(nodeid)]
    if bad:
        raise pytest.UsageError(
            f"{len(bad)} test ids are not plain ASCII text of at most {LONGEST} characters: give the parameters ids.\n"
            + "\n".join(ascii(nodeid) for nodeid in bad)
        )


def is_plain(nodeid: str) -> bool:
    return len(nodeid) <= LONGEST and bool(_PLAIN.fullmatch(nodeid)) and not _ADDRESS.search(nodeid)
