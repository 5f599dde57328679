"""What on-call must know first: the exit code, and one headline with its reasons and remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from ...errors import ExitCode
from ...model.sentences import as_sentence
from ...model.vocabularies import OutcomeMode, Severity, SyncMode
from ...stages import PLAN, READ
from .collections import incomplete_collections
from .sources import Source, SourceStatus

if TYPE_CHECKING:
    from ...staging.outcome import Outcome
    from .differences import Reconciled
    from .document import Document

_MOST_NAMED = 2


class Level(StrEnum):
    """How urgent a report is."""

    OK = "ok"
    FINDINGS = "findings"  # the sync went well; records have critical findings
    ATTENTION = "attention"
    FAILED = "failed"


@dataclass(frozen=True)
class Problem:
    """One sentence on what is wrong, one on what to do about it.

    Attributes:
        is_note: Nothing is wrong, but a person should know.
    """

    sentence: str
    remedy: str = ""
    is_note: bool = False


_ProblemsOf: TypeAlias = "Callable[[Document], Iterable[Problem]]"


@dataclass(frozen=True)
class Failure:
    """What ended a run early."""

    sentence: str
    remedy: str
    exit_code: ExitCode


@dataclass(frozen=True)
class Headline:
    """The gravest problem, with the number of the others; without a problem a note, or else a summary.

    Attributes:
        details: The problems as plain sentences, with their remedies, the gravest first and notes last.
    """

    level: Level = Level.OK
    sentence: str = ""
    details: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def exit_code_of(document: Document) -> ExitCode:
    """The catalog counts more than a stage that failed, that more than a source, that more than findings."""
    outcome = document.outcome
    if outcome and outcome.error:
        return ExitCode(outcome.error.get("exit_code", ExitCode.CATALOG))
    if outcome and outcome.refused:
        return ExitCode.CATALOG
    if document.failure:
        return document.failure.exit_code
    if outcome is None and any(stage.failed and not stage.reads_a_source for stage in document.stages):
        return ExitCode.BROKE_OFF
    if not all(source.is_as_expected for source in document.sources):
        return ExitCode.SOURCE
    if outcome is None:
        return ExitCode.BROKE_OFF
    if document.changes.excess and not document.changes.excess_allowed_by:
        return ExitCode.SOURCE
    return ExitCode.FINDINGS if document.breaches else ExitCode.DONE


def headline_of(document: Document) -> Headline:
    """See `_RANKED` for what comes first."""
    problems = [problem for problems_of in _RANKED for problem in problems_of(document)]
    return Headline(
        level=_level(document, problems),
        sentence=_with_rest(problems) if problems else _summary(document),
        details=[f"{problem.sentence} {problem.remedy}".strip() for problem in problems],
        problems=problems,
    )


def rest_of(problems: Sequence[Problem]) -> str:
    """How the headline ends: how many problems there are besides the first. Notes are none."""
    further = sum(not problem.is_note for problem in problems[1:])
    return f" (and {_count(further, 'further problem', 'further problems')})." if further else ""


def _with_rest(problems: Sequence[Problem]) -> str:
    sentence, rest = problems[0].sentence, rest_of(problems)
    return f"{sentence.removesuffix('.')}{rest}" if rest else sentence


def _level(document: Document, problems: list[Problem]) -> Level:
    unread = (SourceStatus.FAILED, SourceStatus.NOT_READ)
    asked_for = [source for source in document.sources if source.asked_for]
    nothing_read = bool(asked_for) and all(source.state in unread and not source.is_as_expected for source in asked_for)
    broken = document.exit_code in (ExitCode.BROKE_OFF, ExitCode.CATALOG)
    if document.outcome is None or nothing_read or broken:
        return Level.FAILED
    if not all(problem.is_note for problem in problems):
        return Level.ATTENTION
    critical = any(group.severity == Severity.CRITICAL and group.counted for group in document.findings)
    return Level.FINDINGS if critical or document.verdicts.unauditable else Level.OK


def _stopped(document: Document) -> Iterator[Problem]:
    outcome = document.outcome
    if outcome and outcome.error:
        next_run = "run reconcile again." if document.reconciled else "the next sync continues there."
        left = f"{_count(outcome.left, 'entity is', 'entities are')} left; {next_run}"
        remedy = " ".join(part for part in (outcome.error.get("remedy", ""), left if outcome.left else "") if part)
        yield Problem(f"Publishing stopped: {as_sentence(outcome.error['message'])}", remedy)


def _refused(document: Document) -> Iterator[Problem]:
    refused = document.outcome.refused if document.outcome else []
    if refused:
        count = _count(len(refused), "entity", "entities")
        again = "run reconcile again" if document.reconciled else "the next sync tries them again"
        yield Problem(
            f"The catalog refused {count}, first {refused[0]['name']}: {as_sentence(refused[0]['reason'])}",
            f"Fix what the reasons name; {again}.",
        )


def _stages(document: Document) -> Iterator[Problem]:
    """Those that end a run before those that read a source."""
    failed = sorted((stage for stage in document.stages if stage.failed), key=lambda stage: stage.reads_a_source)
    failure = document.failure
    if failure and not failed:
        yield Problem(f"The run broke off: {as_sentence(failure.sentence)}", failure.remedy)
    elif not failed and document.outcome is None:
        yield _broke_off(document)
    for stage in failed:
        yield Problem(f"The stage {stage.stage} failed: {as_sentence(stage.error or '')}", stage.remedy or "")


def _broke_off(document: Document) -> Problem:
    last = document.stages[-1].stage if document.stages else ""
    after = f"after the stage {last}" if last else "before its first stage"
    if last == PLAN.title and document.mode == SyncMode.PUBLISH:
        return Problem(
            f"The run broke off {after}, while it published or before.",
            "Look into the task log, then run it again: it goes on from what the catalog has acknowledged.",
        )
    return Problem(
        f"The run broke off {after}: nothing was published.",
        "Look into the task log, then run it again; the catalog stays as it is.",
    )


def _of_sources(problems_of: Callable[[Source], Iterable[Problem]], *states: SourceStatus) -> _ProblemsOf:
    """Problems of the sources in these states; what was not asked for is left out: an earlier report has its faults."""

    def problems(document: Document) -> Iterator[Problem]:
        for source in document.sources:
            if source.asked_for and source.state in states:
                yield from problems_of(source)

    return problems


def _unread(document: Document) -> Iterator[Problem]:
    """Where no stage began, or a source's own failed, that is what is wrong."""
    failed = {stage.stage for stage in document.stages if stage.failed}
    for source in document.sources if document.stages else ():
        if source.asked_for and source.state == SourceStatus.NOT_READ and READ.title_for(source.name) not in failed:
            yield Problem(f"{source.name} was not read at all.")


def _incomplete(source: Source) -> Iterator[Problem]:
    still_open = [item for item in source.collections if item.is_open or item.is_complete]
    labels = incomplete_collections(still_open)
    if not labels:
        return
    first = next(item for item in still_open if item.is_open)
    names = ", ".join(labels[:_MOST_NAMED])
    if len(labels) > _MOST_NAMED:
        names += f" and {len(labels) - _MOST_NAMED} more"
    why = f": {first.reason}" if first.reason else ""
    yield Problem(as_sentence(f"{source.name} could not be read completely: {names}{why}"), first.remedy)


def _quarantined(source: Source) -> Iterator[Problem]:
    if source.quarantined:
        items = _count(len(source.quarantined), "item", "items")
        was = "was" if len(source.quarantined) == 1 else "were"
        yield Problem(
            f"{source.name}: {items} could not be parsed and {was} quarantined.",
            "See Quarantine for each id and reason; all other items were read.",
        )


def _unparsed(source: Source) -> Iterator[Problem]:
    if source.unparsed:
        first = source.unparsed[0]
        values = _count(len(source.unparsed), "value counts", "values count")
        yield Problem(
            f"{source.name}: {values} as unknown, not being understood; first {first.field} of {first.native_id}: "
            f"{as_sentence(first.value)}",
            "Correct it at the source; Values not understood has all of them.",
        )


def _findings(document: Document) -> Iterator[Problem]:
    """What `fail_on` does not allow, else what is new and critical."""
    for breach in document.breaches:
        yield Problem(breach.sentence, breach.remedy)
    critical = [row for row in document.since_last.new_findings if row.severity == Severity.CRITICAL]
    if critical and not document.breaches:
        count = _count(len(critical), "new critical finding", "new critical findings")
        yield Problem(f"{count}; first: {as_sentence(critical[0].sentence)}", critical[0].remedy or "")


def _removals(document: Document) -> Iterator[Problem]:
    """More is gone than may be marked in one run without a person's word."""
    changes = document.changes
    if changes.excess_allowed_by:
        excess = f" ({changes.excess})" if changes.excess else ""
        marked = f"allowed this run to mark as missing all that is proven to be gone{excess}"
        yield Problem(f"Note: {changes.excess_allowed_by} {marked}.", is_note=True)
    elif changes.excess:
        yield Problem(
            f"Nothing was marked as missing or retired: {as_sentence(changes.excess)}",
            "If it was removed on purpose: --allow-removals of sync and plan, or the parameter allow_removals of the "
            "DAG. If not, look into what the source lists.",
        )


def _rules(document: Document) -> Iterator[Problem]:
    for error in document.rule_errors:
        yield Problem(
            f"The rule {error.rule} could not be run ({error.error}); verdicts are provisional.",
            f"Fix the rule in the suite {error.suite}.",
        )


def _catalog_changed(document: Document) -> Iterator[Problem]:
    """What somebody else may have done to the catalog."""
    outcome = document.outcome
    if outcome and outcome.ledger_rebuilt:
        yield Problem(f"Note: {as_sentence(outcome.ledger_rebuilt)}")
    for claim in outcome.claimed if outcome else ():
        yield Problem(f"Note: entities {as_sentence(claim)}")


def _differences(document: Document) -> Iterator[Problem]:
    """Of a run that compared the catalog with the ledger: what applying its plan would put right."""
    reconciled, outcome = document.reconciled, document.outcome
    first = reconciled.first_open if reconciled else None
    if reconciled and first and outcome and outcome.mode == OutcomeMode.PLAN:
        count = _count(reconciled.open, "difference", "differences")
        what = f"{first.what}{f', {first.attribute}' if first.attribute else ''}"
        yield Problem(
            f"The catalog is not as it was published: {count}, first {first.name} ({what}); nothing was written.",
            "Read the differences; to put them right: python -m include.governance reconcile --apply.",
        )


def _held_back(document: Document) -> Iterator[Problem]:
    """Duplicates that are not merged until a person decides."""
    held_back = document.reconciled.held_back if document.reconciled else []
    if held_back:
        names = sorted({row.name for row in held_back})
        first = held_back[0]
        yield Problem(
            f"{_count(len(names), 'duplicate is', 'duplicates are')} held back: two entities of one qualified name say "
            f"something else, first {first.name} ({first.attribute}).",
            "Make the values alike on both, or delete one of the two; then run reconcile again.",
        )


def _not_asked_for(document: Document) -> Iterator[Problem]:
    """Sources of which nothing is known: this run was told not to read them, and no earlier one has."""
    for source in document.sources if document.outcome else ():
        if source.state == SourceStatus.NOT_READ and not source.asked_for:
            yield Problem(
                f"{source.name} was not asked for in this run, and no earlier read of it counts.",
                "Run a sync without --source, or with this one.",
                is_note=True,
            )


def _publishing(document: Document) -> Iterator[Problem]:
    outcome = document.outcome
    if outcome and outcome.mode == OutcomeMode.PLAN and document.mode == SyncMode.PUBLISH and not document.reconciled:
        changes = _count(document.changes.total, "change was", "changes were")
        yield Problem(
            f"Publishing is not switched on: {changes} planned, none written.",
            "Read the plan; when it is right, set publish.enabled: true in governance.yaml.",
            is_note=True,
        )


def _retained_lineage(document: Document) -> Iterator[Problem]:
    outcome = document.outcome
    if outcome and outcome.retained_lineage:
        edges = _count(outcome.retained_lineage, "input or output was", "inputs and outputs were")
        yield Problem(
            f"Note: {edges} removed, and lineage in the catalog goes on showing that: it keeps deleted relationships.",
            f"Set {outcome.erasure_setting}; it counts from then on." if outcome.erasure_setting else "",
            is_note=True,
        )


# The catalog before stages, these before sources, these before findings and rules. What is no fault comes last
_RANKED: tuple[_ProblemsOf, ...] = (
    _stopped,
    _refused,
    _stages,
    _unread,
    _of_sources(_incomplete, SourceStatus.FAILED),
    _of_sources(_incomplete, SourceStatus.PARTIAL, SourceStatus.COMPLETE),
    _of_sources(_quarantined, *SourceStatus),
    _of_sources(_unparsed, *SourceStatus),
    _removals,
    _findings,
    _rules,
    _catalog_changed,
    _differences,
    _held_back,
    _not_asked_for,
    _publishing,
    _retained_lineage,
)


def _summary(document: Document) -> str:
    outcome, verdicts = document.outcome, document.verdicts
    if document.reconciled:
        return _reconciled(document.reconciled, outcome)
    of = f"{_count(verdicts.total, 'governed model', 'governed models')}, {verdicts.unauditable} of them unauditable"
    if document.since_last.is_first and document.mode == SyncMode.PUBLISH:
        of = f"{of}. There is no earlier run to compare with"
    if outcome is None or outcome.mode == "none":
        return f"Nothing changed, nothing written; {of}."
    if outcome.mode == "plan":
        return f"{_count(document.changes.total, 'change', 'changes')} planned, nothing written; {of}."
    return f"{_count(outcome.entities, 'entity', 'entities')} published; {of}."


def _reconciled(reconciled: Reconciled, outcome: Outcome | None) -> str:
    compared = f"{_count(reconciled.compared, 'entity', 'entities')} compared with the catalog"
    healed = outcome.entities if outcome else 0
    merged = len(outcome.merged) if outcome else 0
    duplicates = f", {_count(merged, 'duplicate', 'duplicates')} merged" if merged else ""
    kept = len(reconciled.differences) - reconciled.open
    stays = f"; {_count(kept, 'difference', 'differences')} that people made stay" if kept else ""
    return f"{compared}: {_count(healed, 'entity', 'entities')} put right{duplicates}{stays}."


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
