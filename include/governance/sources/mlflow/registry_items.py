"""One registered version or logged model: its row, and the relations that it states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ..writer import SnapshotWriter
from .client import Record
from .lineage import Origin
from .parse import Parser


def aliases_by_version(aliases_json: str | None) -> dict[str, list[str]]:
    """Version number (as text) -> the aliases that a row of AssetKind.MODEL gives it."""
    by_version: dict[str, list[str]] = defaultdict(list)
    for alias, version in json_text.load(aliases_json).items():
        by_version[version].append(alias)
    return by_version


def take_version(
    parser: Parser,
    writer: SnapshotWriter,
    record: Record,
    aliases: Mapping[str, list[str]],
    signature: Callable[[Row], str | None],
) -> Row | None:
    """Writes a version with its relation to its model; None where it was written before. Raises Malformed.

    Args:
        aliases: by version number, the aliases of its model.
        signature: of a row; see Signatures.of.
    """
    row = parser.version(record, aliases)
    row["signature"] = signature(row)
    if not writer.add(AssetKind.MODEL_VERSION, row):
        return None
    version = row["qualified_name"]
    writer.relate(Relation.VERSION_OF_MODEL, version, row["model"], rule="registry entry", stated_by=version)
    return row


def take_logged_model(parser: Parser, writer: SnapshotWriter, source: str, record: Record) -> Row | None:
    """Writes a logged model, after the run that produced it; None where it was written before. Raises Malformed."""
    row = parser.logged_model(record)
    if not writer.add(AssetKind.LOGGED_MODEL, row):
        return None
    if row["source_run_id"]:
        writer.relate(
            Relation.RUN_PRODUCED_LOGGED_MODEL,
            qualified_names.run(source, row["source_run_id"]),
            row["qualified_name"],
            rule="logged model source run",
            stated_by=row["qualified_name"],
        )
    return row


def relate_origin(writer: SnapshotWriter, origin: Origin) -> None:
    """Writes one relation that a version states about where it comes from."""
    writer.relate(
        origin.relation,
        origin.from_name,
        origin.to_name,
        rule=origin.rule,
        heuristic=origin.heuristic,
        stated_by=origin.version,
    )
