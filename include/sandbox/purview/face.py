"""The face: who may ask, what Purview refuses, and the way to Atlas and back. It keeps nothing itself."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import orjson

from include.sandbox.azure.answers import Answer, Request
from include.sandbox.azure.authority import Authority
from include.sandbox.azure.certificate import server_context
from include.sandbox.azure.wire import HttpsServer, SeenRequest
from include.sandbox.errors import SandboxError
from include.sandbox.faults import Fault

from . import assets, search
from .calls import BASES, V2, Call, call_of
from .refusals import (
    AUDIENCES,
    LONGEST_TARGET,
    MOST_DELETED,
    Capacity,
    Refused,
    check_entities,
    check_version,
    invalid,
    operations,
    refusal,
    unknown_path,
)

_ATLAS = "/api/atlas/v2"
_DISCOVERY = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration/?", re.IGNORECASE)
_TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token/?", re.IGNORECASE)
_PURVIEWS_OWN = ("api-version", "collectionId", "businessAttributeUpdateBehavior", "includeTermTemplate")
_UPSERTS = ("POST /atlas/v2/entity", "POST /atlas/v2/entity/bulk")
_HARD = ("DELETE /atlas/v2/entity/", "DELETE /atlas/v2/relationship/")

_NAMES_PER_READ = 20

ROOT = "account"
COLLECTION = "models"

Document = dict[str, Any]


class PurviewFace:
    """An account on loopback, with a login authority of its own. Use `purview_face`, or `start` and `stop`.

    Args:
        atlas: base URL of the Atlas that keeps everything. It must delete for good where a request says so
            (atlas.rest.enable.delete.type.override).
        login: user and password there.
        folder: where the certificate authority is kept.
        collections: ids of the account's collections, the root's apart.
        capacity_units: 25 operations a second each; 0 for no limit.
        token_seconds: until a token expires.
        port: 0 for any free one.

    Raises:
        OSError: The port is taken.
    """

    def __init__(
        self,
        atlas: str,
        login: tuple[str, str],
        folder: Path,
        *,
        collections: Sequence[str] = (COLLECTION,),
        capacity_units: float = 0,
        token_seconds: float = 3600,
        port: int = 0,
    ) -> None:
        context, certificate = server_context(folder)
        self.ca_bundle = str(certificate)
        self._server = HttpsServer(context, port, 0)
        self.url = f"https://127.0.0.1:{self._server.port}"
        self.authority = Authority(self.url, token_seconds)
        self.collections = {ROOT, *collections}
        self.capacity = Capacity(capacity_units)
        self._atlas = httpx.Client(base_url=atlas.rstrip("/"), auth=login, timeout=120)
        self._server.answer = self._answer

    @property
    def metadata_url(self) -> str:
        """The address of its cloud's metadata, for `cloud.metadata_url` or `ARM_CLOUD_METADATA_URL`."""
        return f"{self.url}/metadata/endpoints?api-version=2019-05-01"

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests so far that were not for tokens or metadata."""
        return [seen for seen in self._server.requests if seen.path.startswith(tuple(BASES))]

    def fault(self, fault: Fault) -> Fault:
        """Adds a fault. Returns it, for its `hits`."""
        return self._server.faults.add(fault)

    def clear(self) -> None:
        """Forgets all faults and all requests."""
        self._server.clear()

    def start(self) -> None:
        """Serves in the background."""
        self._server.start()

    def stop(self) -> None:
        """Stops serving."""
        self._server.stop()
        self._atlas.close()

    def _answer(self, request: Request) -> Answer:
        return self._unauthenticated(request) or self._guarded(request)

    def _unauthenticated(self, request: Request) -> Answer | None:
        if request.method == "GET" and request.path.lower().rstrip("/") == "/metadata/endpoints":
            return self.authority.metadata()
        if request.method == "GET" and (match := _DISCOVERY.fullmatch(request.path)):
            return self.authority.discovery(match[1])
        if request.method == "POST" and (match := _TOKEN.fullmatch(request.path)):
            return self.authority.token(request, match[1])
        return None

    def _guarded(self, request: Request) -> Answer:
        try:
            return self._served(request)
        except Refused as refused:
            return refused.answer

    def _served(self, request: Request) -> Answer:
        raw, _, raw_query = request.target.partition("?")
        path = re.sub("/{2,}", "/", raw).rstrip("/")
        base = next((base for base in BASES if path.startswith(f"{base}/")), None)
        call = call_of(request.method, path.removeprefix(base)) if base else None
        if base is None or call is None:
            raise unknown_path(path)
        denied = self.authority.refusal_unless(request, lambda audience: audience in AUDIENCES)
        if denied:
            return denied
        if len(request.target) > LONGEST_TARGET:
            raise refusal(414, "RequestUriTooLong", "The request line is too long.")
        query = parse_qs(raw_query, keep_blank_values=True)
        check_version(call, query, BASES[base])
        return self._allowed(call, path.removeprefix(base), query, _decoded(request.body))

    def _allowed(self, call: Call, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        """Of a call that Purview has, by one who may make it."""
        name = f"{call.method} {call.path}"
        entities = _entities(body) if name in _UPSERTS else []
        if call.method == "DELETE" and len(query.get("guid", ())) > MOST_DELETED:
            raise invalid(f"at most {MOST_DELETED} guids are taken")
        self.capacity.use(operations(query, entities))
        check_entities(entities)
        collection = query.get("collectionId", [None])[-1]
        if collection is not None and collection not in self.collections:
            raise invalid(f"the collection {collection} does not exist")
        if name in _UPSERTS:
            behaviour = query.get("businessAttributeUpdateBehavior", [""])[-1]
            return self._upsert(path, body, collection, behaviour)
        if name == "POST /entity/moveTo":
            return self._move(body, collection)
        if name == "POST /search/query":
            found = self._atlas.post(f"{_ATLAS}/search/basic", json=search.as_basic(body))
            return _passed_on(found, lambda answer: search.as_purview(body, answer))
        sent = {key: values for key, values in query.items() if key not in _PURVIEWS_OWN}
        if name.startswith(_HARD):
            sent["deleteType"] = ["HARD"]
        return self._forward(call.method, path, sent, _unpropagated(call, body))

    def _forward(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        content = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        target = f"{_ATLAS}{path.removeprefix(V2)}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        answer = self._atlas.request(method, target, content=content, headers=headers)
        return _passed_on(answer, self._as_purview)

    def _as_purview(self, answer: Any) -> Any:
        """An answer of Atlas in Purview's shapes."""
        if not isinstance(answer, dict):
            return answer
        shown = dict(answer)
        if isinstance(answer.get("entity"), dict):
            shown["entity"] = assets.as_purview(answer["entity"], ROOT)
        if isinstance(answer.get("entities"), list):
            shown["entities"] = [assets.as_purview(entity, ROOT) for entity in answer["entities"]]
        if isinstance(answer.get("list"), list):  # classifications
            shown["list"] = [assets.without_propagation(item) for item in answer["list"]]
        if isinstance(answer.get("mutatedEntities"), dict):
            groups = answer["mutatedEntities"].items()
            shown["mutatedEntities"] = {group: [assets.as_header(item) for item in items] for group, items in groups}
        return shown

    def _upsert(self, path: str, body: Document, collection: str | None, behaviour: str) -> Answer:
        entities = _entities(body)
        held = self._held(entities) if collection or any(_needs_held(entity) for entity in entities) else {}
        sent = [assets.with_custom_attributes(entity, held.get(_id_of(entity)), collection) for entity in entities]
        document = {**body, "entities": sent} if "entities" in body else {**body, "entity": sent[0]}
        answer = self._forward("POST", path, {}, document)
        if answer.status == 200 and behaviour in ("merge", "replace"):
            for entity in entities:
                existing = held.get(_id_of(entity))
                if existing and entity.get("businessAttributes"):
                    overwrite = {"isOverwrite": [str(behaviour == "replace").lower()]}
                    metadata = f"{V2}/entity/guid/{existing['guid']}/businessmetadata"
                    self._forward("POST", metadata, overwrite, entity["businessAttributes"])
        return answer

    def _held(self, entities: list[Document]) -> dict[tuple[str, str], Document]:
        """Those that exist, as Atlas has them: by their guid where it is stated, else by name."""
        found: dict[tuple[str, str], Document] = {}
        for type_name in sorted({entity["typeName"] for entity in entities}):
            ids = [_id_of(entity)[1] for entity in entities if entity["typeName"] == type_name]
            stated = [entity["guid"] for entity in entities if entity["typeName"] == type_name and _has_guid(entity)]
            names = [one for one in ids if one not in stated]
            for start in range(0, len(names), _NAMES_PER_READ):
                part = names[start : start + _NAMES_PER_READ]
                asked = {f"attr_{index}:qualifiedName": name for index, name in enumerate(part)}
                held = self._read(f"entity/bulk/uniqueAttribute/type/{type_name}", asked).get("entities") or []
                found |= {(type_name, entity["attributes"]["qualifiedName"]): entity for entity in held}
            for guid in stated:
                if held := self._read(f"entity/guid/{guid}", {}).get("entity"):
                    found[type_name, guid] = held
        return found

    def _read(self, path: str, asked: dict[str, str]) -> Document:
        """An answer of Atlas, without relationships; empty where it has none."""
        params = {**asked, "minExtInfo": "true", "ignoreRelationships": "true"}
        answer = self._atlas.get(f"{_ATLAS}/{path}", params=params)
        return answer.json() if answer.status_code == 200 else {}

    def _move(self, body: Document, collection: str | None) -> Answer:
        """Another collection for assets that exist."""
        if collection is None:
            raise invalid("collectionId is missing")
        moved: list[Document] = []
        for guid in body.get("entityGuids") or []:
            answer = self._atlas.get(f"{_ATLAS}/entity/guid/{guid}", params={"ignoreRelationships": "true"})
            if answer.status_code != 200:
                return _passed_on(answer, self._as_purview)
            held = answer.json()["entity"]
            required = {name: held["attributes"].get(name) for name in ("qualifiedName", "name")}
            entity = {"typeName": held["typeName"], "guid": guid, "attributes": required}
            document = {"entity": assets.with_custom_attributes(entity, held, collection)}
            written = self._forward("POST", f"{V2}/entity", {}, document)
            if written.status != 200:
                return written
            moved.append(assets.as_header(held))
        return Answer(200, orjson.dumps({"mutatedEntities": {"UPDATE": moved}}))


def in_front_of(atlas: str, login: tuple[str, str], folder: Path, port: int) -> PurviewFace:
    """A face that serves, with the certificate authority of that folder. Raises SandboxError: the port is taken."""
    try:
        face = PurviewFace(atlas, login, folder, port=port)
    except OSError as error:
        raise SandboxError(
            f"Port {port} cannot be listened on ({error.strerror}).", "Choose another: GOVERNANCE_PURVIEW_PORT."
        ) from None
    face.start()
    return face


@contextmanager
def purview_face(atlas: str, login: tuple[str, str], **options: Any) -> Iterator[PurviewFace]:
    """A face that runs within the `with` block. The arguments and the errors are those of `PurviewFace`."""
    with tempfile.TemporaryDirectory(prefix="purview-face-") as folder:
        face = PurviewFace(atlas, login, Path(folder), **options)
        face.start()
        try:
            yield face
        finally:
            face.stop()


def _decoded(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        raise invalid("the body is no JSON") from None


def _entities(body: Any) -> list[Document]:
    if not isinstance(body, dict):
        raise invalid("the body is no object")
    return list(body.get("entities") or [body["entity"]] if body.get("entities") or body.get("entity") else [])


def _needs_held(entity: Document) -> bool:
    return "contacts" in entity or bool(entity.get("businessAttributes") or entity.get("customAttributes"))


def _has_guid(entity: Document) -> bool:
    """Whether it says which entity it is by a guid; negative ones stand for new ones."""
    return bool(entity.get("guid")) and not str(entity["guid"]).startswith("-")


def _id_of(entity: Document) -> tuple[str, str]:
    """Type, and the guid where it is stated, else the qualified name."""
    name = str((entity.get("attributes") or {}).get("qualifiedName"))
    return entity["typeName"], str(entity["guid"]) if _has_guid(entity) else name


def _unpropagated(call: Call, body: Any) -> Any:
    """Purview propagates no classification; an Atlas does unless it is told not to."""
    if call.path.endswith("/classifications") and isinstance(body, list):
        return [{**item, "propagate": False} for item in body]
    if call.path.endswith("/bulk/classification") and isinstance(body, dict) and body.get("classification"):
        return {**body, "classification": {**body["classification"], "propagate": False}}
    return body


def _passed_on(answer: httpx.Response, shown: Any) -> Answer:
    """Atlas' answer; an error gets a request id."""
    if answer.status_code == 204 or not answer.content:
        return Answer(answer.status_code, b"")
    try:
        document = orjson.loads(answer.content)
    except ValueError:
        return Answer(answer.status_code, answer.content, content_type=answer.headers.get("Content-Type", "text/plain"))
    if not answer.is_success:
        request_id = answer.headers.get("requestId") or str(uuid.uuid4())
        document = {"requestId": request_id, **(document if isinstance(document, dict) else {"error": document})}
        return Answer(answer.status_code, orjson.dumps(document))
    return Answer(answer.status_code, orjson.dumps(shown(document)))
