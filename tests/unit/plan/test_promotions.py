"""What the catalog is told of promotions: their names, and the verdict that they keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from include.governance.config.register import Register
from include.governance.model import qualified_names
from include.governance.model.promotion_texts import promotion_name
from include.governance.model.tables import EVIDENCE, FINDINGS, LINKS, PROMOTIONS, RECORDS, VERDICTS
from include.governance.plan.entities.attributes import TextLimits
from include.governance.plan.entities.governed import governed_rows
from include.governance.staging.judgement import Judgement
from include.governance.staging.records import Records

VERSION = "mlflow://m/models/fraud/versions/2"
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
NAME = qualified_names.promotion("fraud", VERSION, "production", 1)


def _frame(schema: Any, *rows: dict[str, Any]) -> Any:
    return schema.empty_table().from_pylist(list(rows), schema=schema).to_pandas()


def promotion_of(
    state: str, verdict: str | None, published: dict[str, Any], until: datetime | None = None
) -> dict[str, Any]:
    """The one promotion to production as it is wanted.

    Args:
        state: in which the version stands by the evidence.
        verdict: on the version, by that evidence.
        published: what the catalog has of the promotion.
    """
    records = Records(
        _frame(EVIDENCE, {"qualified_name": VERSION, "state": state, "in_production": state == "production"}),
        _frame(RECORDS, {"qualified_name": "governance://records/fraud", "key": "fraud", "name": "fraud"}),
        _frame(
            PROMOTIONS,
            {
                "qualified_name": NAME, "record_key": "fraud", "version": VERSION, "version_label": "fraud v2",
                "state": "production", "signal": "alias champion", "since": SINCE, "until": until,
            },
        ),
        _frame(LINKS),
    )  # fmt: skip
    verdicts = [{"subject": VERSION, "subject_kind": "version", "verdict": verdict, "waived": ""}] if verdict else []
    judgement = Judgement(_frame(FINDINGS), _frame(VERDICTS, *verdicts))
    wanted = governed_rows(records, judgement, Register(), TextLimits(4_000), {NAME: published} if published else {})
    (row,) = [row for row in wanted if row["type_name"] == "ai_promotion"]
    return row


def test_is_named_by_its_model() -> None:
    assert promotion_of("production", "auditable", {})["name"] == "fraud v2 in production"
    assert promotion_of("retired", "auditable", {}, until=SINCE)["name"] == "fraud v2 was in production"
    assert promotion_name("agent desk", "unpublished", is_open=True) == "agent desk unpublished"
    assert promotion_name("agent desk", "unpublished", is_open=False) == "agent desk was unpublished"


@pytest.mark.parametrize(
    ("state", "judged", "published", "until", "verdict"),
    [
        ("production", "auditable", {"verdict": "incomplete"}, None, "auditable"),
        ("production", "auditable", {}, None, "auditable"),
        ("retired", "auditable", {"verdict": "incomplete"}, SINCE, "incomplete"),
        ("production", None, {"verdict": "incomplete"}, None, "incomplete"),
        # it cannot be ended yet, since what would show that was not read; its version is judged elsewhere now
        ("staging", "auditable", {"verdict": "incomplete"}, None, "incomplete"),
        ("staging", "auditable", {}, None, "auditable"),
    ],
    ids=["stands", "new", "ended", "not judged", "still open", "still open and new"],
)
def test_which_verdict_it_has(
    state: str, judged: str | None, published: dict[str, Any], until: datetime | None, verdict: str
) -> None:
    assert promotion_of(state, judged, published, until)["attributes"]["verdict"] == verdict


def test_says_since_when_a_sync_has_seen_it() -> None:
    attributes = promotion_of("production", "auditable", {})["attributes"]
    assert attributes["description"] == "fraud v2 in production by alias champion; first seen 2026-03-01"
