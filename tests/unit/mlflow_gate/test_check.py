"""The app in MLflow's server: which calls it asks about, and what it makes of every answer. MLflow parses the calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from include.mlflow_gate.src.governance_gate import app, guarded
from include.mlflow_gate.src.governance_gate.guarded import Promotion
from include.mlflow_gate.src.governance_gate.settings import Settings, SettingsError
from tests.support.small_http import Asked, JsonService, Refused, serving

ALIAS = {"name": "m", "alias": "champion", "version": "3"}
FINDING = {"refuses": True, "rule": "team.rule", "sentence": "It is broken.", "remedy": "Fix it.", "ask": "Ana"}
REFUSED = {"answer": "refused", "sentence": "m v3 may not enter production.", "findings": [FINDING], "unread": []}


class Gate(JsonService):
    """A gate service. says: its answer, or the status of a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.says: Any = REFUSED

    def answer(self, asked: Asked) -> Any:
        if isinstance(self.says, int):
            raise Refused(self.says, {"message": "it is broken."})
        return self.says


@pytest.fixture(autouse=True)
def no_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "is_prompt", lambda promotion: promotion.model == "prompt")


@pytest.fixture
def gate() -> Iterator[Gate]:
    service = Gate()
    with serving(service):
        yield service


def settings(gate: Gate | None = None, **variables: str) -> Settings:
    known = {"URL": gate.url if gate else "http://127.0.0.1:9", "TOKEN": "t", "SOURCE": "lab", "SECONDS": "5"}
    return Settings.from_environment({f"MLFLOW_GATE_{name}": value for name, value in (known | variables).items()})


def call(path: str, body: Mapping[str, Any], chosen: Settings, prefix: str = "/api/2.0", user: str = "") -> Any:
    """What the check makes of that call: None where it passes."""
    from mlflow.server import app as server

    auth = (user, "x") if user else None
    with server.test_request_context(f"{prefix}/mlflow/{path}", method="POST", json=body, auth=auth):
        return app._check(chosen)


CALLS: dict[str, tuple[str, dict[str, Any], Promotion | None]] = {
    "alias": ("registered-models/alias", ALIAS, Promotion("m", "3", "champion")),
    "alias in capitals": ("registered-models/alias", {**ALIAS, "alias": "CHAMPION"}, Promotion("m", "3", "CHAMPION")),
    "other alias": ("registered-models/alias", {**ALIAS, "alias": "smoke"}, None),
    "stage": (
        "model-versions/transition-stage",
        {"name": "m", "version": "3", "stage": "production", "archive_existing_versions": False},
        Promotion("m", "3", "production"),
    ),
    "other stage": ("model-versions/transition-stage", {"name": "m", "version": "3", "stage": "Staging"}, None),
    "tag": (
        "model-versions/set-tag",
        {"name": "m", "version": "3", "key": "lifecycle", "value": " Production"},
        Promotion("m", "3", " Production"),
    ),
    "other value": ("model-versions/set-tag", {"name": "m", "version": "3", "key": "lifecycle", "value": "x"}, None),
    "other tag": ("model-versions/set-tag", {"name": "m", "version": "3", "key": "x", "value": "production"}, None),
    "new version": (
        "model-versions/create",
        {"name": "m", "source": "s", "tags": [{"key": "lifecycle", "value": "production"}]},
        Promotion("m", "", "production", "s"),
    ),
    "new version of a prompt": (
        "model-versions/create",
        {"name": "prompt", "source": "prompt-template", "tags": [{"key": "lifecycle", "value": "production"}]},
        Promotion("prompt", "", "production", "prompt-template"),
    ),
    "plain new version": ("model-versions/create", {"name": "m", "source": "s"}, None),
    "search": ("runs/search", {"experiment_ids": ["1"]}, None),
}


@pytest.mark.parametrize("prefix", ["/api/2.0", "/ajax-api/2.0"])
@pytest.mark.parametrize("which", CALLS)
def test_which_calls_are_guarded(which: str, prefix: str) -> None:
    from flask import request
    from mlflow.server import app as server

    path, body, expected = CALLS[which]
    with server.test_request_context(f"{prefix}/mlflow/{path}", method="POST", json=body):
        assert request.url_rule is not None
        assert guarded.promotion_of(request.url_rule.rule, settings()) == expected
        assert guarded.promotion_of(f"/prefix{request.url_rule.rule}", settings()) == expected


def test_the_person_reads_the_finding_and_the_remedy(gate: Gate) -> None:
    answer = call("registered-models/alias", ALIAS, settings(gate), user="ana")
    assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")
    assert answer.json["message"] == (
        "Not promoted (refused). m v3 may not enter production. team.rule: It is broken. Fix it. Ask: Ana."
    )
    (asked,) = gate.asked
    assert asked.body == {"source": "lab", "model": "m", "version": "3", "to": "champion", "asked_by": ""}
    assert asked.headers["authorization"] == "Bearer t"


def test_only_a_login_that_was_checked_is_named(gate: Gate) -> None:
    call("registered-models/alias", ALIAS, settings(gate, APP="basic-auth"), user="ana")
    assert [asked.body["asked_by"] for asked in gate.asked] == ["ana"]


def test_what_is_certainly_broken_is_refused_whatever_cannot_be_told(gate: Gate) -> None:
    gate.says = {"answer": "cannot tell", "sentence": "Who knows.", "findings": [FINDING]}
    passes = settings(gate, CANNOT_TELL="pass")
    assert call("registered-models/alias", ALIAS, passes).status_code == 403
    gate.says = {"answer": "cannot tell", "sentence": "Who knows.", "findings": [{**FINDING, "refuses": False}]}
    assert call("registered-models/alias", ALIAS, passes) is None


def test_what_was_not_asked_for_does_not_pass_as_what_cannot_be_told(gate: Gate) -> None:
    path, body, _ = CALLS["new version"]
    assert "Create it without that tag" in call(path, body, settings(gate, CANNOT_TELL="pass")).json["message"]
    assert gate.asked == []


def test_a_call_without_a_version_is_left_to_its_handler(gate: Gate) -> None:
    assert call("registered-models/alias", {"name": "m", "alias": "champion"}, settings(gate)) is None
    assert gate.asked == []


def test_what_may_be_promoted_passes(gate: Gate) -> None:
    gate.says = {"answer": "promote", "sentence": "Yes."}
    assert call("registered-models/alias", ALIAS, settings(gate)) is None


def test_what_is_not_guarded_is_not_asked(gate: Gate) -> None:
    for path, body, promotion in CALLS.values():
        assert (promotion is not None and promotion.model != "prompt") or call(path, body, settings(gate)) is None
    assert call("registered-models/alias", {**ALIAS, "name": "prompt"}, settings(gate)) is None
    assert gate.asked == []


NO_ANSWERS = {
    "cannot tell": {"answer": "cannot tell", "sentence": "Who knows."},
    "an error": 500,
    "withdrawn token": 401,
    "something else": {"answer": "yes"},
    "no object": ["promote"],
    "half of one": {"answer": "refused"},
}


@pytest.mark.parametrize("says", NO_ANSWERS)
def test_no_answer_refuses_unless_a_setting_lets_it_pass(says: str, gate: Gate) -> None:
    gate.says = NO_ANSWERS[says]
    assert call("registered-models/alias", ALIAS, settings(gate)).status_code == 403
    passes = settings(gate, CANNOT_TELL="pass")
    assert (call("registered-models/alias", ALIAS, passes) is None) == (says != "half of one")


def test_a_service_that_is_down_refuses_what_is_guarded() -> None:
    answer = call("registered-models/alias", ALIAS, settings())
    assert "Not promoted (cannot tell). the gate service did not answer (ConnectionError)." in answer.json["message"]


def test_observing_refuses_nothing(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    assert call("registered-models/alias", ALIAS, settings(gate, MODE="observe")) is None
    said = "refused 'm version 3 to champion' by 'unknown', passed: 'm v3 may not enter production. team.rule: "
    assert said in caplog.text


def test_a_workspace_has_a_source_of_its_own(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.utils import workspace_context

    monkeypatch.setattr(workspace_context, "get_request_workspace", lambda: "team")
    assert "MLFLOW_GATE_WORKSPACES" in call("registered-models/alias", ALIAS, settings(gate)).json["message"]
    call("registered-models/alias", ALIAS, settings(gate, WORKSPACES="team=lab-team"))
    assert [asked.body["source"] for asked in gate.asked] == ["lab-team"]


@pytest.mark.parametrize(
    "variables", [{"URL": ""}, {"MODE": "maybe"}, {"SECONDS": "x"}, {"APP": "x"}, {"WORKSPACES": "a"}]
)
def test_wrong_settings_name_the_variable(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=f"MLFLOW_GATE_{next(iter(variables))}"):
        settings(None, **variables)
