"""What a failed request means, and the role that mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from azure.core import exceptions

from include.governance.errors import SourceError, SourceUnavailable
from include.governance.net.azure.errors import to_source_error

ARM = "https://management.azure.com"
ML = f"{ARM}/subscriptions/S/resourceGroups/G/providers/Microsoft.MachineLearningServices/workspaces/W/jobs"
DENIED = (
    "The client 'c' with object id 'o' does not have authorization to perform action "
    "'Microsoft.MachineLearningServices/workspaces/jobs/read' over scope '/subscriptions/S/x' or the scope is invalid."
)


class Response:
    """As much of an answer as azure-core's errors look at."""

    reason = "why"
    headers: dict[str, str] = {}

    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self._body = status, body

    def json(self) -> Any:
        if isinstance(self._body, Exception):
            raise self._body
        return self._body

    def text(self, *_: Any) -> str:
        return str(self._body)

    body = text


def failed(status: int, body: Any, url: str = f"{ML}?sig=made-up") -> SourceError:
    kind = exceptions.ClientAuthenticationError if status == 401 else exceptions.HttpResponseError
    return to_source_error(kind(response=cast(Any, Response(status, body))), url)


def test_a_refusal_names_permission_scope_and_role() -> None:
    error = failed(403, {"error": {"code": "AuthorizationFailed", "message": DENIED}})
    assert "Microsoft.MachineLearningServices/workspaces/jobs/read" in error.message
    assert error.remedy == "Grant it the role AzureML Data Scientist (or Reader) on /subscriptions/S/x."
    assert (error.data["status"], error.data["scope"]) == (403, "/subscriptions/S/x")


@pytest.mark.parametrize(
    ("url", "role"),
    [
        (f"{ARM}/subscriptions/S/providers/Microsoft.CognitiveServices/accounts", "Reader"),
        (f"{ARM}/subscriptions/S/providers/Microsoft.Authorization/roleAssignments", "Reader"),
        ("https://a.services.ai.azure.com/api/projects/p/agents", "Azure AI User"),
    ],
    ids=["accounts", "role assignments", "agents"],
)
@pytest.mark.parametrize("status", [401, 403])
def test_the_role_depends_on_the_service(url: str, role: str, status: int) -> None:
    error = failed(status, {"error": {"code": "PermissionDenied", "message": "no"}}, url)
    assert f"the role {role} on /" in error.remedy


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (404, SourceError, "not found"),
        (400, SourceError, "HTTP 400"),
        (429, SourceUnavailable, "HTTP 429"),
        (500, SourceUnavailable, "HTTP 500"),
        (503, SourceUnavailable, "HTTP 503"),
    ],
)
def test_by_status(status: int, kind: type, said: str) -> None:
    error = failed(status, {"error": {"code": "X", "message": "text"}})
    assert type(error) is kind
    assert said in error.message
    assert error.data["status"] == status
    assert error.remedy


@pytest.mark.parametrize(
    "body", [None, [], "text", {"error": None}, {"error": "x"}, {"error": {"code": 3}}, ValueError()]
)
def test_error_bodies_of_any_shape(body: Any) -> None:
    assert failed(403, body).data["status"] == 403
    assert failed(500, body).data["status"] == 500


def test_what_stands_in_a_query_is_never_shown() -> None:
    for error in (failed(403, {}), failed(500, {}), to_source_error(OSError("x"), f"{ML}?sig=made-up")):
        assert "made-up" not in f"{error} {error.data}"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.ServiceRequestError("no route"), "no answer"),
        (exceptions.ServiceResponseError("reset"), "broke off"),
        (exceptions.DecodeError("bad"), "broke off"),
        (OSError("down"), "no answer"),
        (exceptions.ServiceRequestError("SSL: CERTIFICATE_VERIFY_FAILED"), "certificate is not trusted"),
        (exceptions.ClientAuthenticationError("AADSTS7000215: Invalid client secret.\nTrace ID: x"), "no token"),
    ],
)
def test_without_an_answer(error: Exception, said: str) -> None:
    found = to_source_error(error, ML)
    assert said in found.message
    assert "Trace ID" not in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("AADSTS700024: Client assertion is not within its valid time range.", "federated token is out of date"),
        ("AADSTS900144: The request body must contain the parameter: 'client_assertion'.", "federated token is empty"),
        ("AADSTS700213: No matching federated identity record found", "federated identity credential"),
        ("AADSTS7000222: The provided client secret keys for app 'a' are expired.", "new one"),
        (
            "ManagedIdentityCredential authentication unavailable, no managed identity endpoint found.",
            "managed identity",
        ),
        ("AADSTS7000215: Invalid client secret.", "client id and secret"),
    ],
    ids=["out of date", "empty", "not federated", "secret expired", "no managed identity", "wrong secret"],
)
def test_why_there_is_no_token_decides_what_to_do(said: str, words: str) -> None:
    assert words in to_source_error(exceptions.ClientAuthenticationError(said), ML).remedy


def test_a_federated_token_whose_file_is_not_there(tmp_path: Path) -> None:
    try:
        (tmp_path / "token").read_text()
    except OSError as error:
        found = to_source_error(error, ML)
    assert "cannot be read" in found.message
    assert "token_file" in found.remedy


@pytest.mark.parametrize(
    "message",
    [
        "Public access is disabled. Please configure private endpoint.",
        "Access denied due to Virtual Network/Firewall rules.",
    ],
    ids=["private endpoint", "firewall"],
)
def test_a_network_that_refuses_is_no_missing_role(message: str) -> None:
    error = failed(
        403, {"error": {"code": "403", "message": message}}, "https://a.services.ai.azure.com/api/projects/p/agents"
    )
    assert "inside that network" in error.remedy
    assert "Grant" not in error.remedy
    assert error.data["status"] == 403
