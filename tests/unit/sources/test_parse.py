"""Parsing one record: whatever it holds, it gives a row or says Malformed, and identities never merge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.governance.scrub import Scrubber
from include.governance.sources.mlflow.parse import Malformed, Parser, is_prompt, moment, text
from include.governance.vocabulary.kinds import ASSETS, Kind

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
# Surrogates included: what json.loads makes of "\\ud800"
TEXTS = st.text(st.characters(), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | TEXTS
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
PAIRS = st.lists(st.fixed_dictionaries({"key": ANYTHING}, optional={"value": ANYTHING}), max_size=3)

PARSERS: dict[Kind, tuple[Callable[[Parser], Callable[[Any], Any]], tuple[str, ...]]] = {
    Kind.EXPERIMENT: (lambda parser: parser.experiment, ("experiment_id", "name", "tags", "creation_time")),
    Kind.RUN: (
        lambda parser: parser.run,
        ("run_id", "experiment_id", "run_name", "status", "start_time", "tags", "params", "metrics"),
    ),
    Kind.DATASET: (lambda parser: parser.dataset, ("name", "digest", "source", "source_type", "schema", "profile")),
    Kind.LOGGED_MODEL: (
        lambda parser: parser.logged_model,
        ("model_id", "experiment_id", "source_run_id", "tags", "metrics"),
    ),
    Kind.MODEL: (lambda parser: parser.model, ("name", "description", "tags", "aliases", "creation_timestamp")),
    Kind.MODEL_VERSION: (
        lambda parser: lambda record: parser.version(record, {}),
        ("name", "version", "source", "run_id", "current_stage", "tags", "last_updated_timestamp"),
    ),
    Kind.PROMPT: (lambda parser: parser.prompt, ("name", "description", "tags")),
}


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser("unit", Scrubber())


def records(fields: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Records of any shape whose fields have the right names, half of the time with values of the right kind too."""
    likely = {"tags": PAIRS, "params": PAIRS, "metrics": PAIRS, "version": st.integers(0, 10**20).map(str)}
    values = {name: ANYTHING | likely.get(name, TEXTS) for name in fields}
    flat = st.fixed_dictionaries({}, optional=values)
    nested = st.fixed_dictionaries({}, optional={"info": flat | ANYTHING, "data": flat | ANYTHING})
    return flat | nested


@pytest.mark.parametrize("kind", PARSERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_any_record_gives_a_row_of_the_table_or_is_malformed(parser: Parser, kind: Kind, data: st.DataObject) -> None:
    parse, fields = PARSERS[kind]
    record = data.draw(records(fields))
    try:
        row = parse(parser)(record)
    except Malformed as error:
        assert str(error)
        return
    table = pa.RecordBatch.from_pylist([{"source": "unit", **row}], schema=ASSETS[kind])
    assert table.num_rows == 1
    assert row["qualified_name"].isascii()
    assert set(row) <= set(ASSETS[kind].names)


@given(record=st.dictionaries(TEXTS | st.just("tags"), ANYTHING))
@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
def test_asking_whether_it_is_a_prompt_never_fails(record: dict[str, Any]) -> None:
    assert is_prompt(record) in (True, False)


@given(fields=st.tuples(ANYTHING, ANYTHING))
@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
def test_dataset_inputs_never_fail_in_another_way(parser: Parser, fields: tuple[Any, Any]) -> None:
    dataset, tags = fields
    try:
        parser.dataset_input({"dataset": dataset, "tags": tags})
    except Malformed as error:
        assert str(error)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ["a/b", "a%2Fb", "a", "a/", "/a", "a ", " a", "A", "ä", "a\u0308", "\xe4", "a/versions/1", "..", ".", "%", "%25"]
)


@given(one=NAMES, other=NAMES)
@settings(max_examples=300, deadline=None)
def test_other_ids_have_other_qualified_names(parser: Parser, one: str, other: str) -> None:
    for parse, record in (
        (parser.model, lambda value: {"name": value}),
        (parser.prompt, lambda value: {"name": value}),
        (parser.experiment, lambda value: {"experiment_id": value}),
        (parser.run, lambda value: {"info": {"run_id": value, "experiment_id": "1"}}),
        (parser.logged_model, lambda value: {"info": {"model_id": value}}),
    ):
        found = [parse(record(value))["qualified_name"] for value in (one, other)]
        assert (found[0] == found[1]) == (one == other)


@given(one=st.tuples(NAMES, st.integers(1, 99)), other=st.tuples(NAMES, st.integers(1, 99)))
@settings(max_examples=200, deadline=None)
def test_other_versions_have_other_qualified_names(
    parser: Parser, one: tuple[str, int], other: tuple[str, int]
) -> None:
    found = [
        parser.version({"name": name, "version": str(version)}, {})["qualified_name"] for name, version in (one, other)
    ]
    assert (found[0] == found[1]) == (one == other)
    assert parser.model({"name": one[0]})["qualified_name"] not in found


DATASETS = st.tuples(NAMES, st.text(max_size=4), st.sampled_from(["", "s3://a", '{"uri": "s3://b"}', '{"tags": {}}']))


@given(one=DATASETS, other=DATASETS)
@settings(max_examples=200, deadline=None)
def test_other_datasets_have_other_qualified_names(
    parser: Parser, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    found = [
        parser.dataset({"name": name, "digest": digest, "source": source})["qualified_name"]
        for name, digest, source in (one, other)
    ]
    same = (one[0], text(one[1]), one[2]) == (other[0], text(other[1]), other[2])
    assert (found[0] == found[1]) == same


@given(value=ANYTHING)
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_a_text_can_always_be_stored(value: Any) -> None:
    found = text(value)
    assert found is None or (found and "\0" not in found and found.encode())


@given(value=ANYTHING)
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_a_moment_is_within_the_calendar(value: Any) -> None:
    found = moment(value)
    assert found is None or 0 < found < 253_402_300_800_000


def test_a_secret_in_a_name_is_removed_and_the_names_stay_apart(parser: Parser) -> None:
    secrets = ["ghp_" + letter * 8 + "1Kd02mfQpXz71LwNcVbTyUeRi45SgHj" for letter in "ab"]
    rows = [parser.model({"name": f"model {secret}"}) for secret in secrets]
    assert not [secret for secret in secrets for row in rows if secret in str(row)]
    assert rows[0]["qualified_name"] != rows[1]["qualified_name"]


def test_the_history_of_old_clients_tells_of_the_signature(parser: Parser) -> None:
    def signature(history: str) -> str | None:
        tags = [{"key": "mlflow.log-model.history", "value": history}]
        found: str | None = parser.run({"info": {"run_id": "r", "experiment_id": "1"}, "data": {"tags": tags}})[
            "signature"
        ]
        return found

    assert signature('[{"signature": {"inputs": "[]"}}]') == "present"
    assert signature('[{"signature": null}]') == "absent"
    assert [signature(broken) for broken in ("[]", "{", "7", "")] == [None] * 4
