"""Queries on what the syncs have left; nothing is read from a source or a catalog."""

from .explain import explain
from .history import history
from .runs import Run, runs

__all__ = ["Run", "explain", "history", "runs"]
