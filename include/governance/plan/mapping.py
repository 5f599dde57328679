"""How assets become catalog entities: one table per kind, target attribute <- source column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .. import jsontext
from ..vocabulary.kinds import Kind

_MOST_ENTRIES = 200
_LONGEST_ENTRY = 500
_LONGEST_NAME = 500


class Cut:
    """Cuts what a catalog page cannot show. A cut text says how long it was."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def text(self, value: Any) -> str | None:
        return None if value is None else _cut(str(value), self.longest)

    def mapping(self, value: str | None) -> dict[str, str] | None:
        """A JSON object as a map of texts, at most 200 entries."""
        entries = jsontext.load(value)
        kept = {key: _cut(_plain(item), _LONGEST_ENTRY) for key, item in sorted(entries.items())[:_MOST_ENTRIES]}
        if len(entries) > _MOST_ENTRIES:
            kept["..."] = f"{len(entries) - _MOST_ENTRIES} more at the source"
        return kept or None


def name_of(value: Any) -> str:
    return _cut(str(value), _LONGEST_NAME)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ... (cut, {len(text)} characters)"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else jsontext.dump(value)


def milliseconds(value: Any) -> int | None:
    """A timestamp as Atlas takes dates: epoch milliseconds."""
    return None if value is None else int(value.timestamp() * 1000)


class Column(NamedTuple):
    """Where an attribute comes from and what it is made into: text, date, int, map."""

    name: str
    kind: str = "text"


def column(name: str, kind: str = "text") -> Column:
    return Column(name, kind)


_TAGS = {"tags": column("tags_json", "map")}
_DATES = {"created_at": column("created_at", "date"), "updated_at": column("updated_at", "date")}

ATTRIBUTES: dict[Kind, dict[str, Column]] = {
    Kind.SOURCE: {"platform": column("platform"), "address": column("address"), "workspace": column("workspace")},
    Kind.EXPERIMENT: {
        "experiment_id": column("native_id"),
        "lifecycle_stage": column("lifecycle_stage"),
        "artifact_location": column("artifact_location"),
        "description": column("description"),
        "run_count": column("run_count", "int"),
        "published_run_count": column("published_run_count", "int"),
        **_DATES,
        **_TAGS,
    },
    Kind.DATASET: {
        "digest": column("digest"),
        "source_type": column("source_type"),
        "source_uri": column("source_uri"),
        "schema": column("schema_json"),
        "profile": column("profile_json"),
    },
    Kind.MODEL: {
        "description": column("description"),
        "aliases": column("aliases_json", "map"),
        "owner": column("owner"),
        **_DATES,
        **_TAGS,
    },
    Kind.MODEL_VERSION: {
        "description": column("description"),
        "owner": column("owner"),
        "version": column("version", "int"),
        "lifecycle_state": column("state"),
        "lifecycle_signal": column("state_signal"),
        "stage": column("stage"),
        "aliases": column("aliases_json", "list"),
        "run_id": column("run_id"),
        "lineage_rule": column("lineage"),
        "training_data": column("training_data"),
        "source_uri": column("source_uri"),
        "metrics": column("metrics_json", "map"),
        "signature": column("signature"),
        "registered_by": column("user"),
        **_DATES,
        **_TAGS,
    },
    Kind.RUN: {
        "run_id": column("native_id"),
        "description": column("description"),
        "owner": column("user"),
        "user": column("user"),
        "status": column("status"),
        "lifecycle_stage": column("lifecycle_stage"),
        "started_at": column("started_at", "date"),
        "ended_at": column("ended_at", "date"),
        "git_commit": column("git_commit"),
        "code_source": column("code_source"),
        "artifact_uri": column("artifact_uri"),
        "params": column("params_json", "map"),
        "metrics": column("metrics_json", "map"),
        **_TAGS,
    },
}


def attributes(kind: Kind, row: Mapping[str, Any], cut: Cut) -> dict[str, Any]:
    """The entity's attributes from the row, `None` where the source states nothing."""
    made: dict[str, Callable[[Any], Any]] = {
        "text": cut.text,
        "int": lambda value: int(value or 0),
        "date": milliseconds,
        "map": cut.mapping,
        "list": lambda value: jsontext.load(value) or None,
    }
    return {target: made[source.kind](row.get(source.name)) for target, source in ATTRIBUTES[kind].items()}
