"""Shared fixtures. The real systems are started once per session, by the fixtures that need them."""

import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

pytest_plugins = [
    "tests.support.processes",
    "tests.support.atlas",
    "tests.support.azure",
    "tests.support.demo",
    "tests.support.mlflow_server",
    "tests.support.postgresql",
    "tests.support.plain_ids",
]
