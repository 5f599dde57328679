"""The life of an estate on Azure: its workspaces and projects change and their services fail, synced into a real Atlas.

After every change, the troubles that meet it and the good sync after them, catalog and history are those of an
estate that met no trouble.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from include.governance.errors import ExitCode
from include.governance.model import qualified_names
from include.governance.staging.plan import MISSING, Key
from include.sandbox.azure import AzureEmulator, azure_emulator
from include.sandbox.faults import Fault
from tests.contract.catalog.dialects import ATLAS
from tests.support.atlas import RealAtlas
from tests.support.azure_life import STEPS, ChangingEstate
from tests.support.demo import SHIPPED, write_config
from tests.support.life import Account, Life, Rounds, assert_only_marked

pytestmark = [pytest.mark.atlas, pytest.mark.heavy, pytest.mark.timeout(1_800)]
_TIMEOUT = '"timeout_seconds": {}'
_SOURCES = {"azureml": "azure_ml", "foundry": "ai_foundry"}


@dataclass
class AzureLife(Life):
    """azure: serves `estate`."""

    azure: AzureEmulator
    estate: ChangingEstate
    atlas: RealAtlas

    def change(self, *changes: Callable[[ChangingEstate], None]) -> None:
        for change in changes:
            change(self.estate)
        self.estate.serve(self.azure)
        (self.config.parent / "register.yaml").write_text(self.estate.register(SHIPPED / "register.yaml"))

    def meet(self, trouble: Callable[[AzureEmulator], None]) -> tuple[ExitCode, Any]:
        """A sync during which the services fail. They wait less long, so that the test does not."""
        trouble(self.azure)
        settings = self.config.read_text()
        self.config.write_text(settings.replace(_TIMEOUT.format(600.0), _TIMEOUT.format(1.0)))
        try:
            return self.sync()
        finally:
            self.config.write_text(settings)
            self.azure.clear()

    def erase(self) -> None:
        """Removes all that the installation has put into the catalog."""
        inspector = ATLAS.inspector(self.atlas.url, self.atlas.user, self.atlas.password)
        marker = inspector.get(
            Key("ai_governance_deployment", qualified_names.marker(self.workspace.config.settings.deployment))
        )
        assert marker is not None
        guids = [*self.workspace.ledger.guids().values(), marker["guid"]]
        inspector.delete(guids)
        inspector.purge(guids)
        inspector.close()


@pytest.fixture
def new_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_atlas: RealAtlas
) -> Iterator[Callable[[], AzureLife]]:
    """Makes installations that read equal estates under equal names: one catalog holds them one after the other."""
    tag = uuid.uuid4().hex[:6]
    with azure_emulator(ChangingEstate(tag).documents(), page_size=2) as azure:
        azure.prepare()

        def make() -> AzureLife:
            folder = tmp_path / uuid.uuid4().hex[:6]
            config = write_config(folder, monkeypatch, "unused", real_atlas.url, f"azure-{tag}", real_atlas.password)
            few = {"attempts": 1, "timeout_seconds": 600.0}
            sources = [_settings(azure, kind, name=name, **few) for name, kind in _SOURCES.items()]
            lines = [line for line in config.read_text().splitlines() if not line.startswith(("sources:", "tags:"))]
            config.write_text("\n".join([*lines, f"sources: {json.dumps(sources)}"]))
            life = AzureLife(config, azure, ChangingEstate(tag), real_atlas)
            life.change()
            return life

        yield make


def _settings(azure: AzureEmulator, kind: str, **more: Any) -> Any:
    settings = azure.settings(kind, **more)
    document = settings.model_dump(mode="json", exclude_unset=True)
    document["credential"]["client_secret"] = settings.credential.client_secret.get_secret_value()
    return document


def test_a_life_with_troubles_ends_as_one_without(new_life: Callable[[], AzureLife]) -> None:
    undisturbed = new_life()
    expected = list(_lived(undisturbed))
    undisturbed.erase()
    for number, account in enumerate(_lived(new_life(), tuple(TROUBLES))):
        _assert_same(account, expected[number], number)


def _lived(life: AzureLife, troubles: tuple[str, ...] = ()) -> Iterator[Account]:
    """After each step: catalog and history. The first syncs after it meet two of the troubles, in turn."""
    rounds = Rounds(life.estate.tag)
    for number, changes in enumerate(STEPS):
        rounds.begin()
        life.change(*changes)
        for trouble in dict.fromkeys(troubles[(number + ahead) % len(troubles)] for ahead in (0, 3) if troubles):
            exit_code, document = life.meet(TROUBLES[trouble])
            assert exit_code == ExitCode.SOURCE, (number, trouble, document.headline)
        exit_code, document = life.sync()
        assert exit_code == ExitCode.DONE, (number, document.headline)
        yield rounds.account(life)
        assert not troubles or life.sync()[1].outcome.writes == 0, number


def _assert_same(found: Account, expected: Account, step: int) -> None:
    assert found.entities.keys() == expected.entities.keys(), step
    for key, said in found.entities.items():
        assert said == expected.entities[key], (step, key)
    for rows, others in ((found.promotions, expected.promotions), (found.transitions, expected.transitions)):
        surplus, lacking = ([row for row in one if row not in other] for one, other in ((rows, others), (others, rows)))
        assert rows == others, f"step {step}: {surplus} beyond what is expected, {lacking} lacking"


def test_troubles_leave_no_trace(new_life: Callable[[], AzureLife]) -> None:
    """Nothing changes but the services' health: nothing but the mark is written, and the good sync takes it off."""
    life = new_life()
    exit_code, document = life.sync()
    assert exit_code == ExitCode.DONE, document.headline
    whole, history = life.dump(), life.promotions()
    assert history
    for name, trouble in TROUBLES.items():
        assert life.meet(trouble)[0] == ExitCode.SOURCE, name
        assert not any(MISSING in classes for _, _, classes in life.dump().values()), name
        assert life.promotions() == history, name
        assert_only_marked(whole, life.dump(), name)
        assert life.sync()[0] == ExitCode.DONE, name
        assert life.dump() == whole, name
        assert life.promotions() == history, name
    assert life.sync()[1].outcome.writes == 0


def _fault(*faults: Fault) -> Callable[[AzureEmulator], None]:
    def trouble(azure: AzureEmulator) -> None:
        for fault in faults:
            azure.fault(replace(fault))

    return trouble


def _emptied(*listings: str) -> Callable[[AzureEmulator], None]:
    """The listings end at once, and what they had is not found by name either."""
    return _fault(
        *(Fault("rewrite", path=rf"/{listing}\?", times=None, edit=_empty) for listing in listings),
        *(
            Fault("status", path=rf"/{listing}/[^/?]+\?", times=None, status=404, content=_error("NotFound"))
            for listing in listings
        ),
    )


def _empty(answer: Any) -> Any:
    return {name: [] for name in ("value", "data") if name in answer} | (
        {"has_more": False} if "data" in answer else {}
    )


def _error(code: str) -> Any:
    return {"error": {"code": code, "message": "not now"}}


TROUBLES: dict[str, Callable[[AzureEmulator], None]] = {
    "429 on versions": _fault(Fault("status", path=r"/models/[^/]+/versions\?", times=None, status=429)),
    "500 on deployments": _fault(Fault("status", path=r"/deployments\?", times=None, status=500)),
    "no answer on jobs": _fault(Fault("timeout_before", path=r"/jobs\?", times=None)),
    "403 on the second page of models": _fault(
        Fault("status", path=r"/models\?.*skipToken", times=None, status=403, content=_error("AuthorizationFailed"))
    ),
    "an error with status 200": _fault(
        Fault("garbage", path=r"/(onlineEndpoints|agents)\?", times=None, content=_error("ServerBusy"))
    ),
    "half a page": _fault(Fault("truncate", path=r"/(models|agents|applications)\?", times=None)),
    "nothing in the listings": _emptied("models", "onlineEndpoints", "agents", "applications"),
    "a token that is accepted no more": _fault(
        Fault(
            "status",
            path="^/(?!metadata/).*api-version=",
            times=None,
            status=401,
            content=_error("InvalidAuthenticationToken"),
        )
    ),
}
