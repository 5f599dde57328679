"""Promotions that are read back out of a catalog: what was promoted, in which state, under which label."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.governance.catalog.recovery import _promotions
from include.governance.model import qualified_names
from include.governance.model.promotion_texts import promotion_text
from include.governance.staging.plan import Entry, Key

SINCE = datetime(2026, 2, 11, tzinfo=UTC)
RECORD = Key("ai_governed_model", qualified_names.record("r"))
ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
CHAT = qualified_names.azure(ACCOUNT, "deployments", "chat")


@pytest.mark.parametrize(
    ("promoted", "start", "label", "state", "signal"),
    [
        ("mlflow://m/models/m/versions/3", "ai_model_version", "m v3", "production", "alias champion"),
        (CHAT, "ai_endpoint", "deployment chat", "production", "100% of the traffic of endpoint chat"),
        ("azure://agents/desk", "ai_agent", "agent desk", "unpublished", "enabled: it answers in production by day"),
    ],
    ids=["version", "deployment", "agent"],
)
def test_a_promotion_read_back_is_the_one_that_was_written(
    promoted: str, start: str, label: str, state: str, signal: str
) -> None:
    at = qualified_names.endpoint_of_deployment(promoted) if start == "ai_endpoint" else promoted
    key = Key("ai_promotion", "governance://records/r/promotions/1")
    held = {"state": state, "signal": signal, "since": 1, "description": promotion_text(label, state, signal, SINCE)}
    references = {"inputs": [[start, str(at)]], "governed_model": [[*RECORD]]}
    entries = {
        key: Entry(key, "governance", "g1", held, references, {}, "h"),
        RECORD: Entry(RECORD, "governance", "g2", {"record_key": "r"}, {}, {}, "h"),
    }
    (row,) = _promotions(entries)
    assert (row["version"], row["version_label"], row["state"], row["record_key"]) == (promoted, label, state, "r")
