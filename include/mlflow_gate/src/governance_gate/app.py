"""The factory that `mlflow server --app-name governance-gate` calls."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from .guarded import is_prompt, promotion_of, source_of_request
from .service import Answer, ask
from .settings import Settings

_logger = logging.getLogger(__name__)


def create_app(app: Any = None) -> Any:
    """MLflow's server with the gate in front of promotions, after its own logins where it has them.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    from mlflow.server import app as flask_app

    settings = Settings.from_environment(os.environ)
    served = app or flask_app
    if settings.app == "basic-auth":
        from mlflow.server import auth

        auth.bootstrap_admin_user()
        whole = auth.create_app(served)
        served.before_request(lambda: _check(settings))
        return whole
    served.before_request(lambda: _check(settings))
    from mlflow.server.fastapi_app import create_fastapi_app

    return create_fastapi_app(served)


def _check(settings: Settings) -> Any:
    """None lets the request through; a response is the answer to it."""
    from flask import request
    from mlflow.exceptions import MlflowException

    if request.method != "POST" or request.url_rule is None:
        return None
    try:
        promotion = promotion_of(request.url_rule.rule, settings)
    except MlflowException:  # the handler says so itself
        return None
    if promotion is None or is_prompt(promotion) or not (promotion.version or promotion.source):
        return None  # without a number, the handler refuses it itself
    # only MLflow's own logins have proven who it is
    caller = str(request.authorization.username or "") if settings.app and request.authorization else ""
    answer = ask(promotion, source_of_request(settings), caller, settings)
    refused = answer.answer == "refused" or answer.is_broken or settings.cannot_tell_refuses
    if answer.answer == "promote":
        return None
    what = f"{promotion.model} version {promotion.version} to {promotion.to}"
    passes = not (refused and settings.refuses)
    by = f"by {caller or 'unknown'!r}" + (", passed" if passes else "")
    _logger.warning("governance gate: %s %r %s: %r", answer.answer, what, by, answer.reason)
    return None if passes else _denied(answer)


def _denied(answer: Answer) -> Any:
    from flask import Response

    message = f"Not promoted ({answer.answer}). {answer.reason}"
    return Response(
        json.dumps({"error_code": "PERMISSION_DENIED", "message": message}), status=403, mimetype="application/json"
    )
