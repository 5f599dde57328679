"""Which calls are guarded, read as MLflow's own handlers read them."""

from __future__ import annotations

from typing import Any, NamedTuple

from .settings import Settings


class Promotion(NamedTuple):
    """A version that a call would promote.

    version: empty where the call creates it, from `source`. to: what it would get.
    """

    model: str
    version: str
    to: str
    source: str = ""


def promotion_of(rule: str, settings: Settings) -> Promotion | None:
    """What the present request promotes; None where it is not guarded.

    The same parser reads the request as in the handler that would answer it: what it does not understand, that handler
    refuses itself.

    Args:
        rule: the route that the request matched, whatever stands in front of it.
    """
    from mlflow.protos import model_registry_pb2 as messages

    if rule.endswith("/mlflow/registered-models/alias"):
        asked = _message(messages.SetRegisteredModelAlias())
        return Promotion(asked.name, asked.version, asked.alias) if _is(asked.alias, settings.aliases) else None
    if rule.endswith("/mlflow/model-versions/transition-stage"):
        asked = _message(messages.TransitionModelVersionStage())
        return Promotion(asked.name, asked.version, asked.stage) if _is(asked.stage, settings.stages) else None
    if rule.endswith("/mlflow/model-versions/set-tag"):
        asked = _message(messages.SetModelVersionTag())
        return Promotion(asked.name, asked.version, asked.value) if _is_state(asked, settings) else None
    if rule.endswith("/mlflow/model-versions/create"):
        asked = _message(messages.CreateModelVersion())
        stated = next((tag.value for tag in asked.tags if _is_state(tag, settings)), None)
        return None if stated is None else Promotion(asked.name, "", stated, asked.source)
    return None


def source_of_request(settings: Settings) -> str | None:
    """The source that reads what the present request is about; None where the settings name none for its workspace."""
    from mlflow.utils.workspace_context import get_request_workspace

    workspace = get_request_workspace()
    return settings.source if workspace in (None, "", "default") else settings.workspaces.get(workspace)


def is_prompt(promotion: Promotion) -> bool:
    """Whether it is a prompt, which shares these calls with models and is not governed by the gate.

    A tag alone does not make one, since anybody may set it: a version's source is set once, and that of a prompt is
    none that could be loaded.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.prompt.constants import _PROMPT_SOURCE_PLACEHOLDERS
    from mlflow.server.handlers import _get_model_registry_store

    store = _get_model_registry_store()
    try:
        source = promotion.source
        if promotion.version:
            source = store.get_model_version(promotion.model, promotion.version).source
        is_tagged = bool(store.get_registered_model(promotion.model)._is_prompt())  # noqa: SLF001
    except MlflowException:
        return False
    return is_tagged and source in _PROMPT_SOURCE_PLACEHOLDERS


def _message(empty: Any) -> Any:
    from mlflow.server.handlers import _get_request_message

    return _get_request_message(empty)


def _is(name: str, guarded: frozenset[str]) -> bool:
    return name.strip().lower() in guarded


def _is_state(tag: Any, settings: Settings) -> bool:
    return bool(settings.tag) and tag.key == settings.tag and _is(tag.value, settings.tag_values)
