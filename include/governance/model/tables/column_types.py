"""The Arrow types of all table columns. Timestamps are UTC, milliseconds."""

from __future__ import annotations

import pyarrow as pa

TEXT = pa.string()
COUNT = pa.int64()
WHEN = pa.timestamp("ms", tz="UTC")
FLAG = pa.bool_()
