"""Answers to a person's questions, from what the syncs left: nothing is read from a source or a catalog.

Opens with `history` (which version was in which state, when) and `explain` (a record with its evidence chain).
"""

from .explain import explain
from .history import history

__all__ = ["explain", "history"]
