"""The report as data: its JSON is what it always was, and reads back as the same document."""

from __future__ import annotations

import json

import orjson
import pytest

from include.governance.errors import ExitCode
from include.governance.model.tables import RECORDS
from include.governance.reports.run.document import Document
from include.governance.reports.run.records import RecordRow
from include.governance.reports.run.sources import ReadSource, UnreadSource
from include.governance.reports.run.timings import StageTiming
from include.governance.stages import PUBLISH, READ, READ_CURATED
from tests.support import report_keys
from tests.unit.reports import shapes
from tests.unit.reports.shapes import ENTITY_MAPPINGS


def test_the_json_has_the_keys_that_it_always_had_in_their_order_whatever_joined_them() -> None:
    document = shapes.everything_wrong().as_json()
    assert report_keys.recorded().keys() <= report_keys.key_lists(document).keys()
    report_keys.assert_known(document)


@pytest.mark.parametrize("shape", ENTITY_MAPPINGS)
def test_reads_back_as_the_same_document(shape: str) -> None:
    document = ENTITY_MAPPINGS[shape]()
    written = orjson.dumps(document.as_json())
    assert Document.from_json(orjson.loads(written)) == document
    assert json.loads(written) == json.loads(json.dumps(document.as_json()))


def test_a_record_shows_every_column_of_its_table() -> None:
    assert list(RecordRow.__dataclass_fields__)[: len(RECORDS.names)] == RECORDS.names


def test_a_source_that_was_not_read_is_told_from_one_that_failed() -> None:
    document = shapes.document(sources=[shapes.source(state="failed", collections=[]), shapes.unread("late")])
    assert [type(source) for source in document.sources] == [ReadSource, UnreadSource]


def test_a_stage_without_counts_has_no_keys_for_them() -> None:
    assert StageTiming("resolve", 0.5).as_json() == {"seconds": 0.5, "stage": "resolve"}
    failed = StageTiming("publish", 0.5, calls=2, error="", writes=0)
    assert list(failed.as_json()) == ["calls", "error", "seconds", "stage", "writes"]


def test_only_a_source_may_fail_without_ending_the_run() -> None:
    titles = (READ.title_for("demo"), READ_CURATED.title, PUBLISH.title)
    assert [StageTiming(title, 1.0).reads_a_source for title in titles] == [True, False, False]
    stages = [shapes.stage("read mlflow"), shapes.stage(READ_CURATED.title, error="no connection")]
    broken = shapes.document(sources=[shapes.source(state="partial")], stages=stages, outcome=None)
    assert broken.exit_code == ExitCode.BROKE_OFF
    assert broken.headline.sentence == "The stage read curated fields failed: no connection."
