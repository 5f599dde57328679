"""Judgements on promotions: who asked for what, when, and all that was answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, desc, insert, select

from ..model import json_text
from ..model.rows import Row
from ..model.timestamps import to_millis
from .keys import name_hash
from .tables import gate_judgements

_MOST_LISTED = 50


class GateJudgements:
    """The judgements in one state database. They are only ever added."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, document: Mapping[str, Any], judged_at: datetime) -> str:
        """Keeps one and returns its id.

        Args:
            document: JSON-ready, with subject, record, to, answer, asked_by and suites among its keys.
            judged_at: UTC.
        """
        judgement_id = uuid.uuid4().hex
        row = {
            "id": judgement_id,
            "judged_ms": to_millis(judged_at),
            "subject_hash": name_hash(document["subject"]),
            "subject": document["subject"],
            "record_hash": name_hash(document["record"]),
            "record_key": document["record"],
            "state": document["to"],
            "answer": document["answer"],
            "asked_by": document["asked_by"],
            "suites": document["suites"],
            "document_json": json_text.dump(document),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(gate_judgements), row)
        return judgement_id

    def of_record(self, keys: Sequence[str], limit: int = _MOST_LISTED) -> list[Row]:
        """The last judgements on versions of a record, newest first, as they were answered, each with its id.

        Args:
            keys: the record's key, and its former keys.
            limit: how many at most.
        """
        table = gate_judgements
        query = (
            select(table.c.id, table.c.document_json)
            .where(table.c.record_hash.in_([name_hash(key) for key in keys]))
            .order_by(desc(table.c.judged_ms), table.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [{**json_text.load(text), "id": name} for name, text in connection.execute(query)]
