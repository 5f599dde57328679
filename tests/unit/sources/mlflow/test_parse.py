"""Raw MLflow records to rows: what is legal but odd, and what nobody thought of."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.scrub_corpus import Draw, tokens
from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.tables import ASSETS
from include.governance.scrub import MARK, Scrubber
from include.governance.sources.fields import Malformed, epoch_millis, identity, text
from include.governance.sources.mlflow.parse import Parser, is_prompt
from tests.unit.sources.mlflow.records import RECORDS, TEXTS, VALUES, broken

ODD = ["O'Brien", 'say "hi"', "a b", "50%", "naïve 模型", "🦊", "a/b\\c", "<script>alert(1)</script>", "x" * 100_000]
TOKEN = "ghp_" + "a8Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv"


@pytest.fixture
def parser() -> Parser:
    return Parser("s", Scrubber())


def parse(parser: Parser, kind: str, record: Any) -> dict[str, Any]:
    return parser.version(record, {}) if kind == "version" else getattr(parser, kind)(record)


def kind_of(name: str) -> AssetKind:
    return AssetKind.MODEL_VERSION if name == "version" else AssetKind(name)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_whole_record_fits_its_table(parser: Parser, kind: str) -> None:
    row = parse(parser, kind, RECORDS[kind])
    schema = ASSETS[kind_of(kind)]
    assert set(row) <= set(schema.names)
    assert pa.RecordBatch.from_pylist([row], schema=schema).num_rows == 1


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=150)
@given(data=st.data())
def test_a_broken_record_is_malformed_or_fits_its_table(kind: str, data: st.DataObject) -> None:
    record = data.draw(broken(kind))
    try:
        row = parse(Parser("s", Scrubber()), kind, record)
    except Malformed as error:
        assert str(error)
        return
    batch = pa.RecordBatch.from_pylist([row], schema=ASSETS[kind_of(kind)])
    for column, value in batch.to_pylist()[0].items():
        if column.endswith("_json") and column not in ("schema_json", "profile_json") and value is not None:
            json.loads(value)


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=50)
@given(value=VALUES)
def test_anything_else_is_malformed(kind: str, value: Any) -> None:
    parser = Parser("s", Scrubber())
    if isinstance(value, dict):
        with pytest.raises(Malformed):
            parse(parser, kind, value)
    assert parser.display_id(value, ("info.run_id", "name")) == "None/None"


@given(TEXTS | VALUES)
def test_a_text_is_clean_and_stays_as_it_is(value: Any) -> None:
    clean = text(value)
    assert text(clean) == clean
    assert clean is None or (clean and "\0" not in clean and clean.encode())


@settings(max_examples=300)
@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS), st.sampled_from(["model", "run", "experiment", "dataset"]))
@example(("a/versions", "1"), ("a", "versions/1"), "model")
@example(("a%2F", "b"), ("a/", "b"), "model")
@example(("a", "\ud800"), ("a", "\ud801"), "dataset")
def test_different_ids_give_different_names(one: tuple[str, str], two: tuple[str, str], kind: str) -> None:
    build: Any = {
        "model": lambda source, name: qualified_names.model_version(source, name, "1"),
        "run": qualified_names.run,
        "experiment": qualified_names.experiment,
        "dataset": lambda name, digest: qualified_names.dataset("s", name, digest, ""),
    }[kind]
    assert (build(*one) == build(*two)) == (one == two)
    assert build(*one).isascii()


@given(TEXTS.filter(bool), TEXTS.filter(bool))
def test_an_identity_keeps_two_names_apart(one: str, two: str) -> None:
    assert (identity({"name": one}, "name") == identity({"name": two}, "name")) == (one == two)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["model", "version", "experiment", "dataset"])
def test_an_odd_name_is_kept(parser: Parser, kind: str, odd: str) -> None:
    row = parse(parser, kind, {**RECORDS[kind], "name": odd})
    assert odd in row["name"]
    assert row["qualified_name"].isascii()
    assert row["secrets_removed"] == 0


@pytest.mark.parametrize("odd", ODD)
def test_odd_keys_and_values_are_kept(parser: Parser, odd: str) -> None:
    record = {**RECORDS["model"], "description": odd, "tags": [{"key": odd, "value": odd}]}
    row = parser.model(record)
    assert row["description"] == odd
    assert json_text.load(row["tags_json"]) == {odd: odd}


@pytest.mark.parametrize(("raw", "kept"), [("a\0b", "ab"), ("a\ud800b", "a?b"), ("\0", None), ("", None), (None, None)])
def test_what_no_catalog_can_hold_is_taken_out(parser: Parser, raw: str | None, kept: str | None) -> None:
    assert parser.model({"name": "m", "description": raw})["description"] == kept
    tags = parser.model({"name": "m", "tags": [{"key": "k", "value": raw}]})["tags_json"]
    assert json_text.load(tags) == {"k": kept or ""}


@pytest.mark.parametrize("empty", [None, "", "missing"])
def test_missing_null_and_empty_are_alike(parser: Parser, empty: str | None) -> None:
    given_ = {} if empty == "missing" else dict.fromkeys(("run_id", "source", "description", "current_stage"), empty)
    row = parser.version({"name": "m", "version": "1", **given_}, {})
    assert {row[column] for column in ("run_id", "source_uri", "description", "stage", "logged_model_id")} == {None}


def test_metrics_that_are_no_numbers(parser: Parser) -> None:
    values = {"nan": "NaN", "up": "Infinity", "down": float("-inf"), "text": "high", "list": [1], "none": None, "ok": 2}
    metrics = [{"key": key, "value": value} for key, value in values.items()]
    row = parser.run({**RECORDS["run"], "data": {"metrics": [*metrics, {"key": "huge", "value": 10**400}]}})
    expected = {"nan": "NaN", "up": "Infinity", "down": "-Infinity", "ok": 2.0}
    assert json_text.load(row["metrics_json"]) == expected


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        (None, None),
        ("", None),
        ("not json", "not json"),
        ("{broken", "{broken"),
        ('{"uri": "s3://b/k"}', "s3://b/k"),
        ('{"path": "/data"}', "/data"),
        ('{"uri": null, "url": "https://x/y"}', "https://x/y"),
        ('{"tags": {}}', None),
        ("[1, 2]", "[1, 2]"),
        ("{}", None),
    ],
)
def test_where_a_dataset_comes_from(parser: Parser, source: str | None, uri: str | None) -> None:
    row = parser.dataset({"name": "sales", "digest": "d", "source": source})
    assert row["source_uri"] == uri
    assert (row["schema_json"], row["profile_json"]) == (None, None)


def test_datasets_of_one_name_are_told_apart(parser: Parser) -> None:
    base = {"name": "sales", "digest": "d1", "source": "s3://a"}
    others = [base, {**base, "digest": "d2"}, {**base, "source": "s3://b"}, {"name": "sales"}]
    assert len({parser.dataset(record)["qualified_name"] for record in others}) == len(others)


def test_a_dataset_whose_signature_was_renewed_is_the_same(parser: Parser) -> None:
    sources = [f"https://store/t.csv?sig={letter * 40}2" for letter in "ab"]
    rows = [parser.dataset({"name": "t", "digest": "d", "source": source}) for source in sources]
    assert rows[0]["qualified_name"] == rows[1]["qualified_name"]
    assert [row["secrets_removed"] for row in rows] == [1, 1]


def test_what_stands_beside_a_datasets_address_is_counted_and_not_kept(parser: Parser) -> None:
    source = {"uri": "s3://bucket/sales", "connection": {"user": "ada", "db_password": "pa55word1"}}
    row = parser.dataset({"name": "sales", "digest": "d", "source": json.dumps(source)})
    assert (row["source_uri"], row["secrets_removed"]) == ("s3://bucket/sales", 1)
    assert row["secrets_where"] == "source of a dataset connection.db_password: named password"
    assert "pa55word1" not in str(row)


def test_a_schema_is_scrubbed_before_it_is_cut(parser: Parser) -> None:
    schema = "x" * (64_000 - 10) + " " + TOKEN
    cut = parser.dataset({"name": "t", "schema": schema})["schema_json"]
    assert len(cut) <= 64_000
    assert TOKEN[:9] not in cut


@pytest.mark.parametrize("kind", ["model", "version", "dataset", "prompt"])
def test_a_secret_in_a_name_is_replaced_and_told_apart(parser: Parser, kind: str) -> None:
    rows = [parse(parser, kind, {**RECORDS[kind], "name": f"m {TOKEN}{end}"}) for end in "ab"]
    assert not [row for row in rows if TOKEN in str(row)]
    assert MARK in rows[0]["name"]
    assert rows[0]["qualified_name"] != rows[1]["qualified_name"]
    assert all(row["secrets_removed"] for row in rows)


def test_a_secret_in_a_key_is_replaced_every_time(parser: Parser) -> None:
    data = {"params": [{"key": TOKEN, "value": "1"}], "metrics": [{"key": TOKEN, "value": 1}]}
    for _ in range(2):
        row = parser.run({**RECORDS["run"], "data": data})
        assert TOKEN not in str(row)
        assert row["secrets_removed"] == 2


KINDS = tokens(Draw(3))


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_as_an_alias_is_replaced_and_told_apart(parser: Parser, kind: str) -> None:
    names = [KINDS[kind], f"b {KINDS[kind]}", "champion"]
    aliases = [{"alias": name, "version": "3"} for name in names]
    row = parser.model({"name": "m", "aliases": aliases})
    assert KINDS[kind] not in str(row)
    kept = json_text.load(row["aliases_json"])
    assert len(kept) == 3 and kept["champion"] == "3" and row["secrets_removed"] >= 2
    assert sum(MARK in name for name in kept) == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "1" * 30, 1.5, None, True, {}])
def test_a_version_that_is_no_number_is_malformed(parser: Parser, version: Any) -> None:
    with pytest.raises(Malformed, match="version"):
        parser.version({"name": "m", "version": version}, {})


def test_a_version_may_be_a_number_and_have_several_aliases(parser: Parser) -> None:
    row = parser.version({"name": "m", "version": 3}, {"3": ["b", "a"], "2": ["c"]})
    assert (row["version"], row["native_id"]) == (3, "m/3")
    assert json_text.load(row["aliases_json"]) == ["a", "b"]


@pytest.mark.parametrize("value", [0, -1, "soon", None, [], 1e300, float("inf"), float("nan"), 10**17])
def test_a_moment_outside_the_calendar_is_none(value: Any) -> None:
    assert epoch_millis(value) is None


def test_a_prompt_is_known_by_its_tag() -> None:
    tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    assert is_prompt({"tags": [tag]})
    for other in ({}, {"tags": None}, {"tags": "true"}, {"tags": [{**tag, "value": "false"}]}, {"tags": [None, 7]}):
        assert not is_prompt(other)


@pytest.mark.parametrize(
    ("history", "signature"),
    [
        (None, None),
        ("not json", None),
        ("{}", None),
        ("[]", None),
        ('[{"signature": {"inputs": "[]"}}]', "present"),
        ('[{"signature": {"inputs": "[]"}}, {}]', "absent"),
        ("[7]", "absent"),
    ],
)
def test_the_signature_that_old_clients_state(parser: Parser, history: str | None, signature: str | None) -> None:
    tags = [{"key": "mlflow.log-model.history", "value": history}] if history else []
    assert parser.run({**RECORDS["run"], "data": {"tags": tags}})["signature"] == signature
