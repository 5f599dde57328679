"""Queries on what the syncs have left; nothing is read from a source or a catalog."""

from .explain import explain
from .history import history

__all__ = ["explain", "history"]
