"""An Azure estate that changes: the steps of its life, each an edit of the emulator's documents or of the register."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from include.sandbox.azure import AzureEmulator
from include.sandbox.azure.loader import HERE, Document, read_folder

Item = dict[str, Any]
_UNREADABLE = "ws-people.json"  # the workspace in which nothing may be read


class ChangingEstate:
    """The demo's Azure estate, all of it readable and with names of its own, and a register beside it.

    Args:
        tag: unique; it stands in the names of all resource groups, registries, records and business uses.
    """

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._documents = {
            document.name: self._named(document.content)
            for document in read_folder(HERE)
            if document.name != _UNREADABLE
        }
        self.entries: list[Item] = []

    def documents(self) -> list[Document]:
        """What the emulator serves."""
        return [Document(name, copy.deepcopy(content)) for name, content in self._documents.items()]

    def serve(self, azure: AzureEmulator) -> None:
        """Makes the emulator serve the estate as it is now."""
        azure.replace(self.documents())

    def register(self, shipped: Path) -> str:
        """The register as YAML. shipped: the file that people and business uses are taken from."""
        document = yaml.safe_load(self._tagged(shipped.read_text()))
        return str(yaml.safe_dump({**document, "models": self.entries, "waivers": []}))

    def record(self, group: str, container: str, name: str) -> str:
        """Key of the record that a model of a workspace has by default."""
        return f"azureml/rg-{self.tag}-{group}/{container}/{name}"

    def of(self, file: str) -> Item:
        """The content of one file, to be changed."""
        return self._documents[f"{file}.json"]

    def model(self, file: str, name: str) -> Item:
        return named(self.of(file)["models"], name)

    def version(self, file: str, name: str, version: str) -> Item:
        properties: Item = named(self.model(file, name)["versions"], version)["properties"]
        return properties

    def endpoint(self, name: str) -> Item:
        return named(self.of("ws-fraud")["onlineEndpoints"], name)

    @property
    def claims(self) -> Item:
        """The Foundry project with the published agent."""
        return named(self.of("account-assist")["projects"], "claims")

    def agent(self, name: str) -> Item:
        return named(self.claims["dataPlane"]["agents"], name)

    def _named(self, content: Item) -> Item:
        document: Item = json.loads(self._tagged(json.dumps(content)))
        return document

    def _tagged(self, text: str) -> str:
        for name in ("rg-", "reg-", "UC-"):
            text = text.replace(name, f"{name}{self.tag}-")
        return text.replace('"governance.record": "', f'"governance.record": "{self.tag}-')


def named(items: list[Item], name: str) -> Item:
    return next(item for item in items if item["name"] == name)


def _without(items: list[Item], name: str) -> None:
    items.remove(named(items, name))


def _new_version(estate: ChangingEstate) -> None:
    second = named(estate.model("ws-fraud", "payment-scoring")["versions"], "2")
    third = copy.deepcopy({**second, "name": "3"})
    third["properties"] |= {"description": "The forest of the sweep", "jobName": "calm_fox_sweep_trial_3"}
    third["systemData"] = {"createdAt": "2026-06-20T06:00:00.0000000+00:00"}
    estate.model("ws-fraud", "payment-scoring")["versions"].append(third)


def _move_stage(estate: ChangingEstate) -> None:
    estate.version("ws-fraud", "payment-scoring", "1")["stage"] = "Archived"
    estate.version("ws-fraud", "payment-scoring", "3")["stage"] = "Production"


def _move_traffic(estate: ChangingEstate) -> None:
    estate.endpoint("payment-scoring")["properties"]["traffic"] = {"stable": 0, "candidate": 100}


def _change_tags(estate: ChangingEstate) -> None:
    estate.version("ws-credit", "credit-default-risk", "1")["tags"]["lifecycle"] = "production"
    estate.model("ws-credit", "credit-default-risk")["properties"]["tags"]["governance.owner"] = "tbecker"


def _archive_version(estate: ChangingEstate) -> None:
    estate.version("ws-fraud", "payment-scoring", "1")["isArchived"] = True


def _delete_version(estate: ChangingEstate) -> None:
    endpoint = estate.endpoint("payment-scoring")
    _without(endpoint["deployments"], "stable")
    endpoint["properties"]["traffic"] = {"candidate": 100}
    _without(estate.model("ws-fraud", "payment-scoring")["versions"], "1")


def _delete_model(estate: ChangingEstate) -> None:
    _without(estate.of("ws-credit")["models"], "credit-default-risk")


def _make_model_anew(estate: ChangingEstate) -> None:
    properties = {"modelType": "mlflow_model", "jobName": "stout_hill_spark", "tags": {"lifecycle": "production"}}
    created = {"createdAt": "2026-06-22T07:00:00.0000000+00:00"}
    version = {"name": "1", "properties": properties, "systemData": created}
    about = {"description": "Made anew", "tags": {"governance.owner": "ana.ruiz@example.com"}}
    model = {"name": "credit-default-risk", "properties": about, "systemData": created, "versions": [version]}
    estate.of("ws-credit")["models"].append(model)


def _new_agent_version(estate: ChangingEstate) -> None:
    versions = estate.agent("claims-assistant")["versions"]
    versions.append(copy.deepcopy({**versions[-1], "created_at": 1_782_000_000, "description": "Asks before it acts"}))


def _move_application(estate: ChangingEstate) -> None:
    (deployed,) = _application(estate)["agentDeployments"]
    deployed["properties"]["agents"] = [
        {"agentId": "claims-assistant:3", "agentName": "claims-assistant", "agentVersion": "3"}
    ]


def _remove_application_deployment(estate: ChangingEstate) -> None:
    _application(estate)["agentDeployments"].clear()


def _application(estate: ChangingEstate) -> Item:
    return named(estate.claims["applications"], "claims-desk")


def _delete_agent(estate: ChangingEstate) -> None:
    _without(estate.claims["dataPlane"]["agents"], "translator")


def _upgrade_base_model(estate: ChangingEstate) -> None:
    deployment = named(estate.of("account-assist")["deployments"], "gpt-chat")
    deployment["properties"]["model"]["version"] = "2026-01-15"


def _change_owner(estate: ChangingEstate) -> None:
    record = estate.record("credit", "ws-credit", "collections-priority")
    estate.entries.append({"record": record, "owner": "priya.nair@example.com"})


def _rename_record(estate: ChangingEstate) -> None:
    former = estate.record("fraud", "ws-fraud", "payment-scoring")
    present = f"{estate.tag}-settlement-scoring"
    asset = {"source": "azureml", "model": "payment-scoring"}
    estate.entries.append({**asset, "record": present, "formerly": [former]})


def _delete_endpoint(estate: ChangingEstate) -> None:
    _without(estate.of("ws-fraud")["onlineEndpoints"], "velocity-check")


# Each step changes several things that have nothing to do with each other: a sync takes long
STEPS: tuple[tuple[Callable[[ChangingEstate], None], ...], ...] = (
    (),
    (_new_version, _change_tags, _new_agent_version, _change_owner),
    (_move_stage, _move_application, _upgrade_base_model),
    (_move_traffic, _delete_model, _remove_application_deployment),
    (_archive_version, _make_model_anew, _delete_agent),
    (_delete_version, _rename_record, _delete_endpoint),
)
