"""One version with all it stands on, in words that hold on every platform: sound, or broken where a case says so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OWNER, USE_CASE = "ana", "UC-APPROVED"


class Data(NamedTuple):
    """One input of a run. name: {model} stands for the model's. uri: None where nobody says where it lies."""

    name: str
    context: str | None = "training"
    uri: str | None = "s3://lake"


@dataclass(frozen=True)
class Chain:
    """What stands behind a version.

    run: active, deleted, purged; None: none is named. experiment: active, deleted, missing. secrets_in: which of
    version, model and run holds one.
    """

    run: str | None = "active"
    experiment: str = "active"
    data: tuple[Data, ...] = (Data("{model}-rows"),)
    metrics: bool = True
    signature: str | None = "present"
    owner: str | None = OWNER
    use_case: str | None = USE_CASE
    described: bool = True
    secrets_in: str = ""
    model_tags: Mapping[str, str] = field(default_factory=dict)

    def inputs(self, model: str) -> tuple[Data, ...]:
        return tuple(one._replace(name=one.name.format(model=model)) for one in self.data)

    def tags(self) -> dict[str, str]:
        said = {"governance.owner": self.owner, "governance.use_case": self.use_case}
        return {**{tag: value for tag, value in said.items() if value}, **self.model_tags}

    def secrets(self, where: str) -> int:
        return int(self.secrets_in == where)


SOUND = Chain()


class Registry(ABC):
    """A place that holds experiments, runs, models and versions: an MLflow server, an Azure ML workspace."""

    @abstractmethod
    def experiment(self, name: str, stage: str = "active") -> str: ...

    @abstractmethod
    def run(self, run: str, experiment: str, **stated: Any) -> str: ...

    @abstractmethod
    def model(self, name: str, tags: Mapping[str, str], **stated: Any) -> str: ...

    @abstractmethod
    def version(self, model: str, number: int = 1, **stated: Any) -> str: ...

    def governed(
        self, model: str, chain: Chain = SOUND, number: int = 1, *, run: str | None = None, **version: Any
    ) -> str:
        """A version in production with its chain. Its run, experiment and data are named after the model."""
        run, experiment = run or f"{model}-run-{number}", f"{model}-experiment"
        if chain.experiment != "missing" and chain.run in ("active", "deleted"):
            self.experiment(experiment, chain.experiment)
        if chain.run in ("active", "deleted"):
            self.run(
                run,
                experiment,
                stage=chain.run,
                data=chain.inputs(model),
                metrics={"auc": 0.9} if chain.metrics else {},
                signature=chain.signature,
                secrets=chain.secrets("run"),
            )
        description = f"{model} scores" if chain.described else None
        self.model(model, chain.tags(), description=description, secrets=chain.secrets("model"))
        return self.version(model, number, run=run if chain.run else None, secrets=chain.secrets("version"), **version)
