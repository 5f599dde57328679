"""What a failed Azure request means, and which role on which scope fixes it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import SourceError, SourceUnavailable
from ..refused_by_network import NETWORK_REFUSES, NETWORK_REMEDY

_ACTION = re.compile(r"perform action '([^']+)'")
_SCOPE = re.compile(r"over scope '([^']+)'")
_LONGEST_QUOTE = 300
_NETWORK_CODES = {"publicnetworkaccessdisabled", "publicaccessdisabled", "privateendpointrequired"}
DATA_PLANE_ROLE = "Azure AI User"  # Reader of ARM is not enough: agents need a role with data actions
_ROLES = {
    "microsoft.machinelearningservices": "AzureML Data Scientist (or Reader)",
    "microsoft.cognitiveservices": "Reader",
    "microsoft.authorization": "Reader",
}


def to_source_error(error: Exception, requested: str) -> SourceError:
    """What an error of azure-core means, and how to fix it. requested: the URL.

    The SourceError's data: `status` (0: no answer), `url` without its query.
    """
    from azure.core import exceptions as azure_errors

    from .answer_limit import AnswerTooSlow

    address = urlsplit(requested)._replace(query="", fragment="").geturl()
    if isinstance(error, azure_errors.ClientAuthenticationError) and error.status_code not in (401, 403):
        return _no_token(error, address)
    if isinstance(error, azure_errors.HttpResponseError) and error.status_code is not None:
        return _by_status(error, int(error.status_code), address)
    if isinstance(error, AnswerTooSlow):
        return SourceUnavailable(
            f"{address}: {error}.",
            "Check what stands between here and Azure, or raise `timeout_seconds`.",
            status=0,
            url=address,
        )
    if isinstance(error, azure_errors.DecodeError | azure_errors.ServiceResponseError):
        return SourceUnavailable(
            f"{address}: the answer broke off or is not JSON ({type(error).__name__}).",
            "Sync again; check what stands between here and Azure if it stays.",
            status=0,
            url=address,
        )
    if isinstance(error, FileNotFoundError | PermissionError) and error.filename:
        return SourceError(
            f"no token for {address}: the file {error.filename} cannot be read ({error.strerror}).",
            "See what writes the federated token (`token_file`, AZURE_FEDERATED_TOKEN_FILE), and who may read it.",
            status=401,
            url=address,
        )
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SourceError(
            f"{address}: its certificate is not trusted.",
            "Name the PEM file of its certificate authority in `ca_bundle` (or REQUESTS_CA_BUNDLE).",
            status=0,
            url=address,
        )
    return SourceUnavailable(
        f"{address}: no answer ({type(error).__name__}: {str(error)[:_LONGEST_QUOTE]}).",
        "Check the network, the proxy, and private endpoints between here and Azure.",
        status=0,
        url=address,
    )


# What the authority's answer, or the credential's error, names -> what to do
_TOKEN_REMEDIES = (
    (
        re.compile(r"(?i)AADSTS700024|assertion is not within its valid time|client assertion.{0,40}expired"),
        "The federated token is out of date: see that its file (`token_file`, AZURE_FEDERATED_TOKEN_FILE) is renewed "
        "here, and that this machine's clock is right.",
    ),
    (
        re.compile(r"(?i)AADSTS90014|AADSTS900144|client_assertion.{0,60}(?:missing|empty)|malformed.{0,40}assertion"),
        "The federated token is empty: see what writes its file (`token_file`, AZURE_FEDERATED_TOKEN_FILE).",
    ),
    (
        re.compile(r"(?i)AADSTS70021|AADSTS700211|AADSTS700213|no matching federated identity"),
        "Add a federated identity credential for this issuer and subject to the app registration or managed identity.",
    ),
    (
        re.compile(r"(?i)AADSTS7000222|client secret.{0,40}expired"),
        "The client secret has expired: make a new one and give it to the credential.",
    ),
    (
        re.compile(r"(?i)IMDS|managed identity endpoint|no managed identity|IDENTITY_ENDPOINT"),
        "Give this machine, pod or function the managed identity, or choose another `credential`.",
    ),
)
_CHECK_CREDENTIAL = "Check tenant, client id and secret or certificate of the credential, and the authority host."


def _no_token(error: Exception, address: str) -> SourceError:
    words = str(error)
    remedies = (remedy for pattern, remedy in _TOKEN_REMEDIES if pattern.search(words))
    return SourceError(
        f"no token for {address}: {words.splitlines()[0][:_LONGEST_QUOTE] if words else type(error).__name__}",
        next(remedies, _CHECK_CREDENTIAL),
        status=401,
        url=address,
    )


def _by_status(error: Any, status: int, address: str) -> SourceError:
    code, message = _body(error)
    if status in (401, 403):
        return _forbidden(status, code, message, address)
    data = {"status": status, "code": code, "url": address}
    if status == 404:
        return SourceError(
            f"{address}: not found ({code}).", "It was removed, or its parent was; check the scope.", **data
        )
    if status == 429 or status >= 500:
        return SourceUnavailable(
            f"{address}: HTTP {status} {message}".rstrip(),
            "Azure throttles or fails; lower requests_per_second, or sync again later.",
            **data,
        )
    return SourceError(f"{address}: HTTP {status} {code} {message}".rstrip(), "Check scope and api-version.", **data)


def _forbidden(status: int, code: str, message: str, address: str) -> SourceError:
    action, scope = _ACTION.search(message), _SCOPE.search(message)
    path = urlsplit(address).path
    where = scope.group(1) if scope else unquote(path)
    needs = action.group(1) if action else ""
    role = next((role for namespace, role in _ROLES.items() if namespace in address.lower()), DATA_PLANE_ROLE)
    permission = f" (it needs {needs})" if needs else ""
    if NETWORK_REFUSES.search(message) or code.lower() in _NETWORK_CODES:
        words = f"HTTP {status} {code} {message}".rstrip()
        return SourceError(
            f"{_shortened(path)}: the network of the service refuses, not a role; {words}",
            NETWORK_REMEDY,
            status=status,
            code=code,
            url=address,
        )
    return SourceError(
        f"{_shortened(path)}: the identity may not read this{permission}; HTTP {status} {code}".rstrip() + ".",
        f"Grant it the role {role} on {where}.",
        status=status,
        code=code,
        url=address,
        action=needs,
        scope=where,
    )


def _shortened(path: str) -> str:
    """The end of a path that tells a person what was asked for: `workspaces/ws-people/datastores`."""
    return "/".join(unquote(path).strip("/").split("/")[-3:])


def _body(error: Any) -> tuple[str, str]:
    """(error code, message) as the body has them, whatever its shape."""
    try:
        body = error.response.json()
    except Exception:  # noqa: BLE001 - no body, a body that is no JSON, a response already closed
        return "", str(error.message or "").splitlines()[0][:_LONGEST_QUOTE] if error.message else ""
    content = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(content, dict):
        return "", str(content)[:_LONGEST_QUOTE]
    return str(content.get("code") or "")[:80], str(content.get("message") or "")[: 2 * _LONGEST_QUOTE]
