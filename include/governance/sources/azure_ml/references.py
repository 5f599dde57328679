"""What a job, a model or a deployment refers to: the shapes that references take, and what they stand for.

Every shape has a name, which is the rule of the relation that it leads to. Shapes are compared without regard to case:
ARM ids come as resourceGroups and as resourcegroups.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from ...model import qualified_names

_SEGMENT = "[^/?#]+"
_PROVIDER = r"(?:providers/Microsoft\.MachineLearningServices/)?"
_IN_SUBSCRIPTION = rf"subscriptions/(?P<sub>{_SEGMENT})/resourcegroups/(?P<rg>{_SEGMENT})/{_PROVIDER}"
_ASSET = rf"(?P<type>data|models|environments|components|jobs|codes)/(?P<title>{_SEGMENT})"
_VERSION = rf"(?:/versions/(?P<version>{_SEGMENT})|/labels/(?P<label>{_SEGMENT}))?/?$"
_STORE = rf"datastores/(?P<store>{_SEGMENT})(?:/paths)?(?:/(?P<path>[^?#]*))?$"

# rule, pattern. In the order in which they are tried
_ASSETS = [
    ("ARM id", rf"(?:azureml:)?/{_IN_SUBSCRIPTION}workspaces/(?P<ws>{_SEGMENT})/{_ASSET}{_VERSION}"),
    ("registry ARM id", rf"(?:azureml:)?/{_IN_SUBSCRIPTION}registries/(?P<registry>{_SEGMENT})/{_ASSET}{_VERSION}"),
    ("azureml://registries", rf"azureml://registries/(?P<registry>{_SEGMENT})/{_ASSET}{_VERSION}"),
    (
        "azureml://locations",
        rf"azureml://locations/(?P<location>{_SEGMENT})/workspaces/(?P<guid>{_SEGMENT})/{_ASSET}{_VERSION}",
    ),
    ("azureml://subscriptions", rf"azureml://{_IN_SUBSCRIPTION}workspaces/(?P<ws>{_SEGMENT})/{_ASSET}{_VERSION}"),
    ("azureml:NAME:VERSION", r"(?:azureml:)?(?P<title>[A-Za-z0-9_][^:@/\\\s]*):(?P<version>[^:@/\\\s]+)$"),
    ("azureml:NAME@LABEL", r"(?:azureml:)?(?P<title>[A-Za-z0-9_][^:@/\\\s]*)@(?P<label>[^:@/\\\s]+)$"),
]
_PATHS = [
    ("azureml://subscriptions datastore", rf"azureml://{_IN_SUBSCRIPTION}workspaces/(?P<ws>{_SEGMENT})/{_STORE}"),
    (
        "azureml://workspaces datastore",
        rf"azureml://(?:locations/{_SEGMENT}/)?workspaces/(?P<guid>{_SEGMENT})/{_STORE}",
    ),
    ("azureml://datastores", rf"azureml://{_STORE}"),
]
_ASSETS_COMPILED = [(rule, re.compile(pattern, re.IGNORECASE)) for rule, pattern in _ASSETS]
_PATHS_COMPILED = [(rule, re.compile(pattern, re.IGNORECASE)) for rule, pattern in _PATHS]
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,30})://\S")
_FILE_SYSTEM = re.compile(r"(abfss?|wasbs?)://([^@/]+)@([^/]+)(?:/(.*))?$", re.IGNORECASE)


class Asset(NamedTuple):
    """A registered thing. qualified_name: as its own listing names it. container: that of its workspace, if known.

    registry: its registry's name. version: None where the reference names none; label: `latest` and the like.
    """

    rule: str
    qualified_name: str
    type: str
    title: str
    version: str | None
    label: str | None
    container: str | None
    registry: str | None

    @property
    def display_name(self) -> str:
        """NAME vVERSION or NAME@LABEL."""
        if self.label:
            return f"{self.title}@{self.label}"
        return f"{self.title} v{self.version}" if self.version else self.title


class Path(NamedTuple):
    """A path in storage. datastore: its qualified name, if it is in one; path: below that, or the address."""

    rule: str
    datastore: str | None
    path: str


class Workspaces:
    """Ids of the workspaces in scope, by the GUID that some references carry instead of a name."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def know(self, guid: str, workspace_id: str) -> None:
        """Remembers the id of a workspace by its GUID."""
        self._ids[guid.lower()] = workspace_id

    def id_of(self, guid: str, location: str | None = None) -> str:
        """The workspace's ARM id; if it is not in scope, a path made of what the reference states."""
        unknown = f"/locations/{location}/workspaces/{guid}" if location else f"/workspaces/{guid}"
        return self._ids.get(guid.lower(), unknown)

    def known(self, guid: str) -> bool:
        """Whether that workspace is in scope."""
        return guid.lower() in self._ids


def asset(value: object, workspace_id: str, workspaces: Workspaces, assumed: str) -> Asset | None:
    """The registered asset that a reference names, or None.

    workspace_id: ARM id of the workspace that refers. assumed: the type if the reference names none
    (azureml:NAME:VERSION).
    """
    if not isinstance(value, str):
        return None
    for rule, pattern in _ASSETS_COMPILED:
        if match := pattern.match(value.strip()):
            return _asset(rule, match.groupdict(), workspace_id, workspaces, assumed)
    return None


def _asset(
    rule: str, groups: Mapping[str, str | None], workspace_id: str, workspaces: Workspaces, assumed: str
) -> Asset:
    kind = (groups.get("type") or assumed).lower()
    title, version, label = unquote(groups["title"] or ""), groups.get("version"), groups.get("label")
    registry = groups.get("registry")
    container: str | None
    if registry:
        base, container = f"azureml://registries/{registry}", None
    else:
        base = _workspace_id(groups, workspace_id, workspaces)
        guid = groups.get("guid")
        container = qualified_names.azure(base) if guid is None or workspaces.known(guid) else None
    parts = [kind, title]
    parts += ["versions", unquote(version)] if version else ["labels", unquote(label)] if label else []
    return Asset(
        rule,
        qualified_names.azure(base, *parts),
        kind,
        title,
        version and unquote(version),
        label,
        container,
        registry,
    )


def path(value: object, workspace_id: str, workspaces: Workspaces) -> Path | None:
    """The path in storage that a reference names, or None. http, https, abfs and wasb addresses come as https."""
    if not isinstance(value, str):
        return None
    stated = value.strip()
    for rule, pattern in _PATHS_COMPILED:
        if match := pattern.match(stated):
            groups = match.groupdict()
            datastore = qualified_names.azure(
                _workspace_id(groups, workspace_id, workspaces), "datastores", unquote(groups["store"] or "")
            )
            return Path(rule, datastore, (groups.get("path") or "").strip("/"))
    if match := _ADDRESS.match(stated):
        return Path(f"{match.group(1).lower()} address", None, normal_address(_without_signature(stated)))
    return None


def normal_address(address: str) -> str:
    """abfs[s]://FS@HOST/P and wasb[s]://C@HOST/P as https://HOST/FS/P; any other address as it is."""
    match = _FILE_SYSTEM.match(address)
    if not match:
        return address
    _, container, host, below = match.groups()
    return f"https://{host}/{container}" + (f"/{below}" if below else "")


def _without_signature(address: str) -> str:
    """A shared access signature is a key, and another one every time: the data is the same."""
    before, _, query = address.partition("?")
    return before if "sig=" in query.lower() else address


def _workspace_id(groups: Mapping[str, str | None], workspace_id: str, workspaces: Workspaces) -> str:
    """ARM id of the workspace that a reference points into."""
    if groups.get("ws"):
        scope = f"/subscriptions/{groups['sub']}/resourceGroups/{groups['rg']}"
        return f"{scope}/providers/Microsoft.MachineLearningServices/workspaces/{groups['ws']}"
    if guid := groups.get("guid"):
        return workspaces.id_of(guid, groups.get("location"))
    return workspace_id


_JOB_IN_URI = [
    ("job in model URI", False, re.compile(r"azureml://jobs/([^/?#]+)/outputs/", re.IGNORECASE)),
    ("job in model URI", False, re.compile(r"runs:/+([^/?#]+)(?:/|$)", re.IGNORECASE)),
    ("run in artifact path", True, re.compile(r"/ExperimentRun/dcid\.([^/?#]+)(?:/|$)", re.IGNORECASE)),
    ("run in artifact path", True, re.compile(r"/paths/azureml/([^/?#]+)/[^/?#]+(?:/|$)", re.IGNORECASE)),
]


def job_in(uri: object) -> tuple[str, str, bool] | None:
    """(job name, rule, heuristic) where a model's address leads to the job that wrote it."""
    if not isinstance(uri, str):
        return None
    for rule, heuristic, pattern in _JOB_IN_URI:
        if match := pattern.search(uri):
            return unquote(match.group(1)), rule, heuristic
    return None
