"""Publishing into a real Apache Atlas against the floor of publishing: the same batches, posted by a plain client.

`python -m benchmarks.publish_atlas [small large]` prints one line for the generated stores of those sizes.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson
import pyarrow as pa

from benchmarks import stores
from include.governance import pipeline
from include.governance.catalog import PublishSession, publish
from include.governance.catalog.atlas import AtlasClient
from include.governance.config import load
from include.governance.config.catalogs import AtlasCatalog
from include.governance.config.connections import Endpoint
from include.governance.config.loader import PROJECT
from include.governance.estate import Coverage
from include.governance.model.tables import DESIRED
from include.governance.model.vocabularies import SyncMode
from include.governance.plan.diff import plan
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Key
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import Settings

SOURCE = "bench"
BAR = 1.2  # ours may take this many times the floor
_BULK = "/api/atlas/v2/entity/bulk"
_WARM_UP_BATCHES = 10  # the first thousand entities of a fresh Atlas are slow


class Line(NamedTuple):
    """One row of the table. Seconds are medians over the rounds; ratio is the median of the rounds' own ratios."""

    size: str
    entities: int
    batches: int
    floor: float
    ours: float
    ratio: float
    second: float
    second_writes: int

    def __str__(self) -> str:
        return (
            f"{self.size:<6} {self.entities:>8} {self.batches:>7} {self.floor:>8.2f} {self.ours:>8.2f} "
            f"{self.ratio:>6.2f} {self.second:>8.2f} {self.second_writes:>6}"
        )


HEAD = "store  entities batches  floor s   ours s  ratio 2nd sync s writes"


class Bench:
    """One running Atlas. Every round publishes the same entities under names of its own."""

    def __init__(self, server: AtlasServer, folder: Path, batch_size: int) -> None:
        self.server, self.folder = server, folder
        self.settings = AtlasCatalog(url=server.url, batch_size=batch_size)

    def ours(self, desired: pa.Table, name: str) -> tuple[Outcome, list[bytes]]:
        """A sync of the renamed table: its outcome, and the bulk requests that it sent."""
        table = renamed(desired, name)
        engine = open_database(f"sqlite:///{self.folder / name}.db")
        ledger = Ledger(engine, "atlas")
        keys = [Key(*pair) for pair in zip(*(table[column].to_pylist() for column in DESIRED.names[:2]), strict=True)]
        atlas = AtlasClient(Endpoint(self.server.url, self.server.user, self.server.password), self.settings)
        sent: list[list[dict[str, Any]]] = []
        post = atlas.post_entities

        def noting(entities: Any) -> Any:
            sent.append(entities)
            return post(entities)

        atlas.post_entities = noting  # type: ignore[method-assign, assignment]
        try:
            session = PublishSession(
                atlas,
                ledger,
                engine,
                deployment=name,
                run_id=name,
                desired_keys=keys,
                replan=lambda: replace(plan(table, ledger.entries(), Coverage([])), ledger_revision=ledger.revision()),
            )
            outcome = publish(session.replan(), session)
        finally:
            atlas.close()
        if outcome.error or outcome.refused or outcome.dropped or outcome.left:
            raise SystemExit(f"publishing failed: {outcome}")
        return outcome, [orjson.dumps({"entities": entities}) for entities in sent]

    def floor(self, batches: list[bytes], old: str, new: str) -> float:
        """Seconds that a plain client takes to post the same batches under other names."""
        bodies = [batch.replace(f"{old}-".encode(), f"{new}-".encode()) for batch in batches]
        auth = (self.server.user, self.server.password)
        with httpx.Client(base_url=self.server.url, auth=auth, timeout=300) as http:
            began = time.perf_counter()
            for body in bodies:
                answer = http.post(_BULK, content=body, headers={"Content-Type": "application/json"})
                orjson.loads(answer.raise_for_status().content)
            return time.perf_counter() - began

    def measure(self, size: str, desired: pa.Table, rounds: int) -> Line:
        warm, batches = self.ours(desired.slice(0), f"{size}w")
        self.floor(batches[:_WARM_UP_BATCHES], f"{size}w", f"{size}v")
        ours, floors, seconds, writes = [], [], [], 0
        for number in range(rounds):
            name, plain = f"{size}o{number}", f"{size}f{number}"
            if number % 2:  # who comes first changes, since a filling store grows slower
                floors.append(self.floor(batches, f"{size}w", plain))
            outcome, _ = self.ours(desired, name)
            ours.append(outcome.seconds)
            if not number % 2:
                floors.append(self.floor(batches, f"{size}w", plain))
            again, _ = self.ours(desired, name)
            seconds.append(again.seconds)
            writes += again.writes
        ratios = [mine / least for mine, least in zip(ours, floors, strict=True)]
        middle = statistics.median
        return Line(
            size, warm.entities, len(batches), middle(floors), middle(ours), middle(ratios), middle(seconds), writes
        )


def renamed(desired: pa.Table, name: str) -> pa.Table:
    """The same entities under other qualified names: a prefix right after every scheme."""
    rows = []
    for row in desired.to_pylist():
        texts = {column: _renamed(row[column], name) for column in DESIRED.names if column.endswith("_json")}
        digest = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()
        renamed_key = {"qualified_name": _renamed(row["qualified_name"], name), "content_hash": digest}
        rows.append({**row, **texts, **renamed_key})
    return pa.Table.from_pylist(rows, schema=DESIRED)


def _renamed(text: str, name: str) -> str:
    for scheme in ("mlflow", "governance"):
        text = text.replace(f"{scheme}://", f"{scheme}://{name}-")
    return text


def desired_of(store: Path, folder: Path) -> pa.Table:
    """What the pipeline wants in the catalog for that MLflow store."""
    config = PROJECT / "include" / "config"
    (folder / "governance.yaml").write_bytes(
        orjson.dumps(
            {
                "sources": [{"kind": "mlflow", "name": SOURCE, "uri": stores.uri(store)}],
                "catalog": {"kind": "atlas", "url": "http://127.0.0.1:1"},
                "register": str(config / "register.yaml"),
                "suites": [str(config / "suites")],
                "state": {"database": f"sqlite:///{folder / 'plan.db'}", "staging": str(folder / "staging")},
            }
        )
    )
    sync = Sync(Workspace(load(folder / "governance.yaml")), "bench", SyncMode.PLAN)
    sync.begin()
    pipeline.read(sync, SOURCE)
    pipeline.read_curated(sync)
    pipeline.resolve(sync)
    pipeline.judge(sync)
    pipeline.plan_changes(sync)
    return sync.folder.read_table("desired.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["small"], choices=list(stores.SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=AtlasCatalog.model_fields["batch_size"].default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tables = {}
        for size in asked.sizes:
            (folder / size).mkdir()
            tables[size] = desired_of(stores.cached(size), folder / size)
        with AtlasServer(Settings.from_env(home=folder / "atlas", port=0)) as server:
            print(HEAD, flush=True)
            for size, desired in tables.items():
                line = Bench(server, folder, asked.batch_size).measure(size, desired, asked.rounds)
                verdict = "ok" if line.ratio <= BAR and line.second_writes == 0 else f"over the bar of {BAR} or writing"
                print(f"{line}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
