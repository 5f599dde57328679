"""Rows of a table as plain Python values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from include.governance.staging.rows import plain, rows

_NOON = pd.Timestamp("2026-01-01T12:00", tz="UTC")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1.5, float("nan")]),
        pd.Series([True, None], dtype="boolean"),
        pd.Series(["text", None]),
        pd.Series(["text", None], dtype="string"),
        pd.Series([_NOON, None]),
        pd.Series([np.int64(3), [1, 2]], dtype=object),
        pd.Series([{"a": None}, pd.NaT], dtype=object),
    ],
    ids=["numbers", "gap", "fraction", "flag", "text", "string", "time", "numpy", "mapping"],
)
def test_values_are_plain_and_gaps_none(values: pd.Series) -> None:
    frame = pd.DataFrame({"first": [1, 2], 7: values})
    found = rows(frame)
    assert found == [{str(name): value for name, value in row.items()} for row in plain(frame).to_dict("records")]
    assert not [row for row in found if isinstance(row["7"], np.generic) or row["7"] is pd.NaT]


def test_no_rows() -> None:
    assert rows(pd.DataFrame({"a": []})) == []
    assert rows(pd.DataFrame()) == []
