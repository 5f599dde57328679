"""The errors of everything in `include/sandbox`."""

from __future__ import annotations

from include.governance.errors import GovernanceError


class SandboxError(GovernanceError):
    """An embedded server can't be fetched, started, found or stopped.

    message: one sentence that names the thing at fault. remedy: one sentence that says what to do.
    """
