"""Signals of every kind, per source."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.config.models import Lifecycle, Settings
from include.governance.model.vocabularies import LifecycleState
from include.governance.records.states.signals import Signal, Traffic, decisive, signals_of, state_called

LIVE = Traffic("azure://e", "fraud-ep", 90, 0)
SHADOW = Traffic("azure://e", "fraud-ep", 0, 10)


def state(settings: dict[str, Any] | None = None, **given: Any) -> Signal:
    own = {"stage": None, "aliases": (), "tags": {}, **given}
    stage, aliases, tags = own.pop("stage"), own.pop("aliases"), own.pop("tags")
    return decisive(signals_of(stage, aliases, tags, Lifecycle.model_validate(settings or {}), **own))


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        ({}, {"traffic": [LIVE]}, "production"),
        ({}, {"traffic": [SHADOW]}, "development"),
        ({"mirror_traffic": "candidate"}, {"traffic": [SHADOW]}, "candidate"),
        ({"traffic": None}, {"traffic": [LIVE]}, "development"),
        ({"traffic_from": 95}, {"traffic": [LIVE]}, "development"),
        ({}, {"archived": True}, "retired"),
        ({}, {"archived": True, "traffic": [LIVE]}, "production"),
        ({"archived": None}, {"archived": True}, "development"),
        ({}, {"published": "application shop-assistant"}, "production"),
        ({"published": "staging"}, {"published": "application shop-assistant"}, "staging"),
        ({"tag_values": {"live": "production"}}, {"tags": {"lifecycle": "LIVE"}}, "production"),
        ({"tag": "state"}, {"tags": {"state": "staging", "lifecycle": "production"}}, "staging"),
        ({"tag": ""}, {"tags": {"": "production"}}, "development"),
        ({"aliases": {"prod-eu": "production"}}, {"aliases": ["PROD-EU"]}, "production"),
        ({"aliases": {"prod-eu": "production"}}, {"aliases": ["champion"]}, "development"),
    ],
)
def test_each_signal_is_a_setting(settings: dict[str, Any], given: dict[str, Any], expected: str) -> None:
    assert state(settings, **given).state == expected


def test_the_signal_says_which_endpoint_and_when() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    most = Traffic("azure://f", "other-ep", 95, 0, at)
    assert state(traffic=[LIVE, most]) == Signal(
        "production", "95% of the traffic of endpoint other-ep", "azure://f", at
    )
    assert state(aliases=["champion"], dates={"champion": at}).at == at


def test_a_source_may_say_otherwise_and_the_rest_stays() -> None:
    own = {"kind": "mlflow", "name": "b", "uri": "x", "lifecycle": {"aliases": {"live": "production"}}}
    settings = Settings.model_validate(
        {
            "sources": [{"name": "a", "uri": "x"}, own],
            "catalog": {"url": "x"},
            "lifecycle": {"stages": {"Live": "production"}},
        }
    )
    assert settings.lifecycle_of("a") == settings.lifecycle
    b = settings.lifecycle_of("b")
    assert b.aliases == {"live": "production"}
    assert b.stages == {"Live": "production"}


@given(
    st.permutations(["champion", "challenger", "staging", "blue"]),
    st.permutations([LIVE, SHADOW, Traffic("azure://z", "z", 90, 0)]),
)
def test_the_order_of_signals_does_not_matter(aliases: list[str], traffic: list[Traffic]) -> None:
    found = signals_of("Archived", aliases, {"lifecycle": "staging"}, Lifecycle(), traffic=traffic)
    straight = signals_of("Archived", sorted(aliases), {"lifecycle": "staging"}, Lifecycle(), traffic=sorted(traffic))
    assert found == straight
    ranks = [LifecycleState.rank(signal.state) for signal in found]
    assert ranks == sorted(ranks)


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="aliases"):
        Lifecycle.model_validate({"aliases": {"x": "nonsense"}})


@pytest.mark.parametrize(
    ("mapping", "name", "expected"),
    [
        ({}, " Production ", "production"),
        ({}, "champion", "production"),
        ({}, "nothing", None),
        ({"aliases": {"staging": "production"}}, "staging", "production"),
        ({"aliases": {"live": "staging"}, "tag_values": {"live": "production"}}, "live", "production"),
    ],
    ids=["a state", "an alias", "neither", "a state that is an alias too", "an alias that is a value too"],
)
def test_a_name_of_several_meanings_is_what_counts_most(
    mapping: dict[str, dict[str, str]], name: str, expected: str | None
) -> None:
    assert state_called(name, Lifecycle.model_validate(mapping)) == expected
