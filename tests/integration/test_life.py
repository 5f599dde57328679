"""The life of an estate: a real MLflow server that fails, loses and changes things, synced into a real Apache Atlas.

After every trouble and the good sync that follows it, catalog and history are those of an estate without trouble.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from include.governance.errors import ExitCode
from include.governance.staging.plan import MISSING, RETIRED, Key
from include.sandbox import demo
from include.sandbox.faults import Fault
from tests.support.atlas import RealAtlas
from tests.support.demo import write_config
from tests.support.fault_proxy import FaultProxy
from tests.support.life import Life, assert_only_marked
from tests.support.mlflow_server import running

pytestmark = [pytest.mark.atlas, pytest.mark.heavy, pytest.mark.timeout(900)]


@dataclass
class MlflowLife(Life):
    """proxy: stands before the MLflow server. client: changes what the server has."""

    proxy: FaultProxy
    client: MlflowClient


@pytest.fixture
def life(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_atlas: RealAtlas
) -> Iterator[MlflowLife]:
    store = tmp_path / "store" / "mlflow.db"
    store.parent.mkdir()
    shutil.copy(demo.store_uri(demo_home).removeprefix("sqlite:///"), store)
    deployment = f"life-{uuid.uuid4().hex[:8]}"
    with running(store) as server, FaultProxy(server.url) as proxy:
        config = write_config(tmp_path, monkeypatch, proxy.url, real_atlas.url, deployment, real_atlas.password)
        few = "kind: mlflow, page_size: 10, attempts: 1, full_read_hours: 0,"
        config.write_text(config.read_text().replace("kind: mlflow,", few))
        life = MlflowLife(config, proxy, MlflowClient(server.url, server.url))
        assert life.sync()[0] == ExitCode.DONE
        assert life.promotions()
        yield life


def test_troubles_leave_no_trace(life: MlflowLife) -> None:
    """Each trouble as a sync for real, then the good sync after it: catalog and history as if nothing had been."""
    whole, history = life.dump(), life.promotions()
    for name, trouble in TROUBLES.items():
        trouble(life.proxy)
        exit_code, document = life.sync()
        assert exit_code == ExitCode.SOURCE, name
        assert not any(MISSING in classes for _, _, classes in life.dump().values()), name
        assert life.promotions() == history, name
        assert_only_marked(whole, life.dump(), name)
        life.proxy.clear()
        assert life.sync()[0] == ExitCode.DONE, name
        assert life.dump() == whole, name
        assert life.promotions() == history, name
        exit_code, document = life.sync()
        assert (exit_code, document.outcome.writes) == (ExitCode.DONE, 0), name


def test_an_outage_writes_nothing_where_the_mark_is_not_wanted(life: MlflowLife) -> None:
    life.config.write_text(life.config.read_text().replace("publish: {enabled: true", "publish: {provisional: false"))
    for collection in ("runs", "experiments", "registered-models", "model-versions"):
        life.proxy.fault(Fault("status", path=f"{collection}/search", status=500, times=None))
    exit_code, document = life.sync()
    assert (exit_code, document.outcome.writes) == (ExitCode.SOURCE, 0)
    life.proxy.clear()
    assert life.sync()[1].outcome.writes == 0


def test_lost_state_is_taken_over_from_the_catalog(life: MlflowLife) -> None:
    ended = next(row for row in life.promotions() if row["signal"] == "alias champion")
    model = ended["version_label"].rsplit(" v", 1)[0]
    life.client.delete_registered_model_alias(model, "champion")
    life.sync()
    whole, history = life.dump(), life.promotions()
    assert any(row["until"] is not None for row in history)
    life.lose_state()
    exit_code, document = life.sync()
    shown = [(change.action, change.type_name, change.name, change.attributes) for change in document.changes.shown]
    assert (exit_code, document.outcome.writes) == (ExitCode.DONE, 0), shown
    assert life.dump() == whole
    known = ("qualified_name", "record_key", "version", "state", "since", "until")
    assert {tuple(row[name] for name in known) for row in life.promotions()} == {
        tuple(row[name] for name in known) for row in history
    }
    assert life.sync()[1].outcome.writes == 0


def test_what_is_long_gone_is_retired_and_restored_when_it_is_back(life: MlflowLife) -> None:
    """A model: deleted, not counted during an outage, retired, made again."""
    rules = "missing: {retire_after_listings: 3, retire_after_days: 0}"
    life.config.write_text(life.config.read_text().replace("publish: {enabled: true", f"publish: {{{rules}"))
    life.client.create_registered_model("short-lived")
    assert life.sync()[0] == ExitCode.DONE
    model = next(key for key in life.dump() if key.qualified_name.endswith("/models/short-lived"))
    life.client.delete_registered_model("short-lived")
    assert life.sync()[1].outcome.acknowledged["missing"] == {"ai_model": 1}
    life.proxy.fault(Fault("status", path="registered-models/search", status=500, times=None))
    assert life.sync()[0] == ExitCode.SOURCE  # it cannot tell, and does not count
    life.proxy.clear()
    life.sync()
    assert RETIRED not in life.dump()[model][2]
    assert life.sync()[1].outcome.acknowledged == {"retire": {"ai_model": 1}}
    assert {MISSING, RETIRED} <= set(life.dump()[model][2])
    assert life.sync()[1].outcome.writes == 0
    life.client.create_registered_model("short-lived")
    assert life.sync()[1].outcome.acknowledged == {"restore": {"ai_model": 1}}
    assert not {MISSING, RETIRED} & set(life.dump()[model][2])
    assert life.sync()[1].outcome.writes == 0


def test_what_ends_keeps_what_it_was_and_what_is_gone_says_so(life: MlflowLife) -> None:
    standing = next(row for row in life.promotions() if row["version_label"].endswith(" v1"))
    model = standing["version_label"].rsplit(" v", 1)[0]
    promotion = Key("ai_promotion", standing["qualified_name"])
    record = next(key for key in life.dump() if key.type_name == "ai_governed_model" and is_of(life, key, standing))
    before = life.dump()
    life.client.delete_registered_model(model)
    assert life.sync()[0] == ExitCode.DONE
    after = life.dump()
    assert after[promotion][0]["until"]
    assert after[promotion][0]["verdict"] == before[promotion][0]["verdict"]
    assert after[promotion][1]["inputs"] == before[promotion][1]["inputs"]
    kept = ("name", "owner", "use_case_id", "risk_tier", "sources")
    assert {name: after[record][0][name] for name in kept} == {name: before[record][0][name] for name in kept}
    assert after[record][0]["lifecycle_state"] == "retired"
    gone = Key("ai_model_version", standing["version"])
    assert (after[gone][0]["lifecycle_state"], after[gone][0]["aliases"], after[gone][0]["verdict"]) == (
        "gone", None, None,
    )  # fmt: skip
    assert MISSING in after[gone][2]

    life.lose_state()
    assert life.sync()[1].outcome.writes == 0

    # made anew under the same name, from another run
    other = next(row for row in life.client.search_model_versions() if row.name != model and row.run_id)
    life.client.create_registered_model(model)
    life.client.create_model_version(model, other.source, other.run_id, model_id=other.source.removeprefix("models:/"))
    assert life.sync()[0] == ExitCode.DONE
    origins = [key for key, (_, edges, _) in life.dump().items() if standing["version"] in edges.get("outputs", ())]
    assert [key.qualified_name.rsplit("/", 1)[-1] for key in origins if key.type_name == "ai_training_run"] == [
        other.run_id
    ]
    assert life.sync()[1].outcome.writes == 0


def test_a_promotion_whose_version_was_not_listed_goes_on(life: MlflowLife) -> None:
    """So little was lost that it was believed: the next listing that has it undoes all of it."""
    whole, history = life.dump(), life.promotions()
    standing = next(row for row in history if row["until"] is None)
    model = standing["version_label"].rsplit(" v", 1)[0]
    for path in ("registered-models/search", "model-versions/search"):
        life.proxy.fault(Fault("rewrite", path=path, times=None, edit=partial(_without, name=model)))
    life.proxy.fault(Fault("status", path=r"/get\?name=", status=404, times=None, content={"error_code": "NO"}))
    assert life.sync()[0] == ExitCode.DONE
    assert [row["ended_by"] for row in life.promotions() if row["version"] == standing["version"]] == ["gone"]
    life.proxy.clear()
    assert life.sync()[0] == ExitCode.DONE
    assert life.promotions() == history
    assert life.dump() == whole


def is_of(life: Life, key: Key, promotion: dict[str, Any]) -> bool:
    return bool(life.dump()[key][0]["record_key"] == promotion["record_key"])


def _without(answer: Any, name: str) -> None:
    for key in ("registered_models", "model_versions"):
        if key in answer:
            answer[key] = [item for item in answer[key] if item["name"] != name]


def _emptied(*paths: str) -> Callable[[FaultProxy], None]:
    def trouble(proxy: FaultProxy) -> None:
        for path in paths:
            proxy.fault(Fault("garbage", path=f"{path}/search", times=None, content="{}"))
        proxy.fault(Fault("status", path="/get", status=404, times=None, content={"error_code": "NO"}))

    return trouble


def _refused(*paths: str) -> Callable[[FaultProxy], None]:
    def trouble(proxy: FaultProxy) -> None:
        for path in paths:
            proxy.fault(Fault("status", path=f"{path}/search", status=503, times=None))

    return trouble


def _error_object(proxy: FaultProxy) -> None:
    content = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "busy"}
    proxy.fault(Fault("garbage", path="registered-models/search", times=None, content=content))


TROUBLES: dict[str, Callable[[FaultProxy], None]] = {
    "an error object with status 200": _error_object,
    "no models": _emptied("registered-models"),
    "no versions": _emptied("model-versions"),
    "no runs": _emptied("runs"),
    "nothing at all": _emptied("registered-models", "model-versions", "runs", "experiments", "logged-models"),
    "no answer on runs": _refused("runs"),
    "no answer on experiments": _refused("experiments"),
    "no answer at all": _refused("registered-models", "model-versions", "runs", "experiments", "logged-models"),
}
