"""What something should be against what it is: attributes, references, classifications."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

References = Mapping[str, list[list[str]]]  # attribute -> list of [type, qualified name]
Same = Callable[[str, Any, Any], bool]


def is_same(expected: Any, held: Any) -> bool:
    """Whether two values are equal. 0 and false are no value: a catalog shows them where nothing was stated."""
    return bool((expected or None) == (held or None))


def _is_same(_name: str, expected: Any, held: Any) -> bool:
    return is_same(expected, held)


def differing(expected: Mapping[str, Any], held: Mapping[str, Any], same: Same = _is_same) -> list[str]:
    """Names of the attributes that differ, sorted. same: is given a name and both values, None where there is none."""
    return [name for name in sorted({*expected, *held}) if not same(name, expected.get(name), held.get(name))]


def references_added(expected: References, held: References) -> dict[str, list[list[str]]]:
    """Of the expected references those that are not held; with the arguments swapped, those to be removed."""
    added = {
        name: [target for target in targets if target not in held.get(name, [])]
        for name, targets in sorted(expected.items())
    }
    return {name: targets for name, targets in added.items() if targets}


def classifications_added(expected: Mapping[str, Any], held: Collection[str]) -> dict[str, Any]:
    """Of the expected classifications those that are not held; with the arguments swapped, those to be removed."""
    return {name: values for name, values in sorted(expected.items()) if name not in held}
