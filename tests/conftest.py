"""Shared fixtures. The real systems are started once per session, by the fixtures that need them."""

import os

import pytest

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

pytest_plugins = [
    "tests.support.atlas",
    "tests.support.azure",
    "tests.support.demo",
    "tests.support.mlflow_server",
]

_ON_ATLAS = {"real_atlas", "catalog_address"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What `pytest -n 2 --dist loadgroup` keeps in one process: all that share the one Atlas, else a file."""
    for item in items:
        on_atlas = _ON_ATLAS.intersection(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("atlas" if on_atlas else item.location[0]))
