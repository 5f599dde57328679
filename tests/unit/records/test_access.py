"""The access table: identity, callers, connections and rights of endpoints, deployments and agents, and its rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.governance import rules
from include.governance.config import load
from include.governance.config.models import Tags
from include.governance.config.register import Register
from include.governance.errors import ConfigurationError
from include.governance.estate import Estate
from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.model.tables import EVIDENCE, LINKS, PROMOTIONS, RECORDS
from include.governance.records.access import access_of
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.records import Records
from include.governance.staging.snapshot import Snapshot

ME = "0d4c9f5e-0000-0000-0000-000000000001"


def asset(name: str, **columns: Any) -> dict[str, Any]:
    return {
        "qualified_name": f"azure://x/{name}",
        "native_id": name,
        "name": name,
        "archived": False,
        "tags_json": "{}",
        "secrets_removed": 0,
        **columns,
    }


def right(level: str, words: str, **can: Any) -> dict[str, Any]:
    allowed = {"can_write": False, "can_grant": False, "can_write_data": False, "broad": False, **can}
    return asset(f"right {words}", principal_id=ME.upper(), scope_level=level, rights=words, **allowed)


def snapshot(
    tmp_path: Path,
    *rights: dict[str, Any],
    state: ReadStatus | None = ReadStatus.COMPLETE,
    address: str = "",
    agent: str = "helper",
    **columns: Any,
) -> Snapshot:
    """An agent of that identity that uses one connection with a key; `columns` are the agent's."""
    writer = SnapshotWriter(Folder(str(tmp_path)), "azure" if agent == "helper" else agent)
    own = {"runs_as": "its own agent identity", "principals_json": json_text.dump([ME]), "published": True, **columns}
    writer.add(AssetKind.AGENT, asset(agent, **own))
    writer.add(AssetKind.AGENT, asset("put away", archived=True, principals_json="[]"))
    writer.add(AssetKind.AGENT_VERSION, asset("helper:1", agent="azure://x/helper", is_latest=True))
    writer.add(
        AssetKind.CONNECTION, asset("search", category="CognitiveSearch", credential="static key", target="https://s")
    )
    writer.relate(
        Relation.CONNECTION_USED_BY_AGENT_VERSION, "azure://x/search", "azure://x/helper:1", rule="tool", stated_by=""
    )
    for row in rights:
        writer.add(AssetKind.ROLE_ASSIGNMENT, row)
    if state is not None:
        found = writer.state("role_assignments", kind=AssetKind.ROLE_ASSIGNMENT, covers="azure://")
        found.state, found.reason = state, "HTTP 403" if state == ReadStatus.FAILED else ""
    return writer.close({"address": address})


def access_table(*made: Snapshot, before: pd.DataFrame | None = None) -> pd.DataFrame:
    return access_of(Estate.of(made), EVIDENCE.empty_table().to_pandas(), Register(), Tags(), before)


def findings(access: pd.DataFrame) -> dict[str, str]:
    evidence, records, promotions, links = (
        schema.empty_table().to_pandas() for schema in (EVIDENCE, RECORDS, PROMOTIONS, LINKS)
    )
    suites = rules.load_suites(load().suite_files)
    judged = rules.judge(Records(evidence, records, promotions, links, access), suites).findings
    return dict(zip(judged["rule"], judged["sentence"], strict=True))


WIDE = right("subscription", "Contributor on subscription s", can_write=True, broad=True)
NARROW = right("resource", "Reader on account a")


def test_the_widest_right_comes_first_and_is_found(tmp_path: Path) -> None:
    access = access_table(snapshot(tmp_path, NARROW, WIDE))
    (row,) = access.to_dict("records")
    assert row["rights"] == "Contributor on subscription s, Reader on account a"
    assert row["widest_right"] == row["broad_rights"] == "Contributor on subscription s"
    assert row["width"] == 55
    assert row["static_connections"] == "search"
    found = findings(access)
    assert set(found) == {"access.broad", "access.static_key"}
    assert "Contributor on subscription s" in found["access.broad"]
    assert "through search" in found["access.static_key"]


def test_a_narrow_right_is_no_finding_though_its_key_is(tmp_path: Path) -> None:
    assert set(findings(access_table(snapshot(tmp_path, NARROW)))) == {"access.static_key"}


def test_rights_stay_as_known_while_role_assignments_cannot_be_read(tmp_path: Path) -> None:
    before = access_table(snapshot(tmp_path / "read", NARROW, WIDE))
    unread = snapshot(tmp_path / "unread", state=ReadStatus.FAILED)
    after = access_table(unread, before=before)
    assert after.to_dict("records") == before.to_dict("records")
    assert access_table(snapshot(tmp_path / "longer", state=ReadStatus.FAILED), before=after).equals(after)

    other = snapshot(tmp_path / "other", state=ReadStatus.FAILED, principals_json=json_text.dump(["another"]))
    (row,) = access_table(other, before=before).to_dict("records")
    assert (row["rights"], row["unknown_reason"]) == (None, "role assignments were not all read: HTTP 403")


def test_rights_in_one_subscription_while_another_cannot_be_read(tmp_path: Path) -> None:
    """A right that was given is seen; one that is missing may be in the subscription that cannot be read."""
    there, elsewhere = (f"https://management.azure.com/subscriptions/{name}" for name in ("s", "other"))
    before = access_table(snapshot(tmp_path / "before", NARROW, address=there))
    unread = snapshot(tmp_path / "unread", state=ReadStatus.FAILED, address=elsewhere, agent="another")
    after = access_table(snapshot(tmp_path / "after", WIDE, address=there), unread, before=before)
    rights = {row["label"]: row for row in after.to_dict("records")}
    assert rights["helper"]["rights"] == "Contributor on subscription s, Reader on account a"
    assert rights["helper"]["broad_rights"] == rights["helper"]["widest_right"] == "Contributor on subscription s"
    assert pd.isna(rights["helper"]["unknown_reason"])
    assert rights["another"]["unknown_reason"] == "role assignments were not all read: HTTP 403"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"state": ReadStatus.FAILED}, "HTTP 403"),
        ({"state": None}, "not read"),
        ({"runs_as": None, "principals_json": "[]"}, "not stated"),
    ],
)
def test_what_is_not_known_is_said(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    found = findings(access_table(snapshot(tmp_path, **more)))
    assert says in found["access.unknown"]
    assert "access.broad" not in found


def test_a_role_that_is_not_known_is_said(tmp_path: Path) -> None:
    unjudged = right("resource group", "role 1234 on resource group g", can_write=None, broad=None)
    assert "role 1234" in findings(access_table(snapshot(tmp_path, unjudged)))["access.unknown"]


def test_a_suite_names_only_columns_of_its_subject(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(
        "suite: s\nversion: 1\nsubject: access\nrules: [{id: a.b, severity: info, "
        "expect: expect_column_values_to_be_null, with: {column: rights}, says: '{run_id}', remedy: r}]\n"
    )
    with pytest.raises(ConfigurationError, match=r"a\.b: the table of the subject access has no column"):
        rules.load_suites([file])
