"""What `make test` tries a sample of, and `make test-heavy` in full: parameters that cost much, and random examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

T = TypeVar("T", bound=Callable[..., Any])

_IS_THOROUGH = bool(os.environ.get("THOROUGH"))


def sampled(values: Iterable[Any], *sample: Any) -> list[Any]:
    """The values as parameters of a test, tuples for several; those that are not of the sample are heavy."""
    return [
        value if value in sample else _heavy(*(value if isinstance(value, tuple) else (value,))) for value in values
    ]


def _heavy(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.heavy)


def examples(few: int, many: int) -> Callable[[T], T]:
    """A property whose examples take long: few of them, many where THOROUGH is set."""

    def decorate(test: T) -> T:
        limits = settings(
            max_examples=many if _IS_THOROUGH else few,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )
        marked: T = pytest.mark.property(limits(test))
        return marked

    return decorate
