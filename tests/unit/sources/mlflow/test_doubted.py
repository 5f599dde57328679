"""Which losses of a listing are believed, which are asked about, and which are doubted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.governance.config.models import MlflowSource
from include.governance.errors import SourceError
from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.net.http import Traffic
from include.governance.sources.mlflow.client import Page, Query, Record
from include.governance.sources.mlflow.read import read_mlflow
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot


class Server:
    """A ListingClient. listed: what its listings give. there: ids that it gives by name."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.ids_per_search, self.filters_runs = 1_000, True
        self.service_name: str | None = None
        self.listed: dict[str, list[Record]] = {}
        self.there: dict[str, Record] = {}
        self.refuses: set[str] | None = set()  # ids that this login may not read; None for all
        self.asked: list[str] = []

    def page(self, query: Query, token: str | None) -> Page:
        runs = self.listed.get(query.collection, [])
        if query.experiment_ids:
            runs = [run for run in runs if run["info"]["experiment_id"] in query.experiment_ids]
        return Page(runs, None)

    def item(self, collection: str, native_id: str) -> Record | None:
        self.asked.append(native_id)
        if self.refuses is None or native_id in self.refuses:
            raise SourceError("MLflow refused the permission.", "Grant it.")
        return self.there.get(native_id)

    def model_file(self, native_id: str, /) -> str | None:
        return None

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        return [], None

    def close(self) -> None:
        pass


class Reads:
    def __init__(self, folder: Path) -> None:
        self.folder, self.server, self.last, self.count = folder, Server(), None, 0
        self.settings: dict[str, Any] = {}

    last: Snapshot | None

    def __call__(self) -> Snapshot:
        self.count += 1
        settings = MlflowSource(name="s", uri="http://mlflow.example", full_read_hours=0, **self.settings)
        folder = Folder(str(self.folder / str(self.count)))
        self.last = read_mlflow(settings, self.server, folder, self.last, "http://mlflow.example")
        return self.last


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    made = Reads(tmp_path)
    made.server.listed = {
        "experiments": [{"experiment_id": str(number), "name": f"e{number}"} for number in (1, 2)],
        "runs": [run(f"r{number}", 1 + number // 30) for number in range(60)],
        "registered_models": [{"name": f"m{number}"} for number in range(30)],
        "model_versions": [{"name": f"m{number}", "version": "1"} for number in range(30)],
    }
    return made


def run(run_id: str, experiment: int) -> Record:
    return {"info": {"run_id": run_id, "experiment_id": str(experiment), "start_time": 1}, "data": {}}


def states(snapshot: Snapshot) -> dict[str, ReadStatus]:
    found = snapshot.collections()
    return {name: found[name].state for name in ("experiments", "runs", "registered_models", "model_versions")}


def count(snapshot: Snapshot, kind: AssetKind) -> int:
    return len(snapshot.assets(kind))


ALL = dict.fromkeys(("experiments", "runs", "registered_models", "model_versions"), ReadStatus.COMPLETE)


def test_a_clean_up_is_believed(reads: Reads) -> None:
    reads()
    for collection in ("registered_models", "model_versions"):
        reads.server.listed[collection] = reads.server.listed[collection][:18]
    after = reads()
    assert states(after) == ALL
    assert (count(after, AssetKind.MODEL), count(after, AssetKind.MODEL_VERSION)) == (18, 18)
    assert len(reads.server.asked) == 12  # the versions are gone with their models


def test_a_loss_of_most_is_doubted_although_nothing_is_there_by_name(reads: Reads) -> None:
    reads()
    reads.server.listed["registered_models"] = reads.server.listed["registered_models"][:5]
    after = reads()
    assert states(after)["registered_models"] == ReadStatus.DOUBTED
    assert "had 30 registered models, this one has 5" in after.collections()["registered_models"].reason
    assert count(after, AssetKind.MODEL) == 30
    assert len(reads.server.asked) == 20  # not more than the budget


def test_many_that_may_not_be_read_make_it_doubted(reads: Reads) -> None:
    reads()
    del reads.server.listed["registered_models"][:16]
    reads.server.refuses = None
    after = reads()
    assert states(after)["registered_models"] == ReadStatus.DOUBTED
    assert "refused the permission" in after.collections()["registered_models"].reason
    assert count(after, AssetKind.MODEL) == 30


def test_one_refusal_beside_what_was_not_asked_for_makes_it_doubted(reads: Reads) -> None:
    """More are gone than may be asked for: how many of those are merely hidden is not known."""
    reads.settings = {"fail_safe": {"lookups": 5}}
    reads()
    del reads.server.listed["registered_models"][:8]
    reads.server.refuses = {"m0"}
    after = reads()
    assert states(after)["registered_models"] == ReadStatus.DOUBTED
    assert len(reads.server.asked) == 5


def test_a_model_that_may_not_be_read_stays_with_its_versions(reads: Reads) -> None:
    """As on a server with permissions: it is in no listing, and refused by name. What is deleted beside it is gone."""
    whole = reads()
    for collection in ("registered_models", "model_versions"):
        reads.server.listed[collection] = reads.server.listed[collection][2:]
    reads.server.refuses = {"m0", "m0/1"}
    for _ in range(2):  # it is asked for again, as long as it stays so
        after = reads()
        assert states(after) == ALL | {"registered_models": ReadStatus.PARTIAL}
        told = after.collections()["registered_models"]
        assert (told.withheld, told.carried, told.remedy) == (1, 1, "Grant it.")
        assert "m0" in told.reason
        assert (count(after, AssetKind.MODEL), count(after, AssetKind.MODEL_VERSION)) == (29, 29)
        coverage = Coverage([after])
        assert coverage.is_absent(AssetKind.MODEL, qualified_names.model("s", "m1"), "s")
        assert coverage.is_absent(AssetKind.MODEL_VERSION, qualified_names.model_version("s", "m1", "1"), "s")
        withheld = qualified_names.model_version("s", "m0", "1")
        assert not coverage.is_absent(AssetKind.MODEL_VERSION, withheld, "s")
        assert "refused the permission" in str(coverage.why_incomplete(withheld))
        assert coverage.why_incomplete(qualified_names.model("s", "m5")) is None
    assert reads.server.asked == ["m0", "m1", "m0"]
    reads.server.listed["registered_models"].append({"name": "m0"})
    reads.server.listed["model_versions"].append({"name": "m0", "version": "1"})
    healed = reads()
    assert states(healed) == ALL
    assert healed.withheld() == []
    assert count(healed, AssetKind.MODEL) == count(whole, AssetKind.MODEL) - 1


def test_an_experiment_that_may_not_be_read_stays_with_its_runs(reads: Reads) -> None:
    reads()
    del reads.server.listed["experiments"][0]
    reads.server.refuses = {"1"}
    after = reads()
    assert states(after) == ALL | {"experiments": ReadStatus.PARTIAL}
    assert (count(after, AssetKind.EXPERIMENT), count(after, AssetKind.RUN)) == (2, 60)
    assert after.collections()["runs"].carried == 30
    assert reads.server.asked == ["1"]


def test_prompts_are_compared_too(reads: Reads) -> None:
    reads.settings = {"prompts": True}
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    prompts = [{"name": f"p{number}", "tags": tags} for number in range(5)]
    reads.server.listed["prompts"] = prompts
    reads()
    reads.server.listed["prompts"] = prompts[2:]
    reads.server.there["p0"] = prompts[0]
    after = reads()
    assert reads.server.asked == ["p0", "p1"]
    assert after.collections()["prompts"].state == ReadStatus.COMPLETE
    assert after.assets(AssetKind.PROMPT)["native_id"].to_pylist() == ["p2", "p3", "p4", "p0"]
    reads.server.listed["prompts"], reads.server.there = [], {}
    emptied = reads()
    assert emptied.collections()["prompts"].state == ReadStatus.DOUBTED
    assert count(emptied, AssetKind.PROMPT) == 4


def test_a_name_without_its_secret_is_not_asked_for(reads: Reads) -> None:
    """The source knows nothing of that name, and would call it gone."""
    reads.server.listed["registered_models"].append({"name": "ghp_" + "a1B2c3D4e5F6" * 3})
    reads()
    reads.server.listed["registered_models"].pop()
    assert states(reads()) == ALL
    assert reads.server.asked == []


def test_one_that_the_listing_skipped_is_read_by_name(reads: Reads) -> None:
    reads()
    skipped = reads.server.listed["model_versions"].pop(7)
    reads.server.there["m7/1"] = skipped
    after = reads()
    assert states(after) == ALL
    assert count(after, AssetKind.MODEL_VERSION) == 30
    assert "1 that the listing lacked" in after.collections()["model_versions"].reason


def test_runs_of_an_experiment_that_is_excluded_now_are_no_loss(reads: Reads) -> None:
    reads.settings = {"experiments": {"deny": ["scratch"]}}
    reads()
    reads.server.listed["experiments"][1]["name"] = "scratch"
    reads.server.there = {f"r{number}": run(f"r{number}", 2) for number in range(30, 60)}
    after = reads()
    assert states(after) == ALL
    assert count(after, AssetKind.RUN) == 30
    assert reads.server.asked == []


def test_runs_are_doubted_where_the_experiments_came_back_empty(reads: Reads) -> None:
    """So few experiments that their loss is believed; the runs are many."""
    reads()
    reads.server.listed["experiments"] = []
    after = reads()
    assert states(after)["runs"] == ReadStatus.DOUBTED
    assert count(after, AssetKind.RUN) == 60


def test_what_the_first_read_lists_is_believed(reads: Reads) -> None:
    assert states(reads()) == ALL
    assert states(reads()) == ALL
    assert reads.server.asked == []


def denying(*models: str) -> dict[str, Any]:
    return {"models": {"deny": list(models)}}


def withhold(reads: Reads) -> Snapshot:
    """m0 is in no listing any more, and refused by name."""
    reads()
    for collection in ("registered_models", "model_versions"):
        del reads.server.listed[collection][0]
    reads.server.refuses = {"m0"}
    return reads()


def is_absent(snapshot: Snapshot, model: str) -> bool:
    coverage = Coverage([snapshot])
    gone = coverage.is_absent(AssetKind.MODEL, qualified_names.model("s", model), "s")
    assert coverage.is_absent(AssetKind.MODEL_VERSION, qualified_names.model_version("s", model, "1"), "s") == gone
    return gone


def of_earlier_release(snapshot: Snapshot, *columns: str) -> Snapshot:
    """The snapshot as a release wrote it that had those columns in no table."""
    for kind in AssetKind:
        table, name = snapshot.assets(kind), f"assets/{kind}.parquet"
        if table.num_rows:
            kept = [column for column in table.column_names if column not in columns]
            snapshot.folder.write_table(name, table.select(kept))
    snapshot.document["fingerprint"] = "of an earlier release"
    return snapshot


def test_what_is_withheld_stays_when_patterns_change(reads: Reads) -> None:
    before = withhold(reads)
    reads.settings = denying("m7")
    for _ in range(2):
        after = reads()
        assert states(after) == ALL | {"registered_models": ReadStatus.PARTIAL}
        told = after.collections()["registered_models"]
        assert (told.withheld, told.carried, told.filtered) == (1, 1, 1)
        assert (count(after, AssetKind.MODEL), count(after, AssetKind.MODEL_VERSION)) == (29, 29)
        assert not is_absent(after, "m0")
        assert not is_absent(after, "m7")
        assert is_absent(after, "never-there")
    assert count(before, AssetKind.MODEL) == 30


def test_what_is_withheld_stays_after_an_upgrade(reads: Reads) -> None:
    before = withhold(reads)
    (known,) = (row for row in before.assets(AssetKind.MODEL).to_pylist() if row["native_id"] == "m0")
    reads.last = of_earlier_release(before, "description", "secrets_where")
    after = reads()
    assert states(after) == ALL | {"registered_models": ReadStatus.PARTIAL}
    (row,) = (row for row in after.assets(AssetKind.MODEL).to_pylist() if row["native_id"] == "m0")
    assert row == known | {"description": None, "secrets_where": None}
    assert count(after, AssetKind.MODEL_VERSION) == 30
    assert not is_absent(after, "m0")


def test_a_column_that_an_upgrade_gave_another_form_is_null(reads: Reads) -> None:
    before = withhold(reads)
    table = before.assets(AssetKind.MODEL)
    at = table.column_names.index("created_at")
    texts = pa.array(["last year"] * table.num_rows)
    before.folder.write_table("assets/model.parquet", table.set_column(at, "created_at", texts))
    before.document["fingerprint"] = "of an earlier release"
    after = reads()
    (row,) = (row for row in after.assets(AssetKind.MODEL).to_pylist() if row["native_id"] == "m0")
    assert row["created_at"] is None
    assert after.collections()["registered_models"].withheld == 1


def test_a_listing_stays_doubted_when_patterns_change(reads: Reads) -> None:
    reads()
    reads.server.listed["registered_models"] = reads.server.listed["registered_models"][:5]
    assert states(reads())["registered_models"] == ReadStatus.DOUBTED
    reads.settings = denying("m29")
    after = reads()
    told = after.collections()["registered_models"]
    assert told.state == ReadStatus.DOUBTED
    assert "had 29 registered models, this one has 5" in told.reason
    assert count(after, AssetKind.MODEL) == 29


def test_what_patterns_leave_out_is_no_loss(reads: Reads) -> None:
    reads()
    reads.settings = denying("m1*", "m2*")
    after = reads()
    assert states(after) == ALL
    assert reads.server.asked == []
    assert (count(after, AssetKind.MODEL), count(after, AssetKind.MODEL_VERSION)) == (8, 8)
    assert not is_absent(after, "m10")


def test_what_a_clean_up_took_is_gone_also_when_patterns_change(reads: Reads) -> None:
    reads()
    for collection in ("registered_models", "model_versions"):
        del reads.server.listed[collection][3]
    reads.settings = denying("m7")
    after = reads()
    assert states(after) == ALL
    assert reads.server.asked == ["m3"]
    assert is_absent(after, "m3")


def test_one_that_is_withheld_and_then_denied_is_not_gone(reads: Reads) -> None:
    """The remedy that the report names. Nobody says that the model was deleted, now or later."""
    withhold(reads)
    reads.settings = denying("m0")
    for _ in range(3):
        after = reads()
        assert states(after) == ALL
        assert after.collections()["registered_models"].filtered == 1
        assert count(after, AssetKind.MODEL) == 29
        assert not is_absent(after, "m0")
    reads.settings = {}
    assert not is_absent(reads(), "m0")
    reads.server.listed["registered_models"].append({"name": "m0"})
    healed = reads()
    assert healed.filtered() == []
    assert count(healed, AssetKind.MODEL) == 30
    reads.server.listed["registered_models"].pop()
    reads.server.refuses = set()
    assert is_absent(reads(), "m0")


def test_one_that_was_deleted_while_patterns_left_it_out_is_gone_later(reads: Reads) -> None:
    withhold(reads)
    reads.settings = denying("m0")
    assert not is_absent(reads(), "m0")
    reads.server.refuses = set()
    assert not is_absent(reads(), "m0")
    assert reads.server.asked == ["m0"]  # before the patterns left it out
    reads.settings = {}
    reads.server.refuses = {"m0"}
    assert not is_absent(reads(), "m0")
    reads.server.refuses = set()
    assert is_absent(reads(), "m0")
    assert is_absent(reads(), "m0")
    assert reads.server.asked == ["m0"] * 3


def test_one_that_patterns_left_out_and_that_is_there_is_read_by_name(reads: Reads) -> None:
    withhold(reads)
    reads.settings = denying("m0")
    reads()
    reads.settings, reads.server.refuses = {}, set()
    reads.server.there = {"m0": {"name": "m0"}}
    after = reads()
    assert (states(after), count(after, AssetKind.MODEL)) == (ALL, 30)
    assert after.filtered() == []


def test_what_patterns_left_out_is_not_gone_while_its_listing_is_doubted(reads: Reads) -> None:
    withhold(reads)
    reads.settings = denying("m0")
    reads()
    reads.settings, reads.server.refuses = {}, set()
    reads.server.listed["registered_models"] = []
    after = reads()
    assert states(after)["registered_models"] == ReadStatus.DOUBTED
    assert not is_absent(after, "m0")


def test_what_patterns_leave_out_is_not_carried_forward(reads: Reads) -> None:
    """Nor the runs of an experiment, and what they state."""
    reads()
    reads.settings = {"experiments": {"deny": ["e2"]}, **denying("m3")}
    failing = {"runs", "registered_models", "model_versions"}
    page = reads.server.page

    def refusing(query: Query, token: str | None) -> Page:
        if query.collection in failing:
            raise SourceError("out of order.", "Wait.")
        return page(query, token)

    reads.server.page = refusing  # type: ignore[method-assign]
    after = reads()
    assert {states(after)[name] for name in failing} == {ReadStatus.FAILED}
    assert (count(after, AssetKind.RUN), count(after, AssetKind.MODEL_VERSION)) == (30, 29)
    names = {name for kind in AssetKind for name in after.assets(kind)["qualified_name"].to_pylist()}
    assert set(after.relations()["stated_by"].to_pylist()) <= names


@pytest.mark.parametrize("place", ["address", "workspace"])
def test_another_place_is_not_compared(reads: Reads, place: str) -> None:
    before = withhold(reads)
    before.document |= {"fingerprint": "of another place", place: "another"}
    after = reads()
    assert states(after) == ALL
    assert count(after, AssetKind.MODEL) == 29
    assert reads.server.asked == ["m0"]
