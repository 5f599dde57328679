"""Of the attempts to read one source, the one begun last counts, whatever the others still do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.governance.errors import GovernanceError
from include.governance.staging.attempts import ReadAttempt, finished
from include.governance.staging.folder import Folder


class Interrupted(Folder):
    """A folder whose user loses the processor right after it has read a document."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def read_json(self, name: str) -> Any:
        document = super().read_json(name)
        self.meanwhile()
        return document


def test_one_that_is_overtaken_while_it_finishes_does_not_count(tmp_path: Path) -> None:
    folder = Interrupted(str(tmp_path))
    late = ReadAttempt(folder)
    won: list[ReadAttempt] = []

    def overtake() -> None:
        with ReadAttempt(Folder(str(tmp_path))) as attempt:
            won.append(attempt)

    folder.meanwhile = overtake
    late.finish()
    assert finished(Folder(str(tmp_path))).path == won[0].folder.path


def test_one_that_is_overtaken_before_it_finishes_says_so(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    late = ReadAttempt(folder)
    with ReadAttempt(folder) as won:
        pass
    with pytest.raises(GovernanceError, match="has begun since; its result counts"):
        late.finish()
    assert finished(folder).path == won.folder.path


def test_while_the_last_has_not_finished_the_one_before_it_counts(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    with ReadAttempt(folder) as first:
        pass
    ReadAttempt(folder)
    assert finished(folder).path == first.folder.path
