"""Whether a server reads only the first experiment of a search and says nothing of the others, as GitLab's does."""

from __future__ import annotations

from ...errors import SourceError
from .client import Pager, Query


def reads_only_the_first(pager: Pager, query: Query, seen: set[str]) -> bool:
    """One call decides: the same search with the ids in reverse, where all runs seen are of the first experiment.

    A server that heeds all ids gives runs of the first one again; another gives those of the last one, or none. Not
    asked of services whose habits are documented.

    Args:
        query: the search of runs that has been read.
        seen: ids of the experiments that its runs are in.
    """
    ids = query.experiment_ids
    if pager.service != "mlflow" or len(ids) < 2 or len(ids) > pager.ids_per_search or seen - {ids[0]}:
        return False
    try:
        records = pager.first_page(query._replace(experiment_ids=ids[::-1]))
    except SourceError:
        return False
    infos = [run.get("info") for run in records if isinstance(run, dict)]
    found = {str(info.get("experiment_id")) for info in infos if isinstance(info, dict)}
    return bool(found - seen) or (bool(seen) and not found)
