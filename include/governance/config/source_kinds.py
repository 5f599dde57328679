"""The registry of source kinds: the only list of them. To add a connector, add its entry to SOURCE_KINDS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from .sources.ai_foundry import AiFoundrySource
from .sources.azure_ml import AzureMlSource
from .sources.base import SourceSettings
from .sources.mlflow import MlflowSource

AZURE = "azure"
_DEFAULT_KIND = "mlflow"


@dataclass(frozen=True)
class SourceKind:
    """One kind of source.

    Attributes:
        name: the value of `kind` in governance.yaml.
        settings: the model of its entry in `sources:`.
        connector: "module:class" of its connector, relative to the package `sources`. Imported at first use: the Azure
            SDKs and mlflow take seconds.
        throttle: of the sources that share it, the service throttles one principal as a whole, so that their reads
            compete; None where reads do not affect each other.
    """

    name: str
    settings: type[SourceSettings]
    connector: str
    throttle: str | None = None


SOURCE_KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        SourceKind("mlflow", MlflowSource, ".mlflow.connector:MlflowConnector"),
        SourceKind("azure_ml", AzureMlSource, ".azure_ml.connector:AzureMlConnector", throttle=AZURE),
        SourceKind("ai_foundry", AiFoundrySource, ".ai_foundry.connector:AiFoundryConnector", throttle=AZURE),
    )
}


def kind_of(settings: SourceSettings) -> SourceKind:
    """The registry's entry for a source's settings."""
    return SOURCE_KINDS[settings.kind]


def _kind_name(entry: Any) -> str:
    """The kind of one entry of `sources`, before or after validation; an entry without `kind` is MLflow."""
    if isinstance(entry, dict):
        return str(entry.get("kind", _DEFAULT_KIND))
    return str(getattr(entry, "kind", None))


if TYPE_CHECKING:
    Source = SourceSettings
else:
    Source = Annotated[
        Union[tuple(Annotated[kind.settings, Tag(kind.name)] for kind in SOURCE_KINDS.values())],  # noqa: UP007
        Discriminator(
            _kind_name,
            custom_error_type="kind",
            custom_error_message=f"`kind` must be one of {', '.join(SOURCE_KINDS)}",
        ),
    ]
