"""What a failed Azure request means, and which role on which scope fixes it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import SourceError, SourceUnavailable

_ACTION = re.compile(r"perform action '([^']+)'")
_SCOPE = re.compile(r"over scope '([^']+)'")
_LONGEST_QUOTE = 300
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

    from .rate_limit import AnswerTooSlow

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


def _no_token(error: Exception, address: str) -> SourceError:
    return SourceError(
        f"no token for {address}: {str(error).splitlines()[0][:_LONGEST_QUOTE]}",
        "Check tenant, client id and secret or certificate of the credential, and the authority host.",
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
