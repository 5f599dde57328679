"""Shared fixtures. The real systems are started once per session, by the fixtures that need them."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

# Load must not decide a result: examples and their generation take as long as the machine needs
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

pytest_plugins = [
    "tests.support.processes",
    "tests.support.atlas",
    "tests.support.azure",
    "tests.support.demo",
    "tests.support.mlflow_server",
    "tests.support.postgresql",
    "tests.support.plain_ids",
]
