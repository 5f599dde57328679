"""Removes secrets from what is read."""

from .origins import METADATA
from .placeholders import is_plain
from .scrubber import Scrubber
from .spans import MARK

__all__ = ["MARK", "METADATA", "Scrubber", "is_plain"]
