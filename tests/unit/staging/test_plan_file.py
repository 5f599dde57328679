"""A plan as a file: read back as it was written, or refused with the file's name and what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from include.governance.errors import ConfigurationError
from include.governance.model.vocabularies import Action, OmissionKind
from include.governance.staging.plan import Change, Omission, Plan
from include.governance.staging.plan_file import PlanBasis, PlanFile, fingerprint

BASIS = PlanBasis("ours", 4, {"ai_model m": "1"}, "ours", 4, {"ai_model m": "a"}, {"mlflow": "staging/1"})
PLAN = Plan(
    changes=[
        Change(
            Action.UPDATE,
            "ai_model",
            "m",
            "mlflow",
            attributes={"description": "Grüße 🎉", "version": 3, "owner": None},
            before={"description": "x", "version": 2, "owner": "ana"},
            add_references={"model": [["ai_model", "n"]]},
            add_classifications={"auditable": {}},
            reason="it moved",
        )
    ],
    unchanged=3,
    held_back={"mlflow": 2},
    ledger_revision=4,
    omitted=[Omission(OmissionKind.HELD_BACK, "ai_training_run", "r", "mlflow", "run", "still there")],
)
SAVED = PlanFile("plan-1", "2026-03-02T02:00:00+00:00", "0.1.0", "here", "atlas", "http://c:21000", BASIS, PLAN)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    SAVED.write(tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_it_is_read_back_as_it_was_written_and_is_for_its_owner_only(file: Path) -> None:
    assert PlanFile.read(file) == SAVED
    assert file.stat().st_mode & 0o077 == 0


def test_one_value_edited_refuses_it(file: Path) -> None:
    document = orjson.loads(file.read_bytes())
    document["plan"]["changes"][0]["attributes"]["version"] = 4
    file.write_bytes(orjson.dumps(document))
    with pytest.raises(ConfigurationError, match=r"plan\.json: the file was edited, or is cut off"):
        PlanFile.read(file)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read"),
        (b'{"format": 1, "run', "is no plan"),
        (b"[]", "is no plan"),
        (b'{"format": 0}', "one of another release"),
    ],
    ids=["missing", "torn", "a list", "of another release"],
)
def test_what_is_no_plan_is_refused_with_the_file_and_the_remedy(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        PlanFile.read(file)
    assert str(file) in caught.value.message and what in caught.value.message
    assert caught.value.remedy == "Make one: plan --out FILE."


def test_nothing_moved() -> None:
    assert BASIS.moved(replace(BASIS)) == ""


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (replace(BASIS, marker_id="other"), "the ledger is another one"),
        (replace(BASIS, ledger_revision=5), "the ledger moved on, from revision 4 to 5"),
        (replace(BASIS, ledger={}), "the ledger has other content for ai_model m"),
        (replace(BASIS, catalog_marker_id=""), "the catalog carries another mark"),
        (replace(BASIS, catalog_revision=9), "another sync has written into the catalog"),
        (replace(BASIS, catalog={"ai_model m": "b"}), "the catalog was changed by somebody else: ai_model m"),
        (replace(BASIS, snapshots={"mlflow": "staging/2"}), "a later sync has read mlflow"),
    ],
    ids=["ledger", "revision", "row", "marker", "other writer", "entity", "snapshot"],
)
def test_whatever_moved_is_named(now: PlanBasis, what: str) -> None:
    assert BASIS.moved(now).startswith(what)


def test_of_many_that_moved_the_first_are_named() -> None:
    many = {f"ai_model m{number}": "b" for number in range(6)}
    assert BASIS.moved(replace(BASIS, catalog=BASIS.catalog | many)).endswith(
        "ai_model m0, ai_model m1, ai_model m2 and 3 more"
    )


def test_a_fingerprint_is_of_the_content_not_of_its_order() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1}) != fingerprint({"a": 1, "b": [3]})
