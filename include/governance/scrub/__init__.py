"""Removes secrets from what is read."""

from .placeholders import is_plain
from .scrubber import Scrubber
from .spans import MARK

__all__ = ["MARK", "Scrubber", "is_plain"]
