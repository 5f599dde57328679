"""Schemas of all staged tables."""

from .column_types import COUNT, FLAG, TEXT, WHEN
from .snapshot import ASSETS, COLLECTIONS, QUARANTINE, RELATIONS, UNPARSED
from .stages import (
    ACCESS,
    CURATED,
    DESIRED,
    EVIDENCE,
    FINDINGS,
    HEALTH,
    LINKS,
    PROMOTIONS,
    RECORDS,
    SERVING,
    STATES,
    TRANSITIONS,
    VERDICTS,
)

__all__ = [
    "ACCESS",
    "ASSETS",
    "COLLECTIONS",
    "COUNT",
    "CURATED",
    "DESIRED",
    "EVIDENCE",
    "FINDINGS",
    "FLAG",
    "HEALTH",
    "LINKS",
    "PROMOTIONS",
    "QUARANTINE",
    "RECORDS",
    "RELATIONS",
    "SERVING",
    "STATES",
    "TEXT",
    "TRANSITIONS",
    "UNPARSED",
    "VERDICTS",
    "WHEN",
]
