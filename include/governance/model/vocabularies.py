"""Closed vocabularies: every word that tables, reports and the catalog may hold in these columns."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class Action(StrEnum):
    """What a change does to one entity of the catalog."""

    CREATE = "create"
    UPDATE = "update"
    RESTORE = "restore"  # it is at its source again
    MISSING = "missing"  # its source no longer lists it: classified
    RETIRE = "retire"  # it has been missing for long: classified, and out of the lineage; never deleted


class DifferenceKind(StrEnum):
    """How the live catalog differs from what it has acknowledged."""

    DELETED = "deleted"  # the entity is not there any more
    ATTRIBUTE = "attribute"
    CURATED = "curated attribute"  # a steward wrote over what a source states
    RELATION = "relation"  # deleted
    ADDED_RELATION = "added relation"
    CLASSIFICATION = "classification"
    DUPLICATED = "duplicated"  # several entities of one qualified name
    CONFLICT = "conflict"  # two of them carry something otherwise, and no source decides
    UNNAMED = "unnamed"  # it is there, and its qualified name does not find it
    UNKNOWN = "unknown"  # ours by its stamp, and not in the ledger


class OmissionKind(StrEnum):
    """Why the plan leaves an entity as the catalog has it, although it is not as this sync would have it."""

    HELD_BACK = "held back"  # nothing proves that it is gone, or it is outside what the run was narrowed to
    REFUSED = "refused"  # it is not this installation's to write


class AttributeOwner(StrEnum):
    """Whose the value of an attribute is in the catalog."""

    SOURCE = "source"  # what the source states is sent whenever it moves
    CURATOR = "curator"  # never sent
    FIRST = "first"  # the first value that the catalog has stays, whoever wrote it


class _WorstFirst(StrEnum):
    """A vocabulary whose order is that of its words: the worst first."""

    @classmethod
    def rank(cls, word: str) -> int:
        """0 for the worst. Raises ValueError for what is no word of it."""
        return list(cls).index(cls(word))

    @classmethod
    def at_least(cls, word: str) -> tuple[Self, ...]:
        """The words as bad as that one, or worse."""
        return tuple(cls)[: cls.rank(word) + 1]


class Severity(_WorstFirst):
    """How much a failed rule matters, the gravest first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Verdict(_WorstFirst):
    """The judgement on one version, agent or record, from the severities of its findings. The worst first."""

    UNAUDITABLE = "unauditable"  # at least one critical finding
    INCOMPLETE = "incomplete"  # at least one warning
    AUDITABLE = "auditable"

    @classmethod
    def of(cls, severities: Iterable[Severity]) -> Verdict:
        """The verdict on a subject with findings of those severities."""
        present = set(severities)
        if Severity.CRITICAL in present:
            return cls.UNAUDITABLE
        return cls.INCOMPLETE if Severity.WARNING in present else cls.AUDITABLE


class GateAnswer(StrEnum):
    """Whether a version may enter a lifecycle state."""

    PROMOTE = "promote"
    REFUSED = "refused"
    CANNOT_TELL = "cannot tell"  # something that it rests on could not be read


class Platform(StrEnum):
    """Where an asset is read from."""

    MLFLOW = "mlflow"
    AZURE_ML = "azure_ml"
    AI_FOUNDRY = "ai_foundry"


class SubjectKind(StrEnum):
    """What a row of evidence, a verdict or a lifecycle state is about."""

    VERSION = "version"
    AGENT = "agent"
    DEPLOYMENT = "deployment"  # of a provider's model: no registered version stands behind it
    RECORD = "record"


class SyncMode(StrEnum):
    """publish: plan and apply. plan: stop before the first write."""

    PUBLISH = "publish"
    PLAN = "plan"


class OutcomeMode(StrEnum):
    """What publishing did: applied a plan, stopped before it (plan), or had nothing to apply (none)."""

    PUBLISH = "publish"
    PLAN = "plan"
    NONE = "none"


class LifecycleState(StrEnum):
    """Where a version, an agent or a record is in its life. `rank` orders what counts where signals disagree."""

    PRODUCTION = "production"
    UNPUBLISHED = "unpublished"  # an agent that can be called although nothing publishes it
    STAGING = "staging"
    CANDIDATE = "candidate"
    RETIRED = "retired"
    DEVELOPMENT = "development"

    @classmethod
    def rank(cls, state: str) -> int:
        """0 for what counts most; a state that is not in this vocabulary comes last."""
        order = list(cls)
        return order.index(cls(state)) if state in order else len(order)


# The type of an agent that was made in the classic portal: it has one definition, and no version of it is kept
CLASSIC_AGENT = "classic"

# What stands in one of these can be called, and has a governed record. In the order of `LifecycleState.rank`
GOVERNED_STATES = (LifecycleState.PRODUCTION, LifecycleState.UNPUBLISHED)
