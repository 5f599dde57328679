"""The registry of source kinds: everything else derives from it."""

from __future__ import annotations

import pytest

from include.governance.config.models import Settings, Source
from include.governance.config.source_kinds import SOURCE_KINDS, SourceKind, kind_of
from include.governance.json_schemas import schemas
from include.governance.sources.registry import connector

KINDS = pytest.mark.parametrize("kind", SOURCE_KINDS.values(), ids=lambda kind: kind.name)
_NEEDED = {"mlflow": {"uri": "http://mlflow"}}


@KINDS
def test_every_kind_has_a_connector(kind: SourceKind) -> None:
    implementation = connector(kind)
    assert callable(implementation.read)
    assert callable(implementation.test_connection)


@KINDS
def test_every_kind_is_accepted_in_the_settings(kind: SourceKind) -> None:
    entry = {"kind": kind.name, "name": "s", **_NEEDED.get(kind.name, {})}
    settings = Settings.model_validate({"sources": [entry], "catalog": {"url": "http://atlas"}})
    source: Source = settings.sources[0]
    assert type(source) is kind.settings
    assert kind_of(source) is kind


@KINDS
def test_every_kind_is_in_the_schema_for_editors(kind: SourceKind) -> None:
    assert kind.settings.__name__ in schemas()["governance.schema.json"]["$defs"]


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=f"must be one of {', '.join(SOURCE_KINDS)}"):
        Settings.model_validate({"sources": [{"kind": "no-such", "name": "s"}], "catalog": {"url": "http://atlas"}})


def test_sources_of_one_throttled_principal_share_a_pool() -> None:
    assert {name: kind.throttle for name, kind in SOURCE_KINDS.items()} == {
        "mlflow": None,
        "azure_ml": "azure",
        "ai_foundry": "azure",
    }
