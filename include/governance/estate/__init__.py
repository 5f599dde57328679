"""The estate: what all sources hold, as one, and what may be concluded from what they do not hold."""

from .coverage import Coverage
from .estate import Estate
from .merged import MergedSnapshots

__all__ = ["Coverage", "Estate", "MergedSnapshots"]
