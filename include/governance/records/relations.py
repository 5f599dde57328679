"""Relations that no source states but resolving found: runs of versions, also through copies and artifacts."""

from __future__ import annotations

import pandas as pd

from ..model.relations import Relation
from ..model.tables import RELATIONS


def resolved_relations(evidence: pd.DataFrame) -> pd.DataFrame:
    """The columns of RELATIONS, one row per version with a run."""
    versions = evidence.dropna(subset="run")
    columns = {
        "kind": str(Relation.RUN_PRODUCED_VERSION),
        "from_name": versions["run"],
        "to_name": versions["qualified_name"],
        "rule": versions["run_rule"],
        "heuristic": False,
        "stated_by": versions["qualified_name"],
        "attributes_json": "{}",
    }
    return pd.DataFrame(columns, columns=RELATIONS.names).reset_index(drop=True)
