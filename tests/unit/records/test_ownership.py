"""Who says what: register, catalog and tags, in an order that is a setting, with the losing word kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from include.governance.config.models import Settings, Tags
from include.governance.config.register import Register
from include.governance.model.vocabularies import SubjectKind
from include.governance.records.evidence.declarations import Asset, Declarations, Tagged
from include.governance.staging.curated import Curated

TODAY = date(2026, 3, 3)
CASES = {"use_cases": [{"id": "UC-1", "name": "Fraud screening", "risk_tier": "high"}, {"id": "UC-2", "name": "Two"}]}
PLACES = ("register", "catalog", "tags")
PEOPLE = ("ana", "tom", "ines")


def curated(key: str = "s/m", reason: str | None = None, **fields: Any) -> Curated:
    return Curated({key: {"record_key": key, "read_at": datetime(2026, 3, 2, tzinfo=UTC), "reason": reason, **fields}})


def stated(
    register: dict[str, Any] | None = None,
    catalog: Curated | None = None,
    tags: dict[str, str] | None = None,
    precedence: tuple[str, ...] = PLACES,
    more: Sequence[Tagged] = (),
    assets: Sequence[str] = (),
    record_key: str | None = None,
    agent: bool = False,
) -> dict[str, Any]:
    known = Register.model_validate({**CASES, **(register or {})})
    declarations = Declarations(known, Tags(), TODAY, precedence, catalog)  # type: ignore[arg-type]
    asset = Asset("s", "m", tuple(assets), SubjectKind.AGENT if agent else SubjectKind.VERSION)
    return declarations.for_asset(asset, [("version tag", tags or {}), *more], record_key)


def entry(**fields: Any) -> dict[str, Any]:
    return {"models": [{"source": "s", "model": "m", **fields}]}


@given(
    said=st.dictionaries(st.sampled_from(PLACES), st.sampled_from(PEOPLE)),
    precedence=st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True),
)
def test_the_first_place_that_speaks_counts_and_the_others_are_kept(
    said: dict[str, str], precedence: list[str]
) -> None:
    row = stated(
        entry(owner=said["register"]) if "register" in said else None,
        curated(owner=said["catalog"]) if "catalog" in said else None,
        {"governance.owner": said["tags"]} if "tags" in said else {},
        tuple(precedence),
    )
    asked = [place for place in precedence if place in said]
    shown = {"register": "register", "catalog": "catalog", "tags": "version tag"}
    assert row["owner_stated"] == (said[asked[0]] if asked else None)
    assert row["owner_from"] == (shown[asked[0]] if asked else None)
    others = [f"{said[place]} ({shown[place]})" for place in asked[1:] if said[place] != said[asked[0]]]
    assert row["owner_other"] == ("; ".join(others) or None)


def test_two_names_of_one_person_do_not_disagree() -> None:
    people = {"people": [{"id": "ana@example.com", "name": "Ana", "known_as": ["aruiz"]}]}
    row = stated({**people, **entry(owner="aruiz")}, curated(owner="ANA@example.com"))
    assert (row["owner_name"], row["owner_other"]) == ("Ana", None)


def test_a_use_case_may_be_named_in_the_catalog() -> None:
    row = stated(catalog=curated(approved_use="fraud SCREENING"), tags={"governance.use_case": "UC-1"})
    assert (row["use_case"], row["use_case_from"], row["use_case_other"]) == ("UC-1", "catalog", None)
    assert (row["risk_tier"], row["risk_tier_from"]) == ("high", "use case")


def test_what_was_known_last_stands_with_its_reason() -> None:
    row = stated(catalog=curated(owner="tom", reason="the catalog is away"), tags={"governance.owner": "ana"})
    assert (row["owner_stated"], row["curated_reason"]) == ("tom", "the catalog is away")


def test_the_catalog_is_asked_under_the_records_final_key() -> None:
    assert stated(catalog=curated("joined", owner="tom"), record_key="joined")["owner_stated"] == "tom"
    assert stated(catalog=curated("joined", owner="tom"))["owner_stated"] is None


def test_the_register_may_speak_of_a_whole_record() -> None:
    register = {"models": [{"record": "joined", "owner": "tom", "intended_use": "screening"}]}
    row = stated(register, tags={"governance.owner": "ana"}, record_key="joined")
    assert (row["owner_stated"], row["owner_other"], row["intended_use"]) == ("tom", "ana (version tag)", "screening")


@pytest.mark.parametrize(
    ("register", "tags", "expected"),
    [
        (entry(record="k"), {"governance.record": "t"}, ("k", "register governance.record")),
        (entry(formerly=["old/m"]), {"governance.record": "t"}, ("old/m", "register: the key it had formerly")),
        (entry(formerly=["old/m"], record="k"), {}, ("k", "register governance.record")),
        (entry(owner="x"), {"governance.record": "t"}, ("t", "version tag governance.record")),
        ({}, {}, ("s/m", "registered model")),
    ],
)
def test_where_the_key_comes_from(register: dict[str, Any], tags: dict[str, str], expected: tuple[str, str]) -> None:
    row = stated(register, tags=tags, precedence=("tags",))  # a key is an identity: the setting does not move it
    assert (row["record_key"], row["record_rule"]) == expected


def test_two_workspaces_with_the_same_model_name_are_told_apart() -> None:
    register = {
        "models": [{"asset": "azure://w1/models/m", "owner": "ana"}, {"asset": "azure://w2/models/m", "owner": "tom"}]
    }
    owners = [
        stated(register, assets=[f"azure://{w}/models/m/versions/1", f"azure://{w}/models/m"])["owner_stated"]
        for w in ("w1", "w2")
    ]
    assert owners == ["ana", "tom"]


def test_an_agent_is_no_model_of_that_name() -> None:
    register = {**entry(owner="ana"), "agents": [{"source": "s", "agent": "m", "owner": "tom"}]}
    assert stated(register)["owner_stated"] == "ana"
    assert stated(register, agent=True)["owner_stated"] == "tom"


def test_endpoint_tags_speak_after_the_models_own() -> None:
    more = [("endpoint tag", {"governance.owner": "tom", "governance.record": "k"})]
    row = stated(tags={"governance.owner": "ana"}, more=more)
    assert (row["owner_stated"], row["owner_other"]) == ("ana", "tom (endpoint tag)")
    assert row["record_rule"] == "endpoint tag governance.record"


@pytest.mark.parametrize("places", [["tags", "tags"], [], ["nobody"]])
def test_a_precedence_that_makes_no_sense_is_refused(places: list[str]) -> None:
    base = {"sources": [{"name": "s", "uri": "x"}], "catalog": {"url": "x"}}
    with pytest.raises(ValidationError, match="precedence"):
        Settings.model_validate({**base, "precedence": places})
