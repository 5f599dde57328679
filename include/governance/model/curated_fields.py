"""The curated fields of a governed record: business metadata that stewards fill in and that we only read."""

from __future__ import annotations

from typing import NamedTuple

CURATED_METADATA = "ai_governance"
CURATED_DESCRIPTION = (
    "What a steward states on a governed record: a sync reads it and never writes it. What else may be written where: "
    "include/docs/stewards.md of the project"
)
# Types of governed records that may carry them; the list may grow, never shrink
CURATED_TYPES = ("ai_governed_model",)
LONGEST = 500


class CuratedField(NamedTuple):
    """type_name: string or date, as the catalog's pages offer it."""

    type_name: str
    display_name: str
    description: str


CURATED_FIELDS: dict[str, CuratedField] = {
    "risk_tier": CuratedField("string", "Risk tier", "Risk tier as the risk function sees it"),
    "approved_use": CuratedField("string", "Approved use", "Id or name of the business use that was approved"),
    "owner": CuratedField(
        "string", "Owner", "Who answers for it: an identity of the directory or a name the register knows"
    ),
    "reviewed_by": CuratedField("string", "Reviewed by", "Who reviewed it last"),
    "reviewed_on": CuratedField("date", "Reviewed on", "When it was reviewed last"),
    "next_review": CuratedField("date", "Next review", "When its next review is due"),
    "exception_until": CuratedField("date", "Exception until", "Until when an exception stands for it"),
}
