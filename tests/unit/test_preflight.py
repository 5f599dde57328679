"""What `check` says of the staging folder: one sentence that names the setting, whatever its store does."""

from __future__ import annotations

from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from include.governance.errors import ConfigurationError
from include.governance.preflight import _staging


class _Refusing(MemoryFileSystem):  # type: ignore[misc]
    """A store whose driver raises an error of its own for all that is asked of it."""

    protocol = "refusing"
    store: ClassVar[dict[str, Any]] = {}

    def open(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("403 Forbidden for password=hunter2-hunter2\nbody of the answer")

    def exists(self, *_: Any, **__: Any) -> bool:
        raise RuntimeError("asked once more")


fsspec.register_implementation("refusing", _Refusing, clobber=True)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s4://bucket/staging", "state.staging: a folder at s4:// cannot be opened (Protocol not known: s4"),
        ("refusing://staging", "state.staging: it cannot be written and read (RuntimeError: 403 Forbidden"),
    ],
    ids=["no such kind of store", "an error of the driver"],
)
def test_a_store_that_cannot_be_used_is_told_in_one_sentence(address: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _staging(address)
    assert refused.value.message.startswith(words)
    assert refused.value.remedy and "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value) and "asked once more" not in str(refused.value)


def test_of_a_store_that_works_nothing_is_left_behind() -> None:
    assert _staging("memory://preflight") == "memory://preflight can be written and read"
    assert not fsspec.filesystem("memory").find("/preflight")
