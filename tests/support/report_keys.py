"""The keys of a report.json, without its values: what programs that read reports rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KeyLists = dict[str, list[list[str]]]

# Keys of these objects are data: names of sources, types, columns, attributes
_MAPS: tuple[str, ...] = ("evidence", "counts", "held_back", "older_agent_versions", "secrets_removed", "acknowledged")
_MAPS += ("omitted_counts", "add_references", "remove_references", "connections")
_RECORDED = Path(__file__).parents[1] / "unit" / "reports" / "report_keys.json"


def recorded() -> KeyLists:
    """The keys of the reports of version 0.1, of full runs over MLflow, Azure ML and Foundry."""
    keys: KeyLists = json.loads(_RECORDED.read_text(encoding="utf-8"))
    return keys


def key_lists(document: dict[str, Any]) -> KeyLists:
    """Path of an object -> its keys in their order, as often as they differ: {"findings[].items[]": [[...]]}."""
    lists: KeyLists = {}
    for path, keys in _objects(document, ""):
        known = lists.setdefault(path, [])
        if keys not in known:
            known.append(keys)
    return {path: sorted(lists[path]) for path in sorted(lists)}


def assert_known(document: dict[str, Any]) -> None:
    """Every object has the recorded keys of its place in their order, whatever joined them."""
    found = key_lists(document)
    for path, lists in recorded().items():
        known = {key for one in lists for key in one}
        for keys in found.get(path, ()):
            assert [key for key in keys if key in known] in lists, f"{path or 'the report'}: {keys}"


def _objects(value: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, f"{path}[]")
    elif isinstance(value, dict):
        yield path, list(value)
        for name, item in value.items():
            if name not in _MAPS:
                yield from _objects(item, f"{path}.{name}".lstrip("."))
