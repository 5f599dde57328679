"""Names and ids without secrets: consistent wherever they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scrub_corpus import Draw, tokens
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.relations import Relation
from include.governance.sources.clean_names import CleanNames
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder

DRAW = Draw(4)
KINDS = {kind: token for kind, token in tokens(DRAW).items() if kind in ("GitHub", "Databricks", "Hugging Face", "JWT")}
WORKSPACE = f"/subscriptions/{DRAW.uuid()}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"


@pytest.mark.parametrize(
    "name",
    [
        qualified_names.run("s", DRAW.hex(32)),
        qualified_names.model_version("s", "it's a model", "3"),
        qualified_names.dataset("s", "sales", DRAW.hex(8), "s3://a"),
        qualified_names.azure(WORKSPACE, "jobs", "calm_apple_1234567890"),
        f"{WORKSPACE}/models/risk/versions/1",
        f"https://ml.azure.com/runs/calm_apple?wsid={WORKSPACE}&tid={DRAW.uuid()}",
        "",
    ],
)
def test_a_name_without_a_secret_stays(name: str) -> None:
    assert CleanNames().name(name) == name


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_a_name_is_replaced_the_same_way_everywhere(kind: str, tmp_path: Path) -> None:
    raw = qualified_names.azure_part(qualified_names.azure(WORKSPACE), "models", KINDS[kind])
    writer = SnapshotWriter(Folder(str(tmp_path)), "s")
    row = {
        "qualified_name": raw,
        "native_id": f"{WORKSPACE}/models/{KINDS[kind]}",
        "name": "m",
        "link": f"https://h/{KINDS[kind]}",
    }
    assert writer.add(AssetKind.MODEL, row) and not writer.add(AssetKind.MODEL, row)
    assert writer.has(AssetKind.MODEL, raw)
    version = qualified_names.azure_part(raw, "versions", "1")
    writer.relate(Relation.VERSION_OF_MODEL, version, raw, rule=f"said by {KINDS[kind]}", stated_by=version)
    snapshot = writer.close({"platform": "azure_ml", "address": "a", "read_at": "2025-01-01T00:00:00+00:00"})
    stored, stated = snapshot.assets(AssetKind.MODEL).to_pylist()[0], snapshot.relations().to_pylist()[0]
    assert KINDS[kind].lower() not in f"{stored} {stated}".lower()
    assert stated["to_name"] == stored["qualified_name"]
    assert stated["from_name"] == f"{stored['qualified_name']}/versions/1"


def test_two_secrets_are_two_names() -> None:
    clean = CleanNames()
    first, second = ("a/" + "gh" + "p_" + DRAW.alnum(36) for _ in "ab")
    assert clean.name(first) != clean.name(second) and clean.name(first) == clean.name(first)
    assert clean.name(clean.name(first)) == clean.name(first)
