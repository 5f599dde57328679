"""Which findings and verdicts make the sync fail, by the setting `fail_on`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...config.models import FailOn
from ...model.vocabularies import Severity, Verdict
from .findings import FindingGroup
from .records import RecordRow
from .since_last import SinceLast


@dataclass(frozen=True)
class Breach:
    """What `fail_on` names and this sync found: a sentence with the first case, and its remedy."""

    sentence: str
    remedy: str


def breaches_of(
    settings: FailOn, since: SinceLast, groups: Sequence[FindingGroup], records: Sequence[RecordRow]
) -> list[Breach]:
    """Verdicts first. Of a first sync nothing is new."""
    return [*_verdicts(settings, since, records), *_findings(settings, since, groups)]


def _verdicts(settings: FailOn, since: SinceLast, records: Sequence[RecordRow]) -> Iterator[Breach]:
    if settings.verdict is None:
        return
    worst = Verdict.at_least(settings.verdict)
    moved = {row.qualified_name for row in since.verdicts if row.before not in worst}
    found = [row for row in records if row.verdict in worst and (not settings.only_new or row.qualified_name in moved)]
    if found:
        count = "1 record is" if len(found) == 1 else f"{len(found):,} records are"
        yield Breach(
            f"{count} {' or '.join(worst)}{' now' if settings.only_new else ''}, which fail_on.verdict does not "
            f"allow; first {found[0].name}: {found[0].rules or 'no rule'}.",
            "See its findings for what to do, or waive them until a day in the register.",
        )


def _findings(settings: FailOn, since: SinceLast, groups: Sequence[FindingGroup]) -> Iterator[Breach]:
    if settings.findings is None:
        return
    grave = Severity.at_least(settings.findings)
    if settings.only_new:
        found = [(row.sentence, row.remedy) for row in since.new_findings if row.severity in grave]
    else:
        items = (item for group in groups if group.severity in grave for item in group.items)
        found = [(item.sentence, item.remedy) for item in items if not item.waived_until]
    if found:
        new = "new " if settings.only_new else ""
        count = f"1 {new}finding" if len(found) == 1 else f"{len(found):,} {new}findings"
        yield Breach(
            f"{count} of severity {' or '.join(grave)}, which fail_on.findings does not allow; first: {found[0][0]}",
            found[0][1] or "",
        )
