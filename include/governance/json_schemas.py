"""JSON schemas of the files that a user edits, made from their models; editors check and complete by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

from .config.loader import PROJECT
from .config.models import Settings
from .config.register import Register
from .storage import storage_errors

FOLDER = PROJECT / "include" / "config" / "schema"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"\$\{"}  # ${NAME} in place of a number or a flag


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema."""
    from .rules.suites import Suite

    models: dict[str, type[BaseModel]] = {"governance": Settings, "register": Register, "suite": Suite}
    return {
        f"{name}.schema.json": {"$schema": _DRAFT, **_editable(model.model_json_schema(by_alias=True))}
        for name, model in models.items()
    }


def write(folder: Path | None = None) -> list[Path]:
    """Writes the schemas; returns their files."""
    target = folder or FOLDER
    with storage_errors(target):
        target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        file = target / name
        with storage_errors(file):
            file.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
        written.append(file)
    return written


def _editable(schema: Any) -> Any:
    """Numbers and flags may also be written as ${NAME}, which is filled in before the models see them."""
    if isinstance(schema, list):
        return [_editable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in ("integer", "number", "boolean"):
        annotations = {name: schema[name] for name in ("default", "description", "title") if name in schema}
        return {**annotations, "anyOf": [{k: v for k, v in schema.items() if k not in annotations}, _VARIABLE]}
    return {name: _editable(item) for name, item in schema.items()}
