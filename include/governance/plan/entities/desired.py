"""What the catalog should hold: one row per entity, with attributes, references and classifications of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ...config.models import Publish
from ...config.register import Register
from ...estate import Estate
from ...model import json_text
from ...model.catalog_types import MANAGED_BY, REFERENCES
from ...model.rows import Row
from ...model.tables import DESIRED, RELATIONS
from ...staging.judgement import Judgement
from ...staging.plan import Key
from ...staging.records import Records
from .assets import Assets
from .attributes import TextLimits
from .governed import governed_rows
from .verdicts import published_judgement


@dataclass(frozen=True)
class Published:
    """What the catalog holds of this installation before a sync.

    Attributes:
        keys: of the entities; references to them stay, also where their source has lost them.
        promotions: by qualified name, the attributes of the promotions: one that has ended keeps its verdict.
        deployment: names the installation; entities say that it manages them.
    """

    keys: Collection[Key] = ()
    promotions: Mapping[str, Row] = field(default_factory=dict)
    deployment: str = ""


_NOTHING = Published()


def desired(
    estate: Estate,
    records: Records,
    judgement: Judgement,
    register: Register,
    settings: Publish,
    published: Published = _NOTHING,
) -> pa.Table:
    """The table DESIRED, ordered by type and qualified name. The same input gives the same bytes."""
    held = published.keys
    cut, judgement = TextLimits(settings.max_text), published_judgement(judgement, settings)
    resolved = pa.Table.from_pandas(records.relations, schema=RELATIONS, preserve_index=False)
    merged = estate.merged.with_relations(resolved)
    rows: list[Row] = [*Assets(merged, records, judgement, settings, cut, held).rows()]
    rows += governed_rows(records, judgement, register, cut, published.promotions)
    there = {Key(row["type_name"], row["qualified_name"]) for row in rows} | set(held)
    finished = [_finished(row, there, published.deployment) for row in rows]
    finished.sort(key=lambda row: (row["type_name"], row["qualified_name"]))
    return pa.Table.from_pylist(finished, schema=DESIRED)


def _finished(row: Row, there: set[Key], deployment: str) -> Row:
    """Texts and hash of one entity. A reference to what is not to be in the catalog is left out."""
    references = {
        attribute: _targets(row["type_name"], attribute, targets, there)
        for attribute, targets in row.get("references", {}).items()
    }
    references = {attribute: targets for attribute, targets in references.items() if targets}
    stated = {name: value for name, value in row["attributes"].items() if value is not None}
    stated |= {MANAGED_BY: deployment} if deployment else {}
    texts = {
        "attributes_json": json_text.dump({**stated, "name": row["name"], "qualifiedName": row["qualified_name"]}),
        "references_json": json_text.dump(references),
        "classifications_json": json_text.dump({name: {} for name in sorted(row.get("classifications", []))}),
    }
    digest = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()
    return {
        "type_name": row["type_name"],
        "qualified_name": row["qualified_name"],
        "source": row["source"],
        **texts,
        "content_hash": digest,
    }


def _targets(type_name: str, attribute: str, targets: Iterable[Sequence[str]], there: set[Key]) -> list[list[str]]:
    """The targets that are there, in order; the first of them where the attribute holds one."""
    found = sorted({Key(*target) for target in targets} & there)
    kept = found if REFERENCES[type_name, attribute].many else found[:1]
    return [[*key] for key in kept]
