"""What a failed MLflow request means, and how to fix it: by what the answer says, not by its status alone."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ...errors import SourceError, SourceUnavailable, Unsupported
from ...net.failure import HttpFailure
from ...net.proxies import proxy_for
from ...net.refused_by_network import NETWORK_REFUSES, NETWORK_REMEDY
from .client import OPTIONAL, REGISTRY, TooManyIds
from .services import Service

WANTS_WORKSPACE = "the MLflow server wants to know which workspace is meant"
CHANGED = (
    "The permission or the token changed while it was read: sync again, and see that the token lives as long as a read."
)
CHECK_SERVER = "Check the MLflow server, and what stands in front of it."
_ABSENT = (404, 405, 501)
_LONGEST_MESSAGE = 300
_TOO_MANY_IDS = re.compile(r"(?i)too many experiment.?ids|experiment_ids.{0,40}(?:exceed|too (?:many|long)|at most)")
_MOST_IDS = re.compile(r"(?i)maximum[^0-9]{0,40}([0-9]{1,6})")


class Asked(NamedTuple):
    """What was asked, of whom.

    Attributes:
        url: address of the server, without a login.
        answered: whether the server has given a listing before.
        workspace: that the requests name.
    """

    collection: str
    url: str
    service: Service
    answered: bool = False
    workspace: str | None = None


class _Cause(NamedTuple):
    """A reason that an answer names. in_words: how it is known. says: before the server's own words."""

    in_words: re.Pattern[str]
    statuses: tuple[int, ...]
    says: str
    remedy: str


_CAUSES = (
    _Cause(
        NETWORK_REFUSES,
        (401, 403, 409),
        "the network in front of the server refuses",
        NETWORK_REMEDY,
    ),
    _Cause(
        re.compile(r"(?i)invalid host header"),
        (400, 403),
        "the MLflow server does not allow the host name it was called by",
        "List it there: mlflow server --allowed-hosts, or MLFLOW_SERVER_ALLOWED_HOSTS.",
    ),
    _Cause(
        re.compile(r"(?i)workspace context is required|active workspace is required|workspace (?:header )?is required"),
        (400, 401, 403),
        WANTS_WORKSPACE,
        "Name it in `workspace`, or read all that this login may read: `workspaces: {allow: ['*']}`.",
    ),
    _Cause(
        re.compile(r"(?i)workspaces? (?:apis? )?(?:are|is) not (?:available|enabled)|without workspaces support"),
        (400, 403, 404, 501, 503),
        "the MLflow server has no workspaces",
        "Leave `workspace` and `workspaces` out of this source, or have workspaces enabled there.",
    ),
    _Cause(
        re.compile(r"(?i)workspace .{0,80}not found"),
        (400, 403, 404),
        "the MLflow server does not have that workspace",
        "Correct `workspace`, or ask for access to it.",
    ),
    _Cause(
        re.compile(r"(?i)token (?:is |has )?expired|expired (?:access )?token|invalid_token|jwt expired"),
        (400, 401, 403),
        "the token has expired or is not valid any more",
        "Give the source a new token; for long reads a login or a connection that renews it.",
    ),
)
_ROLES = {
    "azure_ml": "Grant the identity AzureML Data Scientist (or Reader) on the workspace; behind a private endpoint the "
    "workspace's MLflow answers only from inside.",
    "databricks": "Check the token: scope mlflow, and in Unity Catalog USE CATALOG, USE SCHEMA and EXECUTE.",
    "gitlab": "Check the project in the address and the access token: scope read_api, and a role in the project.",
    "mlflow": "Check username, password or token, and read permission on experiments and registered models.",
}


def to_source_error(error: HttpFailure, asked: Asked) -> SourceError:
    """What a failed request of a listing means. Its data: `status`."""
    for judge in (_as_unsupported, _as_too_many_ids, _by_its_words, _as_page_of_a_proxy, _as_refused_login):
        if (found := judge(error, asked)) is not None:
            found.data.setdefault("status", error.status)
            return found
    return _by_status(error)


def _as_unsupported(error: HttpFailure, asked: Asked) -> SourceError | None:
    absent = error.status in _ABSENT
    failed = error.status == 500 and _code(error.body) == "INTERNAL_ERROR"
    what = asked.collection.replace("_", " ")
    if asked.collection in OPTIONAL and (absent or failed):
        # Azure ML answers either way; a server of its own may also merely be sick
        return Unsupported(f"{_server(asked)} does not offer {what}.", absent=absent)
    is_off = absent or _code(error.body) == "FEATURE_DISABLED"
    if asked.collection in REGISTRY and asked.answered and is_off and not _names_workspace(error):
        return Unsupported(f"{_server(asked)} does not offer {what}: it has no model registry.", absent=True)
    return None


def _as_too_many_ids(error: HttpFailure, _: Asked) -> SourceError | None:
    words = _words(error.body)
    if error.status not in (400, 413, 414) or not _TOO_MANY_IDS.search(words):
        return None
    most = _MOST_IDS.search(words)
    return TooManyIds(error.sentence, CHECK_SERVER, int(most.group(1)) if most else 0)


def _by_its_words(error: HttpFailure, _: Asked) -> SourceError | None:
    words = _words(error.body)
    for cause in _CAUSES:
        if error.status in cause.statuses and cause.in_words.search(words):
            return SourceError(f"{cause.says}: {error.sentence}", cause.remedy)
    return None


def _as_page_of_a_proxy(error: HttpFailure, asked: Asked) -> SourceError | None:
    """A page for people is not MLflow's answer: something in front of it speaks."""
    if not (error.status in (401, 403, 407) or error.status >= 500) or not _is_html(error.body):
        return None
    proxy = proxy_for(asked.url)
    if proxy is None and error.status in (401, 403):
        return SourceError(
            f"not MLflow refuses, but what stands in front of it, with a page for people: {error.sentence}",
            "Ask whoever runs the gateway or the company's proxy; an access proxy may want `headers` of its own.",
        )
    if proxy is None:
        return None
    return SourceError(
        f"the proxy {_host(proxy)} refuses, not MLflow: {error.sentence}",
        f"List {_host(asked.url)} in NO_PROXY, or have the proxy let it pass.",
    )


def _as_refused_login(error: HttpFailure, asked: Asked) -> SourceError | None:
    if error.status == 407:
        return SourceError(
            f"the proxy wants a login: {error.sentence}",
            "Put it into HTTP_PROXY or HTTPS_PROXY: http://user:password@host.",
        )
    scheme = error.challenge.partition(" ")[0].lower()
    if error.status == 401 and scheme in ("negotiate", "kerberos"):
        return SourceError(
            f"the server wants a Kerberos login (SPNEGO), which is not supported: {error.sentence}",
            "Read it by an address with a password or a token, or give the token of a gateway in `headers`.",
        )
    hides_project = asked.service.name == "gitlab" and error.status == 404 and not asked.answered
    if error.status not in (401, 403) and not hides_project:
        return None
    return SourceError(
        f"{_server(asked, 'MLflow')} refused the login or the permission: {error.sentence}", _ROLES[asked.service.name]
    )


def _by_status(error: HttpFailure) -> SourceError:
    data = {"status": error.status}
    if "CERTIFICATE_VERIFY_FAILED" in error.sentence:
        remedy = "Name the PEM file of the server's certificate authority in `ca_bundle`."
        return SourceError(error.sentence, remedy, **data)
    if 200 <= error.status < 400:
        where = f" to {error.location}" if error.location else ""
        return SourceError(
            f"{error.sentence}{where and f' It leads{where}.'}",
            "Check that the address is that of an MLflow server, and what stands in front of it: a login page needs "
            "a token or `headers` of the gateway.",
            **data,
        )
    if error.is_too_large:
        return SourceError(
            error.sentence, "One item is larger than the limit; have it made smaller at its source.", **data
        )
    if error.status in (0, 429) or error.status >= 500:
        return SourceUnavailable(error.sentence, "Check that the MLflow server is up and reachable from here.", **data)
    return SourceError(error.sentence, "Check the address and the version of the MLflow server.", **data)


def _server(asked: Asked, plain: str = "this server") -> str:
    return plain if asked.service.name == "mlflow" else asked.service.title


def _names_workspace(error: HttpFailure) -> bool:
    return "workspace" in _words(error.body).lower()


def _code(body: Any) -> str:
    inner = body.get("error") if isinstance(body, dict) else None
    outer = body.get("error_code") if isinstance(body, dict) else ""
    return str(outer or (inner.get("code") if isinstance(inner, dict) else "") or "")


def _words(body: Any) -> str:
    return str(body)[: 4 * _LONGEST_MESSAGE]


def _is_html(body: Any) -> bool:
    return isinstance(body, str) and bool(re.match(r"(?is)\s*<(?:!doctype|html|head|body)", body))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
