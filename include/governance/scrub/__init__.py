"""Removes secrets from what is read."""

from .placeholders import is_plain
from .places import METADATA
from .scrubber import Scrubber
from .spans import MARK

__all__ = ["MARK", "METADATA", "Scrubber", "is_plain"]
