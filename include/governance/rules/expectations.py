"""Expectations of our own, for suites to name as they name those of Great Expectations.

`expect_path_to_exist`, `with: {path: [run, dataset]}`: the row's lineage has a path over these kinds, in this order.
Imported only where rules are run: great_expectations takes seconds.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial


class PathExists(ColumnMapMetricProvider):
    """Whether a text of paths, one per line, contains the path `path`."""

    condition_metric_name = "column_values.path_exists"
    condition_value_keys = ("path",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, path: list[str], **_: Any) -> pd.Series:  # noqa: N805  a class method
        line = "/".join(path)
        return column.map(lambda paths: line in str(paths).split("\n"))


class ExpectPathToExist(ColumnMapExpectation):
    """path: kinds from the row on: [run, dataset], [run, experiment], [deployment, base_model]."""

    column: str = "paths"
    path: list[str]

    map_metric: ClassVar[str] = "column_values.path_exists"
    success_keys: ClassVar[tuple[str, ...]] = ("path", "mostly")
