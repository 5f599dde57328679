"""The errors of every stage. Each names what happened, what to do about it, and how a sync goes on.

The classes spell the policy:

- `ConfigurationError`: stop; a person corrects file and key.
- `RetriableError`: a later attempt may succeed; Airflow retries the task.
- `SkippableError`: what is missing is no fault; go on without it.
- every other `GovernanceError`: fatal; sending the same request again changes nothing.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Self


class ExitCode(IntEnum):
    """How a sync or a command ended; `meaning` says it.

    An error that nobody foresaw ends a command with 1 too, as Python does.
    """

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> Self:  # noqa: D102
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    BROKE_OFF = 1, "the run broke off: no disk space, or an error that was not foreseen"
    CONFIGURATION = 2, "the configuration is wrong (file and key named), or a folder cannot be written"
    SOURCE = 3, "a source was read only in part, or not at all, or it lost more than may be marked in one run"
    CATALOG = 4, "the catalog refused something, or failed"
    FINDINGS = 5, "all went well, and records have what the setting fail_on names; of gate: the promotion is refused"
    PLAN_OUTDATED = (
        6,
        "of apply: ledger or catalog moved on since the plan was made, nothing was written; of gate: it cannot tell",
    )
    CHANGES = 10, "only of plan and reconcile with --detailed-exitcode: something would change"

    @classmethod
    def overview(cls) -> str:
        """All codes with their meanings, for a help text."""
        return "; ".join(f"{code} {code.meaning}" for code in cls)


class GovernanceError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: one sentence that names the thing at fault.
        remedy: one sentence that says what to do.
        data: machine-readable details for reports and `--json`; never a credential.
    """

    exit_code = ExitCode.BROKE_OFF

    def __init__(self, message: str, remedy: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The error as a JSON object: the class name as `error`, message, remedy and data."""
        return {"error": type(self).__name__, "message": self.message, "remedy": self.remedy, **self.data}

    @property
    def retriable(self) -> bool:
        """Whether a later attempt may succeed without anyone changing anything."""
        return isinstance(self, RetriableError)


class RetriableError(GovernanceError):
    """What failed is temporary: a later attempt may succeed."""


class SkippableError(GovernanceError):
    """Something is not there to be read: go on without it."""


class ConfigurationError(GovernanceError):
    """A file or a setting is wrong; the message names file and key."""

    exit_code = ExitCode.CONFIGURATION

    def __init__(self, message: str, remedy: str = "", *, file: str = "", key: str = "", **data: Any) -> None:
        location = ":".join(part for part in (file, key) if part)
        super().__init__(f"{location}: {message}" if location else message, remedy, file=file, key=key, **data)


class SourceError(GovernanceError):
    """A source could not be read."""

    exit_code = ExitCode.SOURCE


class SourceUnavailable(SourceError, RetriableError):
    """A source could not be read now; a later attempt may succeed."""


class Unsupported(SourceError, SkippableError):
    """The source does not offer this call."""


class CatalogError(GovernanceError):
    """The catalog refused a request; sending it again changes nothing."""

    exit_code = ExitCode.CATALOG


class CatalogUnavailable(CatalogError, RetriableError):
    """The catalog could not be reached or is overloaded; a later attempt may succeed."""


class CatalogBusy(CatalogError, RetriableError):
    """Another sync holds the writer's lease of this catalog."""


class StorageError(GovernanceError):
    """A folder, a file or the state database of this installation cannot be written."""


class StorageFull(StorageError):
    """There is no room: a full disk, a used-up quota, a limit on the size of files."""


class StorageUnwritable(StorageError, ConfigurationError):
    """It is missing, read-only, or belongs to somebody else: a person names another one, or gives the right to it."""


class StorageUnavailable(StorageError, RetriableError):
    """It does not answer, or another process holds it; a later attempt may succeed."""


class StagingError(GovernanceError):
    """A file that an earlier stage of the same sync has written is missing or cannot be read."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f"the staged file {path} {problem}.",
            "It was deleted, or written by a worker with a staging folder of its own: give all workers the same "
            "state.staging in governance.yaml, then run the sync again from its first stage.",
            path=path,
        )
