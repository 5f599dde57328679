"""Records. `resolve` is the second stage: from the estate to one governed record per production model."""

from .past import Past
from .resolve import Resolved, resolve

__all__ = ["Past", "Resolved", "resolve"]
