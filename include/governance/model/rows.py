"""The type of one table row as plain Python values."""

from __future__ import annotations

from typing import Any, TypeAlias

# Column -> value; None for a gap
Row: TypeAlias = dict[str, Any]
