"""The schemas that editors check by: equal to the models, and named by the files we ship."""

from __future__ import annotations

import orjson
import pytest
from jsonschema import Draft202012Validator

from include.governance.config import DEFAULT_CONFIG
from include.governance.json_schemas import FOLDER, schemas, write


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_shipped_schema_is_what_the_models_say(name: str) -> None:
    shipped = orjson.loads((FOLDER / name).read_bytes())
    assert shipped == orjson.loads(orjson.dumps(schemas()[name])), "run: python -m include.governance schema"


def test_the_command_writes_all_of_them(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert [file.name for file in write(tmp_path / "new")] == list(schemas())


def test_every_shipped_file_names_its_schema() -> None:
    folder = DEFAULT_CONFIG.parent
    for file in folder.rglob("*.yaml"):
        first = file.read_text().splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema="), file
        named = (file.parent / first.partition("=")[2]).resolve()
        assert named.is_file(), named
        assert named.parent == FOLDER


RULE = {"id": "a", "severity": "info", "remedy": "r"}
SPELLINGS = {
    "first": ({"expect": "e", "with": {}, "says": "s", "ask": "a"}, True),
    "second": ({"expectation": "e", "arguments": {}, "message": "s", "row_condition": "state"}, True),
    "both": ({"expect": "e", "expectation": "e", "with": {}, "says": "s"}, False),
    "both, optional": ({"expect": "e", "with": {}, "says": "s", "ask": "a", "contact": "a"}, False),
    "missing": ({"expect": "e", "with": {}}, False),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_an_editor_accepts_either_spelling_of_a_rules_key(case: str) -> None:
    keys, accepted = SPELLINGS[case]
    document = {"suite": "s", "version": 1, "subject": "version", "rules": [RULE | keys]}
    assert Draft202012Validator(schemas()["suite.schema.json"]).is_valid(document) == accepted


def test_a_number_may_stand_as_a_variable() -> None:
    attempts = schemas()["governance.schema.json"]["$defs"]["MlflowSource"]["properties"]["attempts"]
    assert {"type": "string", "pattern": r"\$\{"} in attempts["anyOf"]
    assert any(option.get("maximum") == 20 for option in attempts["anyOf"])
