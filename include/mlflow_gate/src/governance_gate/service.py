"""Asks the gate service."""

from __future__ import annotations

import threading
from typing import NamedTuple

import requests

from .guarded import Promotion
from .settings import Settings

# Each waits in one of the server's forty threads, and what the gate reads from this server needs threads too
_MOST_WAITING = 8
_MOST_FINDINGS = 5
_CREATED = "a new version cannot be judged before it has a number. Create it without that tag, then set the tag."
_waiting = threading.BoundedSemaphore(_MOST_WAITING)


class Answer(NamedTuple):
    """promote, refused or cannot tell; and why, for the person who called.

    is_broken: something is certain to be wrong, whatever else could not be told.
    """

    answer: str
    reason: str = ""
    is_broken: bool = False


def ask(promotion: Promotion, source: str | None, caller: str, settings: Settings) -> Answer:
    """The gate's answer. Never raises: what goes wrong is `cannot tell`."""
    if source is None:
        return Answer("refused", "no source reads this workspace: name it in MLFLOW_GATE_WORKSPACES.")
    if promotion.source:
        return Answer("refused", _CREATED)
    if not _waiting.acquire(blocking=False):
        return Answer("refused", f"{_MOST_WAITING} other promotions are being judged. Try again.")
    try:
        return _ask(promotion, source, caller, settings)
    except (requests.RequestException, ValueError) as error:
        return Answer(
            "cannot tell", f"the gate service did not answer ({type(error).__name__}). Check it, then try again."
        )
    finally:
        _waiting.release()


def _ask(promotion: Promotion, source: str, caller: str, settings: Settings) -> Answer:
    body = {
        "source": source,
        "model": promotion.model,
        "version": promotion.version,
        "to": promotion.to,
        "asked_by": caller,
    }
    headers = {"Authorization": f"Bearer {settings.token}"}
    got = requests.post(f"{settings.url}/gate", json=body, headers=headers, timeout=settings.seconds)
    document = got.json()
    if not isinstance(document, dict):
        raise ValueError
    answer = document.get("answer")
    if got.status_code != requests.codes.ok or answer not in ("promote", "refused", "cannot tell"):
        told = document.get("message") or document.get("detail") or "no answer"
        return Answer("cannot tell", f"the gate service answered {got.status_code}: {told}")
    return Answer(answer, _reason(document), any(one.get("refuses") for one in _objects(document, "findings")))


def _reason(document: dict) -> str:  # type: ignore[type-arg]
    """Sentence, findings and gaps; what another version of the service words otherwise is left out."""
    findings = [finding for finding in _objects(document, "findings") if finding.get("refuses")]
    lines = [str(document.get("sentence", ""))]
    lines += ["{rule}: {sentence} {remedy} Ask: {ask}.".format_map(_Known(one)) for one in findings[:_MOST_FINDINGS]]
    unread = _objects(document, "unread")
    lines += ["{what}: {reason} {remedy}".format_map(_Known(one)) for one in unread[:_MOST_FINDINGS]]
    return " ".join(filter(None, lines))


def _objects(document: dict, key: str) -> list[dict]:  # type: ignore[type-arg]
    listed = document.get(key)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


class _Known(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return ""
