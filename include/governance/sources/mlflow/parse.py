"""Raw MLflow records (REST shape) to rows of the snapshot's tables.

Missing, null and "" are the same in MLflow's answers. A record whose identity or shape is not what MLflow documents
raises Malformed and is quarantined by the caller; odd values elsewhere become None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from ...model import json_text, qualified_names
from ...model.rows import Row
from ...scrub import METADATA, Scrubber
from ..fields import Malformed, identity, items, leaves, note_unparsed, part, text, timestamp

_PROMPT_TAG = "mlflow.prompt.is_prompt"
_LOGGED_MODELS_TAG = "mlflow.log-model.history"
_LONGEST_SCHEMA = 64_000
_KEYS_KEPT = 10_000
_DATASET_FIELDS = ("name", "digest", "source_type", "source", "schema", "profile")
_DATASETS_KEPT = 500
_LARGE = 20_000  # characters of a dataset that is not kept in memory
NO_ID = "None"  # in place of an id that an item lacks
_VERSION = re.compile(r"[0-9]{1,18}")  # a 64-bit number
_SEMANTIC_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){2}(?:[-+][0-9A-Za-z.+-]{1,80})?")  # GitLab's


def pairs(entries: Any) -> dict[str, Any]:
    """A list of {key, value} as a dict. Raises Malformed for any other shape."""
    if entries is None:
        return {}
    if not isinstance(entries, list) or not all(isinstance(item, dict) and "key" in item for item in entries):
        raise Malformed("tags, params or metrics are not a list of key and value")
    return {text(item["key"]) or "": item.get("value") for item in entries}


class Parser:
    """Parses items of one source; the scrubber removes secrets and counts them."""

    def __init__(self, source: str, scrubber: Scrubber) -> None:
        self._source = source
        self._scrubber = scrubber
        self._clean_keys: dict[str, str] = {}
        self._datasets: dict[tuple[Any, ...], Row] = {}

    def experiment(self, record: Mapping[str, Any]) -> Row:
        """A row of AssetKind.EXPERIMENT. Raises Malformed."""
        experiment_id = identity(record, "experiment_id")
        tags = self._texts(record.get("tags"), "tag")
        return self._row(
            qualified_name=qualified_names.experiment(self._source, experiment_id),
            native_id=experiment_id,
            name=self._free(record.get("name")) or experiment_id,
            lifecycle_stage=self._free(record.get("lifecycle_stage")) or "active",
            artifact_location=self._free(record.get("artifact_location")),
            description=tags.get("mlflow.note.content"),
            created_at=timestamp(record, "creation_time"),
            updated_at=timestamp(record, "last_update_time"),
            tags_json=json_text.dump(tags),
        )

    def run(self, record: Mapping[str, Any]) -> Row:
        """A row of AssetKind.RUN. Raises Malformed."""
        info, data = part(record, "info"), part(record, "data")
        run_id = _run_id(info)
        tags = self._texts(data.get("tags"), "tag")
        return self._row(
            qualified_name=qualified_names.run(self._source, run_id),
            native_id=run_id,
            name=self._free(info.get("run_name")) or tags.get("mlflow.runName") or run_id[:8],
            experiment=qualified_names.experiment(self._source, identity(info, "experiment_id")),
            status=self._free(info.get("status")),
            lifecycle_stage=self._free(info.get("lifecycle_stage")) or "active",
            started_at=timestamp(info, "start_time"),
            ended_at=timestamp(info, "end_time"),
            user=tags.get("mlflow.user") or self._free(info.get("user_id")),
            artifact_uri=self._free(info.get("artifact_uri")),
            parent_run_id=tags.get("mlflow.parentRunId"),
            description=tags.get("mlflow.note.content"),
            git_commit=tags.get("mlflow.source.git.commit"),
            code_source=tags.get("mlflow.source.name"),
            params_json=json_text.dump(self._texts(data.get("params"), "parameter")),
            metrics_json=json_text.dump(self._metrics(data.get("metrics"))),
            tags_json=json_text.dump({key: value for key, value in tags.items() if key != _LOGGED_MODELS_TAG}),
            signature=_signature(tags.get(_LOGGED_MODELS_TAG)),
        )

    def dataset_input(self, record: Mapping[str, Any]) -> tuple[Row, str | None]:
        """The dataset of one dataset input, and its context: training, validation ..."""
        tags = items(record, "tags")
        context = next((tag.get("value") for tag in tags if tag.get("key") == "mlflow.data.context"), None)
        return self.dataset(part(record, "dataset")), self._free(context)

    def dataset(self, record: Mapping[str, Any]) -> Row:
        """Schema and profile may be absent; `source` may be JSON or any text. Runs share datasets: one reading each."""
        known = tuple(record.get(field) for field in _DATASET_FIELDS)
        size = sum(len(value) if isinstance(value, str) else 0 if value is None else _LARGE for value in known)
        if size >= _LARGE:
            return self._dataset(record)
        if (row := self._datasets.get(known)) is None:
            row = self._dataset(record)
            if len(self._datasets) < _DATASETS_KEPT:
                self._datasets[known] = row
        return row

    def _dataset(self, record: Mapping[str, Any]) -> Row:
        name = self.key(record, "name")
        digest, source_text = self._free(record.get("digest")) or "", text(record.get("source")) or ""
        raw_uri = _source_uri(source_text)
        uri = self._free(raw_uri, "address of a dataset")
        self._scrubber.look(_beside(raw_uri, source_text), "source of a dataset")
        return self._row(
            qualified_name=qualified_names.dataset(self._source, name, digest, uri or self._scrubber.text(source_text)),
            native_id=f"{name}@{digest}" if digest else name,
            name=text(name),
            digest=digest or None,
            source_type=self._free(record.get("source_type")),
            source_uri=uri,
            schema_json=self._document(record.get("schema")),
            profile_json=self._document(record.get("profile")),
        )

    def logged_model(self, record: Mapping[str, Any]) -> Row:
        """A row of AssetKind.LOGGED_MODEL. Raises Malformed."""
        info, data = part(record, "info"), part(record, "data")
        model_id = identity(info, "model_id")
        experiment_id = text(info.get("experiment_id"))
        return self._row(
            qualified_name=qualified_names.logged_model(self._source, model_id),
            native_id=model_id,
            name=self._free(info.get("name")) or model_id,
            experiment=qualified_names.experiment(self._source, experiment_id) if experiment_id else None,
            source_run_id=self._free(info.get("source_run_id")),
            status=self._free(info.get("status")),
            model_type=self._free(info.get("model_type")),
            artifact_uri=self._free(info.get("artifact_uri")),
            created_at=timestamp(info, "creation_timestamp_ms"),
            updated_at=timestamp(info, "last_updated_timestamp_ms"),
            creator=self._free(info.get("creator_id")),
            params_json=json_text.dump(self._texts(data.get("params"), "parameter")),
            metrics_json=json_text.dump(self._metrics(data.get("metrics"))),
            tags_json=json_text.dump(self._texts(info.get("tags"), "tag")),
        )

    def model(self, record: Mapping[str, Any]) -> Row:
        """A row of AssetKind.MODEL. Raises Malformed."""
        name = self.key(record, "name")
        return self._row(
            qualified_name=qualified_names.model(self._source, name),
            native_id=name,
            name=text(name),
            description=self._free(record.get("description"), "description"),
            created_at=timestamp(record, "creation_timestamp"),
            updated_at=timestamp(record, "last_updated_timestamp"),
            tags_json=json_text.dump(self._texts(record.get("tags"), "tag")),
            aliases_json=json_text.dump(self._aliases(record)),
        )

    def prompt(self, record: Mapping[str, Any]) -> Row:
        """A row of AssetKind.PROMPT. Raises Malformed."""
        row = self.model(record)
        del row["aliases_json"]
        return {**row, "qualified_name": qualified_names.prompt(self._source, row["native_id"])}

    def version(self, record: Mapping[str, Any], aliases: Mapping[str, list[str]]) -> Row:
        """aliases: version number (as text) to the aliases its registered model gives it."""
        model_name, version = self.key(record, "name"), identity(record, "version")
        if not (_VERSION.fullmatch(version) or _SEMANTIC_VERSION.fullmatch(version)):
            raise Malformed("`version` is neither a number nor a semantic version")
        source_uri = self._free(record.get("source"), "source address")
        return self._row(
            qualified_name=qualified_names.model_version(self._source, model_name, version),
            native_id=f"{model_name}/{version}",
            name=text(f"{model_name} v{version}"),
            model=qualified_names.model(self._source, model_name),
            model_name=text(model_name),
            version=int(version) if _VERSION.fullmatch(version) else None,
            stage=self._free(_stage(record.get("current_stage"))),
            status=self._free(record.get("status")),
            description=self._free(record.get("description"), "description"),
            user=self._free(record.get("user_id")),
            created_at=timestamp(record, "creation_timestamp"),
            updated_at=timestamp(record, "last_updated_timestamp"),
            run_id=self._free(record.get("run_id")),
            run_link=self._free(record.get("run_link")),
            source_uri=source_uri,
            logged_model_id=_logged_model_id(source_uri),
            tags_json=json_text.dump(self._texts(record.get("tags"), "tag")),
            aliases_json=json_text.dump(sorted(aliases.get(version, []))),
        )

    def key(self, record: Mapping[str, Any], field: str) -> str:
        """A name that is an identity; should a secret stand in it, a hash tells it from others."""
        raw = identity(record, field)
        clean = self._scrubber.text(raw, field)
        return raw if clean == raw else f"{clean} {qualified_names.short_hash(raw)}"

    def display_id(self, record: Any, fields: Iterable[str]) -> str:
        """The id of a record that was not parsed: the fields' values joined by `/`, None for what is not there."""
        return "/".join(self._display(record, field.split(".")) for field in fields)

    def name_of(self, collection: str, record: Any) -> str | None:
        """The qualified name of an item that was not parsed; None where its id is missing or makes no sense."""
        try:
            return self._name_of(collection, record)
        except (Malformed, AttributeError):
            return None

    def _name_of(self, collection: str, record: Any) -> str | None:
        source = self._source
        if collection == "experiments":
            return qualified_names.experiment(source, identity(record, "experiment_id"))
        if collection == "runs":
            return qualified_names.run(source, _run_id(part(record, "info")))
        if collection == "logged_models":
            return qualified_names.logged_model(source, identity(part(record, "info"), "model_id"))
        if collection == "model_versions":
            return qualified_names.model_version(source, self.key(record, "name"), identity(record, "version"))
        if collection == "registered_models":
            return qualified_names.model(source, self.key(record, "name"))
        return None

    def _display(self, record: Any, path: Sequence[str]) -> str:
        for step in path[:-1]:
            record = record.get(step) if isinstance(record, dict) else None
        try:
            return self.key(record, path[-1])
        except (Malformed, AttributeError):
            return NO_ID

    def _aliases(self, record: Mapping[str, Any]) -> dict[str, str]:
        return {self.key(item, "alias"): self.key(item, "version") for item in items(record, "aliases")}

    def _row(self, **columns: Any) -> Row:
        return {**columns, **self._scrubber.take_columns()}

    def _free(self, value: Any, origin: str = METADATA) -> str | None:
        """A free text of the source, scrubbed."""
        cleaned = text(value)
        return self._scrubber.text(cleaned, origin) if cleaned else None

    def _texts(self, entries: Any, origin: str) -> dict[str, str]:
        clean = self._scrubber.mapping({key: text(value) or "" for key, value in pairs(entries).items()}, origin)
        return {self._clean_key(key): value for key, value in clean.items()}

    def _metrics(self, entries: Any) -> dict[str, Any]:
        """Last value of each metric; a value that is no number is left out and noted, a non-finite one is a text."""
        values: dict[str, Any] = {}
        for key, value in pairs(entries).items():
            try:
                number = json_text.number(value)
            except (TypeError, ValueError, OverflowError):
                note_unparsed(f"metrics.{key}", value)
                continue
            if number is not None:
                values[self._clean_key(key)] = number
        return values

    def _clean_key(self, key: str) -> str:
        """Keys repeat from record to record, so each is read once."""
        if (clean := self._clean_keys.get(key)) is None:
            clean = self._scrubber.text(key)
            if len(self._clean_keys) < _KEYS_KEPT and clean == key:
                self._clean_keys[key] = clean
        return clean

    def _document(self, value: Any) -> str | None:
        cleaned = self._free(value)
        return cleaned[:_LONGEST_SCHEMA] if cleaned else None


def is_prompt(record: Mapping[str, Any]) -> bool:
    """Whether an entry of the registry is a prompt, which is no model."""
    tags = record.get("tags")
    return isinstance(tags, list) and any(
        isinstance(tag, dict) and tag.get("key") == _PROMPT_TAG and str(tag.get("value")).lower() == "true"
        for tag in tags
    )


def _stage(value: Any) -> str | None:
    return None if value in (None, "", "None") else text(value)


def _logged_model_id(source_uri: str | None) -> str | None:
    """The id in `models:/m-<id>`, which is how a version names the logged model it was registered from."""
    if source_uri and source_uri.startswith("models:/m-"):
        return source_uri.removeprefix("models:/").split("/", 1)[0]
    return None


_URI_KEYS = ("uri", "url", "path", "delta_table_name", "table_name", "name", "query")


def _source_uri(source: str) -> str | None:
    """The address inside a dataset's `source`, which is JSON for MLflow's own types and free text for others."""
    if not source.startswith("{"):
        return source or None
    try:
        document = orjson.loads(source)
    except orjson.JSONDecodeError:
        return source
    if not isinstance(document, dict):
        return source
    return next((str(document[key]) for key in _URI_KEYS if document.get(key)), None)


def _beside(uri: str | None, source: str) -> dict[str, str]:
    """What else stands in a dataset's `source`, and is not kept."""
    if not source.startswith("{"):
        return {}
    try:
        return {path: stated for path, stated in leaves(orjson.loads(source)) if stated != uri}
    except orjson.JSONDecodeError:
        return {}


def _signature(history: str | None) -> str | None:
    """'present' or 'absent' as 2.x clients state it in their run tag; None where only the artifact would tell."""
    if not history:
        return None
    try:
        models = orjson.loads(history)
    except orjson.JSONDecodeError:
        models = history
    if not isinstance(models, list):
        note_unparsed(f"tags.{_LOGGED_MODELS_TAG}", history)
        return None
    if not models:
        return None
    return "present" if all(isinstance(model, dict) and model.get("signature") for model in models) else "absent"


def _run_id(info: Mapping[str, Any]) -> str:
    return identity(info, "run_id") if info.get("run_id") else identity(info, "run_uuid")
