"""The errors of everything in `include/sandbox`."""

from __future__ import annotations

from include.governance.errors import GovernanceError


class SandboxError(GovernanceError):
    """An embedded server cannot be fetched, started, found or stopped."""
