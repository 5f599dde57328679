"""Reconciling a real Apache Atlas against the floor of reading it: the same entities, fetched by a plain client.

`python -m benchmarks.reconcile [--entities 15000]` prints one line; the goal is 60 seconds for 15,000 entities.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pyarrow as pa
from sqlalchemy import Engine

from benchmarks import stores
from benchmarks.publish_atlas import desired_of, renamed
from include.governance.catalog import PublishSession, publish, reconcile
from include.governance.catalog.atlas import AtlasClient
from include.governance.config.catalogs import AtlasCatalog
from include.governance.config.connections import Endpoint
from include.governance.config.models import Settings as Configured
from include.governance.estate import Coverage
from include.governance.plan.diff import plan
from include.governance.staging.plan import Key
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger
from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import Settings

GOAL_SECONDS = 60.0
_API = "/api/atlas/v2/entity/bulk/uniqueAttribute/type"
_LONGEST_QUERY = 8_000
_DEPLOYMENT = str(Configured.model_fields["deployment"].default)
HEAD = "entities  floor s   ours s  ratio  calls differences"


class Bench:
    """One running Atlas with the entities of one installation."""

    def __init__(self, server: AtlasServer, engine: Engine) -> None:
        self.server, self.engine = server, engine
        self.ledger = Ledger(engine, "atlas")
        self.settings = AtlasCatalog(url=server.url)

    def opened(self) -> AtlasClient:
        return AtlasClient(Endpoint(self.server.url, self.server.user, self.server.password), self.settings)

    def fill(self, table: pa.Table) -> None:
        """Publishes the table."""
        atlas = self.opened()
        try:
            session = PublishSession(
                atlas,
                self.ledger,
                self.engine,
                deployment=_DEPLOYMENT,
                run_id="fill",
                desired_keys=[],
                replan=lambda: plan(table, self.ledger.entries(), Coverage([]), _DEPLOYMENT),
            )
            outcome = publish(session.replan(), session)
        finally:
            atlas.close()
        if outcome.error or outcome.refused or outcome.dropped or outcome.left:
            raise SystemExit(f"publishing failed: {outcome}")

    def ours(self) -> tuple[float, int, int]:
        """Seconds, calls and differences of one comparison."""
        atlas = self.opened()
        try:
            began = time.perf_counter()
            found = reconcile(atlas, self.ledger, _DEPLOYMENT)
            return time.perf_counter() - began, atlas.traffic.calls, len(found.differences)
        finally:
            atlas.close()

    def floor(self, keys: Sequence[Key]) -> float:
        """Seconds that a plain client takes to fetch and decode the same entities, as many names a request."""
        fetched = 0
        auth = (self.server.user, self.server.password)
        with httpx.Client(base_url=self.server.url, auth=auth, timeout=300) as http:
            began = time.perf_counter()
            for type_name, query in _queries(keys):
                answer = http.get(f"{_API}/{type_name}", params=query).raise_for_status()
                fetched += len(orjson.loads(answer.content)["entities"])
            seconds = time.perf_counter() - began
        if fetched != len(keys):
            raise SystemExit(f"{fetched} of {len(keys)} entities were fetched")
        return seconds

    def measure(self, rounds: int) -> tuple[str, bool]:
        """The line, and whether it is as it should be."""
        keys = sorted(self.ledger.guids())
        self.floor(keys)  # the server's caches are warm for both
        ours, floors, calls, differences = [], [], 0, 0
        for number in range(rounds):
            if number % 2:
                floors.append(self.floor(keys))
            seconds, calls, differences = self.ours()
            ours.append(seconds)
            if not number % 2:
                floors.append(self.floor(keys))
        ratio = statistics.median(mine / least for mine, least in zip(ours, floors, strict=True))
        least, mine = statistics.median(floors), statistics.median(ours)
        line = f"{len(keys):>8} {least:>8.2f} {mine:>8.2f} {ratio:>6.2f} {calls:>6} {differences:>11}"
        return line, mine <= GOAL_SECONDS and not differences


def _queries(keys: Sequence[Key]) -> Iterator[tuple[str, dict[str, str]]]:
    query: dict[str, str] = {}
    length, of = 0, ""
    for type_name, name in keys:
        size = len(quote(name, safe="")) + len("&attr_0000%3AqualifiedName=")
        if query and (type_name != of or length + size > _LONGEST_QUERY):
            yield of, query
            query, length = {}, 0
        of = type_name
        query[f"attr_{len(query)}:qualifiedName"] = name
        length += size
    if query:
        yield of, query


def _table(entities: int, folder: Path) -> pa.Table:
    """So many entities, or a few more: copies of a generated store's, each under names of its own."""
    desired: Any = desired_of(stores.cached("small"), folder)
    copies = [renamed(desired, f"c{number}") for number in range(-(-entities // desired.num_rows))]
    return pa.concat_tables(copies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table = _table(asked.entities, folder)
        with AtlasServer(Settings.from_env(home=folder / "atlas", port=0)) as server:
            bench = Bench(server, open_database(f"sqlite:///{folder / 'state.db'}"))
            bench.fill(table)
            print(HEAD, flush=True)
            line, is_good = bench.measure(asked.rounds)
            print(f"{line}  {'ok' if is_good else f'over {GOAL_SECONDS:.0f} s, or not alike'}", flush=True)


if __name__ == "__main__":
    main()
