"""Which models are one record: every rule alone, what must not join, and keys that last."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.records.identity.subjects import OTHER_RUN, RUN, identified, keys, tagged, version

MODEL_ID = f"m-{RUN}"
AZURE_RUN = f"{RUN[:8]}-{RUN[8:12]}-{RUN[12:16]}-{RUN[16:20]}-{RUN[20:]}"

# what one and the other state -> how the rule that joins them begins
JOINS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "same run": ({"run": RUN}, {"run": RUN}, "same run behind both"),
    "same run, written as a GUID": ({"run": RUN}, {"run": AZURE_RUN}, "same run behind both"),
    "source is the other's run": ({"run": RUN}, {"source_uri": f"runs:/{RUN}/model"}, "same run behind both"),
    "source is the other's artifact": (
        {"run": RUN},
        {"source_uri": f"s3://bucket/1/{RUN}/artifacts/model"},
        "same run behind both",
    ),
    "same logged model": ({"logged_model_id": MODEL_ID}, {"logged_model_id": MODEL_ID}, "same logged model"),
    "source is the other's logged model": (
        {"logged_model_id": MODEL_ID},
        {"source_uri": f"models:/{MODEL_ID}"},
        "same logged model",
    ),
    "same digest": ({"digest": "sha256:AB12"}, {"digest": " sha256:ab12"}, "same artifact digest"),
    "same artifact path": (
        {"source_uri": "abfss://models@store.dfs.core.windows.net/fraud/3"},
        {"source_uri": "abfss://models@store.dfs.core.windows.net/fraud/3/"},
        "same artifact path",
    ),
    "a copy": ({}, {"copied_from": "s://m/1"}, "copied from m v1 of s"),
    "the same tag": (tagged("K"), tagged("K"), "model tag governance.record"),
}

APART: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "equal names": ({}, {}),
    "other runs": ({"run": RUN}, {"run": OTHER_RUN}),
    "jobs of a chosen name in two places": ({"run": "train"}, {"run": "train"}),
    "a local path": ({"source_uri": "/tmp/model"}, {"source_uri": "/tmp/model"}),
    "no digest": ({"digest": " "}, {"digest": ""}),
    "a copy of what is not there": ({}, {"copied_from": "s://other/1"}),
    "a version of a model in the path": (
        {"logged_model_id": MODEL_ID},
        {"source_uri": f"models:/m-{OTHER_RUN}"},
    ),
}


@pytest.mark.parametrize("case", JOINS)
def test_what_joins(case: str) -> None:
    one, other, rule = JOINS[case]
    found = identified([version("s/m", **one), version("ws/m", 2, **other)])
    assert len({row["record_key"] for row in found.values()}) == 1
    assert any(row["record_rule"].startswith(rule) for row in found.values())


@pytest.mark.parametrize("case", APART)
def test_what_does_not_join(case: str) -> None:
    one, other = APART[case]
    assert set(keys([version("s/m", **one), version("ws/m", **other)]).values()) == {"s/m", "ws/m"}


def test_all_versions_of_a_model_are_one_record_and_evidence_of_one_is_of_all() -> None:
    found = keys([version("s/m"), version("s/m", 2, run=RUN), version("ws/n", 3, run=RUN), version("ws/n", 4)])
    assert set(found.values()) == {"s/m"}


def test_two_models_that_one_run_logged_are_two_records() -> None:
    assert set(keys([version("s/a", run=RUN), version("s/b", run=RUN)]).values()) == {"s/a", "s/b"}


def test_two_models_of_one_run_join_their_copies_by_name() -> None:
    names = ("s/a", "s/b", "ws/A", "ws/b")
    found = keys([version(name, place, run=RUN) for place, name in enumerate(names, 1)])
    assert found == {"s://a/1": "s/a", "s://b/2": "s/b", "ws://A/3": "s/a", "ws://b/4": "s/b"}


def test_a_version_told_apart_by_its_tag_leaves_the_model() -> None:
    found = keys([version("s/m"), version("s/m", 2, **tagged("K", "version"))])
    assert found == {"s://m/1": "s/m", "s://m/2": "K"}


def test_a_tag_on_endpoints_speaks_for_the_model_where_they_agree() -> None:
    agreed = keys([version("s/m"), version("s/m", 2, **tagged("K", "endpoint"))])
    assert set(agreed.values()) == {"K"}
    torn = keys([version("s/m", number, **tagged(f"K{number}", "endpoint")) for number in (1, 2)])
    assert torn == {"s://m/1": "K1", "s://m/2": "K2"}


def test_a_key_that_is_the_others_own() -> None:
    found = keys([version("s/m"), version("ws/copy", **tagged("s/m"))])
    assert set(found.values()) == {"s/m"}


def test_two_stated_keys_on_one_component_are_told_and_not_joined() -> None:
    found = identified([version("s/m", run=RUN, **tagged("K1")), version("ws/m", run=RUN, **tagged("K2"))])
    assert {row["record_key"] for row in found.values()} == {"K1", "K2"}
    assert all("K1 and K2 are stated as two records" in row["contradiction"] for row in found.values())


def test_without_contradiction_none_is_told() -> None:
    found = identified([version("s/m", run=RUN, **tagged("K1")), version("ws/m", run=RUN)])
    assert [row["contradiction"] for row in found.values()] == [None, None]


LINKED = {"source": "s", "model": "m"}


@pytest.mark.parametrize("target", ["ws://n", "ws://n/1", "ws/n", "K"])
def test_a_register_link_names_a_model_a_version_or_a_key(target: str) -> None:
    stated = tagged("K") if target == "K" else {}
    found = identified([version("s/m"), version("ws/n", **stated)], {"models": [{**LINKED, "links": [target]}]})
    assert {row["record_key"] for row in found.values()} == {"s/m"}
    assert found["ws://n/1"]["record_rule"] == "register link"
    assert found["ws://n/1"]["contradiction"] is None


def test_a_link_of_a_whole_record() -> None:
    register = {"models": [{"record": "K", "links": ["ws://n"]}]}
    assert set(keys([version("s/m", **tagged("K")), version("ws/n")], register).values()) == {"K"}


@pytest.mark.parametrize("target", ["ws://n", "ws://n/1", "ws/n"])
def test_a_split_undoes_what_evidence_joins(target: str) -> None:
    register = {"models": [{**LINKED, "splits": [target]}]}
    found = identified([version("s/m", run=RUN), version("ws/n", 1, run=RUN)], register)
    assert found["s://m/1"]["record_key"] == "s/m"
    assert found["ws://n/1"]["record_key"] != "s/m"
    assert found["ws://n/1"]["contradiction"] is None


def test_a_split_holds_also_where_a_third_would_join_them() -> None:
    register = {"models": [{**LINKED, "splits": ["ws://n"]}]}
    subjects = [version("s/m", run=RUN), version("ws/n", run=RUN), version("third/m", 3, run=RUN)]
    found = keys(subjects, register)
    assert found["s://m/1"] != found["ws://n/1"]


def test_a_split_off_a_record_that_was_one_keeps_the_key_with_its_first_model() -> None:
    subjects = [version("s/m", run=RUN), version("ws/n", run=RUN)]
    known = {"s://m/1": ("s/m", 5), "ws://n/1": ("s/m", 5)}
    assert set(keys(subjects, known=known).values()) == {"s/m"}
    apart = keys(subjects, {"models": [{**LINKED, "splits": ["s/m", "ws://n"]}]}, known)
    assert apart == {"s://m/1": "s/m", "ws://n/1": "ws/n"}


def test_a_key_stays_when_evidence_is_added() -> None:
    """The other model is older, and would have given the key had both been seen at once."""
    old, new = version("a/old", 1, run=RUN), version("z/new", 9, run=RUN)
    assert keys([new]) == {"z://new/9": "z/new"}
    known = {"z://new/9": ("z/new", 7)}
    assert set(keys([old, new], known=known).values()) == {"z/new"}
    assert set(keys([old, new]).values()) == {"a/old"}


def test_of_two_records_that_become_one_the_older_gives_the_key() -> None:
    known = {"s://m/1": ("s/m", 9), "ws://n/2": ("ws/n", 3)}
    found = keys([version("s/m", run=RUN), version("ws/n", 2, run=RUN)], known=known)
    assert set(found.values()) == {"ws/n"}


def test_a_key_stays_when_the_model_that_gave_it_is_gone() -> None:
    assert keys([version("ws/n")], known={"ws://n/1": ("s/m", 3)}) == {"ws://n/1": "s/m"}


def test_what_a_person_states_goes_before_the_key_that_it_had() -> None:
    assert keys([version("s/m", **tagged("K"))], known={"s://m/1": ("s/m", 3)}) == {"s://m/1": "K"}


def test_what_was_not_read_stays_with_its_record() -> None:
    known = {"s://m/1": ("s/m", 3), "ws://n/1": ("s/m", 3)}
    found = keys([version("s/m"), version("ws/n", is_stale=True)], known=known)
    assert set(found.values()) == {"s/m"}
    read = keys([version("s/m"), version("ws/n")], known=known)
    assert read == {"s://m/1": "s/m", "ws://n/1": "ws/n"}


def test_nothing_is_identified_as_nothing() -> None:
    assert identified([]) == {}
