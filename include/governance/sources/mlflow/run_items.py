"""One run of a listing: its row, its datasets, and its relations to both and to logged models."""

from __future__ import annotations

from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ..fields import identity, items, part
from ..secrets import secrets_of
from ..writer import SnapshotWriter
from .client import Record
from .parse import Parser


def take_run(parser: Parser, writer: SnapshotWriter, source: str, record: Record) -> Row | None:
    """Writes a run with all that it states; None where it was written before. Raises Malformed."""
    # All of the record is parsed before any of it is written: it is taken whole or not at all
    row = parser.run(record)
    inputs = part(record, "inputs")
    datasets = [parser.dataset_input(item) for item in items(inputs, "dataset_inputs")]
    used = [qualified_names.logged_model(source, identity(item, "model_id")) for item in items(inputs, "model_inputs")]
    outputs = items(part(record, "outputs"), "model_outputs")
    produced = [qualified_names.logged_model(source, identity(item, "model_id")) for item in outputs]
    row |= {"dataset_count": len(datasets), **secrets_of([row, *(dataset for dataset, _ in datasets)])}
    if not writer.add(AssetKind.RUN, row):
        return None
    for dataset, _ in datasets:
        writer.add(AssetKind.DATASET, dataset)
    _relate(writer, source, row, datasets)
    run = row["qualified_name"]
    for model in used:
        writer.relate(Relation.LOGGED_MODEL_USED_BY_RUN, model, run, rule="model input", stated_by=run)
    for model in produced:
        writer.relate(Relation.RUN_PRODUCED_LOGGED_MODEL, run, model, rule="model output", stated_by=run)
    return row


def _relate(writer: SnapshotWriter, source: str, row: Row, datasets: list[tuple[Row, str | None]]) -> None:
    """The run in its experiment, below its parent, and after its datasets."""
    run = row["qualified_name"]
    writer.relate(Relation.RUN_IN_EXPERIMENT, run, row["experiment"], rule="run's experiment id", stated_by=run)
    if row["parent_run_id"]:
        parent = qualified_names.run(source, row["parent_run_id"])
        writer.relate(Relation.CHILD_OF_RUN, run, parent, rule="tag mlflow.parentRunId", stated_by=run)
    for dataset, context in datasets:
        writer.relate(
            Relation.DATASET_USED_BY_RUN,
            dataset["qualified_name"],
            run,
            rule="dataset input",
            stated_by=run,
            attributes={"context": context} if context else None,
        )
