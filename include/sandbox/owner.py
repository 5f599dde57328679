"""What the demo and its servers write (stores, logs, logins, keys) is for their owner only."""

from __future__ import annotations

import os

from include.governance.config.loader import PROJECT
from include.governance.storage import tighten


def owner_only() -> None:
    """From here on, for this process and those that it starts; the home that an earlier release made follows."""
    os.umask(0o077)
    tighten(PROJECT / ".governance")
