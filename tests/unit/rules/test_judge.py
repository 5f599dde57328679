"""Judging: suites as users write them, run by Great Expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from include.governance.config.models import Settings
from include.governance.errors import ConfigurationError
from include.governance.model import qualified_names
from include.governance.model.relations import Relation
from include.governance.model.vocabularies import Severity
from include.governance.rules import judge, load_suites
from include.governance.rules.suites import suites_fingerprint
from include.governance.staging.judgement import Judgement
from include.governance.staging.rows import rows
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.judging import SHIPPED, suite, verdicts
from tests.support.resolving import resolved


@pytest.fixture
def estate(tmp_path: Path) -> MlflowSnapshotBuilder:
    estate = MlflowSnapshotBuilder(tmp_path)
    estate.experiment()
    estate.run("r1")
    return estate


def found(judgement: Judgement) -> set[tuple[str, str]]:
    return {(row["subject_label"], row["rule"]) for row in rows(judgement.findings)}


def test_a_governed_version_is_auditable(estate: MlflowSnapshotBuilder) -> None:
    name = estate.version("m")
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert found(judgement) == set()
    assert verdicts(judgement) == {name: "auditable"}
    assert list(verdicts(judgement, "record").values()) == ["auditable"]


def test_every_verdict_says_which_suites_it_was_reached_with(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m")
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert all("lineage@1#" in row["suites"] for row in rows(judgement.verdicts))


def test_remedies_name_files_and_tags_as_the_settings_call_them(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", model_tags={})
    settings = Settings.model_validate(
        {
            "sources": [{"name": "s", "kind": "mlflow", "uri": "x"}],
            "catalog": {"name": "atlas", "kind": "atlas", "url": "http://x"},
            "register": "teams/owners.yaml",
            "tags": {"owner": "team.{owner}"},
        }
    )
    remedy = "Set the tag {} on the model, version, agent or deployment, or name the owner in {}."
    for stated, names in (
        (settings, ("team.{owner}", "owners.yaml")),
        (None, ("governance.owner", "register.yaml")),
    ):
        judgement = judge(resolved(estate), load_suites(SHIPPED, stated))
        (finding,) = [row for row in rows(judgement.findings) if row["rule"] == "ownership.owner.missing"]
        assert finding["remedy"] == remedy.format(*names)


def test_how_settings_call_things_is_no_part_of_a_suites_stamp() -> None:
    settings = Settings.model_validate(
        {
            "sources": [{"name": "s", "kind": "mlflow", "uri": "x"}],
            "catalog": {"name": "atlas", "kind": "atlas", "url": "http://x"},
            "tags": {"owner": "team.owner"},
        }
    )
    assert suites_fingerprint(load_suites(SHIPPED, settings)) == suites_fingerprint(load_suites(SHIPPED))


def test_versions_out_of_production_are_not_judged(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", aliases=[], model_tags={})
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert (len(judgement.findings), len(judgement.verdicts)) == (0, 0)


def test_a_finding_names_the_broken_link_its_evidence_and_whom_to_ask(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", run="r9")
    gone, logged = qualified_names.run("s", "r9"), "mlflow://s/logged-models/m-1"
    estate.relate(Relation.RUN_PRODUCED_LOGGED_MODEL, gone, logged, stated_by=logged)
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    (finding,) = [row for row in rows(judgement.findings) if row["rule"] == "lineage.run.deleted"]
    assert finding["sentence"] == "m v1 comes from run r9, which is purged."
    assert "r9" in finding["remedy"]
    assert finding["ask"] == "Ana"
    assert '"run_state":"purged"' in finding["evidence_json"]


def test_a_missing_run_is_not_also_a_deleted_one(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", run=None)
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert {rule for _, rule in found(judgement)} >= {"lineage.run.missing", "lineage.dataset.missing"}
    assert not {"lineage.run.deleted", "lineage.experiment.missing"} & {rule for _, rule in found(judgement)}


def test_what_was_not_read_makes_the_verdict_provisional_and_no_critical_finding(estate: MlflowSnapshotBuilder) -> None:
    estate.unread("runs")
    estate.version("m", run="r9")
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert {rule for _, rule in found(judgement)} == {"source.incomplete"}
    assert all(row["provisional"] for row in rows(judgement.verdicts))


def test_the_record_is_what_its_production_versions_are_together(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", 1)
    estate.version("m", 2, run=None)
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert sorted(verdicts(judgement).values()) == ["auditable", "unauditable"]
    assert list(verdicts(judgement, "record").values()) == ["unauditable"]


def test_a_user_adds_a_rule_without_python(estate: MlflowSnapshotBuilder, tmp_path: Path) -> None:
    estate.version("m")
    judgement = judge(resolved(estate), load_suites(suite(tmp_path)))
    assert found(judgement) == {("m v1", "team.rule")}
    assert list(verdicts(judgement).values()) == ["incomplete"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"expect": "expect_the_moon"}, "expect_the_moon"),
        ({"with": {"column": "nowhere"}}, "nowhere"),
        ({"expect": "expect_table_row_count_to_equal", "with": {"value": 99}}, "which rows"),
    ],
)
def test_a_rule_that_errors_is_reported_as_such(
    estate: MlflowSnapshotBuilder, tmp_path: Path, rule: dict[str, Any], words: str
) -> None:
    estate.version("m")
    judgement = judge(resolved(estate), load_suites(suite(tmp_path, **rule)))
    assert found(judgement) == set()
    (error,) = judgement.rule_errors
    assert error["rule"] == "team.rule"
    assert words in error["error"]
    assert all(row["provisional"] for row in rows(judgement.verdicts))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"says": "{labl} is odd"}, "labl"),
        ({"severity": "fatal"}, "rules[0].severity"),
        ({"evidence": ["nowhere"]}, "nowhere"),
        ({"only_where": "nowhere"}, "nowhere"),
        ({"row_condition": "nowhere"}, "rules[0].row_condition"),
        ({"contact": 1}, "rules[0].contact"),
        ({"wehn": "x"}, "rules[0].wehn"),
    ],
)
def test_a_fault_in_a_suite_names_file_and_key(tmp_path: Path, rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_suites(suite(tmp_path, **rule))
    assert "team.yaml" in raised.value.message
    assert words in raised.value.message


EQUIVALENT = {
    "expect": "expectation",
    "with": "arguments",
    "only_where": "row_condition",
    "says": "message",
    "ask": "contact",
}


@pytest.mark.parametrize("key", EQUIVALENT)
def test_each_key_of_a_rule_has_an_equivalent_and_is_given_once(tmp_path: Path, key: str) -> None:
    (file,) = suite(tmp_path, only_where="risk_tier", ask="platform team")
    first = load_suites([file])
    document = yaml.safe_load(file.read_text())
    (rule,) = document["rules"]
    rule[EQUIVALENT[key]] = rule[key]
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigurationError, match=rf"team\.yaml:rules\[0\]: `{key}` and `{EQUIVALENT[key]}` are the"):
        load_suites([file])
    del rule[key]
    file.write_text(yaml.safe_dump(document))
    assert load_suites([file]) == first
    assert suites_fingerprint(load_suites([file])) == suites_fingerprint(first)


def test_a_number_is_recognised_by_the_schema_of_its_table(estate: MlflowSnapshotBuilder, tmp_path: Path) -> None:
    estate.version("m", 1)
    estate.version("m", 2)
    between = {"column": "version", "min_value": 2}
    rule = suite(tmp_path, expect="expect_column_values_to_be_between", **{"with": between})
    assert found(judge(resolved(estate), load_suites(rule))) == {("m v1", "team.rule")}


def test_a_rule_id_is_listed_once(tmp_path: Path) -> None:
    files = suite(tmp_path)
    with pytest.raises(ConfigurationError, match=r"team\.rule is listed in"):
        load_suites([*files, *files])


def test_text_of_a_source_is_never_taken_for_a_template(estate: MlflowSnapshotBuilder) -> None:
    estate.version("{run_id} {0} %s", run=None)
    judgement = judge(resolved(estate), load_suites(SHIPPED))
    assert any("{run_id} {0} %s v1" in row["sentence"] for row in rows(judgement.findings))


def test_a_state_has_severities_of_its_own(estate: MlflowSnapshotBuilder) -> None:
    """By the id of a rule, else by its severity; elsewhere nothing changes."""
    name = estate.version("m", run=None)
    milder = {"critical": Severity.WARNING, "lineage.run.missing": Severity.INFO}
    judgement = judge(resolved(estate), load_suites(SHIPPED), severities={"production": milder})
    severities = {row["rule"]: row["severity"] for row in rows(judgement.findings)}
    assert severities["lineage.run.missing"] == "info"
    assert severities["lineage.dataset.missing"] == "warning"
    assert verdicts(judgement)[name] == "incomplete"
    elsewhere = judge(resolved(estate), load_suites(SHIPPED), severities={"unpublished": milder})
    assert verdicts(elsewhere)[name] == "unauditable"
