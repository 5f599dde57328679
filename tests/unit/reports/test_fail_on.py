"""Which judgements make a sync fail, by the setting `fail_on`."""

from __future__ import annotations

import pytest

from include.governance.config.models import FailOn
from include.governance.reports.run.document import Document
from include.governance.reports.run.fail_on import breaches_of
from tests.unit.reports import shapes


def _sentences(document: Document, **settings: object) -> list[str]:
    fail_on = FailOn.model_validate(settings)
    return [
        breach.sentence for breach in breaches_of(fail_on, document.since_last, document.findings, document.records)
    ]


@pytest.mark.parametrize("document", [shapes.worse(), shapes.unchanged(), shapes.ok()], ids=["worse", "same", "first"])
def test_nothing_fails_by_default(document: Document) -> None:
    assert _sentences(document) == []


def test_a_record_that_became_unauditable_fails_where_that_is_not_allowed() -> None:
    (sentence,) = _sentences(shapes.worse(), verdict="unauditable")
    assert sentence.startswith("1 record is unauditable now, which fail_on.verdict does not allow; first credit-limit-")
    assert _sentences(shapes.unchanged(), verdict="unauditable") == []


def test_what_has_stood_for_long_fails_only_where_that_is_asked_for() -> None:
    (sentence,) = _sentences(shapes.unchanged(), verdict="unauditable", only_new=False)
    assert sentence.startswith("1 record is unauditable, ")
    (sentence,) = _sentences(shapes.unchanged(), findings="critical", only_new=False)
    assert sentence.startswith("1 finding of severity critical, which fail_on.findings does not allow; first: Nobody")


def test_a_verdict_stands_for_the_worse_ones_and_a_severity_for_the_graver_ones() -> None:
    assert _sentences(shapes.worse(), verdict="incomplete")[0].startswith("1 record is unauditable or incomplete now")
    assert _sentences(shapes.worse(), findings="info")[0].startswith("1 new finding of severity critical or warning")


def test_a_waived_finding_does_not_fail() -> None:
    document = shapes.document(findings=[shapes.waived()], records=[])
    (sentence,) = _sentences(document, findings="warning", only_new=False)
    assert sentence.startswith("1 finding ")  # of two, one is waived
