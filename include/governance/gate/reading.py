"""Reads the subject of a judgement within a time limit."""

from __future__ import annotations

import queue
import threading
from typing import Any

from .. import sources
from ..config.connections import Lookup
from ..config.gate import Gate
from ..config.models import SourceSettings
from ..errors import ConfigurationError, SourceError
from ..sources import Subject, SubjectRead, Unread
from ..staging.folder import Folder
from ..staging.snapshot import Snapshot


def read_in_time(
    source: SourceSettings, subject: Subject, folder: Folder, lookup: Lookup, last: Snapshot | None, limits: Gate
) -> SubjectRead | Unread:
    """What the source says of the subject; why that is not known where it fails, or does not answer in time.

    Raises:
        ConfigurationError: of the source's settings.
    """
    settings = _in_haste(source, limits)
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        try:
            answers.put(sources.read_subject(settings, subject, folder, lookup, last))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put(error)

    # Not one of a pool: the interpreter would wait for it at its end
    threading.Thread(target=read, daemon=True, name="gate-read").start()
    what = f"{subject.model} version {subject.version}"
    try:
        answer = answers.get(timeout=limits.seconds)
    except queue.Empty:
        reason = f"{source.name} has not answered within {limits.seconds:g} s."
        return Unread(what, reason, "Check the source, or raise gate.seconds in governance.yaml.")
    if isinstance(answer, SourceError) and not isinstance(answer, ConfigurationError):
        return Unread(what, answer.message, answer.remedy)
    if isinstance(answer, Exception):
        raise answer
    read_now: SubjectRead = answer
    return read_now


def _in_haste(source: SourceSettings, limits: Gate) -> SourceSettings:
    """The settings with no more tries than the gate's, and no longer timeout than its time limit."""
    known = source.model_dump(include={"attempts", "timeout_seconds"})
    most = {"attempts": limits.attempts, "timeout_seconds": limits.seconds}
    return source.model_copy(update={name: min(value, most[name]) for name, value in known.items()})
