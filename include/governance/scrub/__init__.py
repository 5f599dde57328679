"""Removes secrets from what is read."""

from .scrubber import Scrubber
from .spans import MARK

__all__ = ["MARK", "Scrubber"]
