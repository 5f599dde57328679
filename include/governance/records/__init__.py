"""Records. `resolve` is the second stage: from snapshots to one governed record per production model."""

from .resolve import resolve
from .states.promotions import with_keys
from .states.transitions import lifecycle_changes

__all__ = ["lifecycle_changes", "resolve", "with_keys"]
