"""Training data and learners of the demo: scikit-learn's own data sets under the teams' names."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from include.sandbox.demo.estate import DATA

# Types inside the estimators below that scikit-learn's safe file format (skops) does not trust by itself.
TRUSTED_TYPES = [
    "sklearn.tree._tree.Tree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
]


class Table:
    """One data set of the table, split into training and validation halves of 75 and 25 %."""

    def __init__(self, name: str) -> None:
        from sklearn.model_selection import train_test_split

        data = DATA[name]
        bunch = getattr(importlib.import_module("sklearn.datasets"), f"load_{data.loader}")(as_frame=True)
        x, y = bunch.data.astype(float), bunch.target.astype(float)
        if data.columns:
            x.columns = [f"{data.columns}{number:02d}" for number in range(1, x.shape[1] + 1)]
        self.regression = data.loader in ("diabetes", "linnerud")
        self.train_x, self.check_x, self.train_y, self.check_y = train_test_split(x, y, random_state=7)

    def scores(self, estimator: Any) -> dict[str, float]:
        """Metrics on the validation part, and the training score to compare with."""
        from sklearn import metrics

        guess, truth = estimator.predict(self.check_x), self.check_y
        fit = {"training_score": float(estimator.score(self.train_x, self.train_y))}
        if self.regression:
            rmse = float(metrics.root_mean_squared_error(truth, guess))
            return fit | {"r2": float(metrics.r2_score(truth, guess)), "rmse": rmse}
        f1 = float(metrics.f1_score(truth, guess, average="macro"))
        return fit | {"accuracy": float(metrics.accuracy_score(truth, guess)), "f1_macro": f1}

    def mlflow_datasets(self, name: str) -> Iterator[tuple[str, Any]]:
        """(context, mlflow dataset) of both parts; a data set without a source knows only the notebook it came from."""
        import mlflow.data
        from mlflow.data.code_dataset_source import CodeDatasetSource

        uri = DATA[name].source
        parts = {"training": (self.train_x, self.train_y), "validation": (self.check_x, self.check_y)}
        for context, (x, y) in parts.items():
            source = f"{uri}/{context}" if uri else CodeDatasetSource({"mlflow.source.name": "notebooks/trial.ipynb"})
            frame = x.join(y)
            targets = y.name if y.ndim == 1 else None
            yield context, mlflow.data.from_pandas(frame, source=source, name=name, targets=targets)


def _class_of(learner: str) -> Any:
    module, _, name = learner.rpartition(".")
    return getattr(importlib.import_module(module), name)


def accepts(learner: str, settings: dict[str, Any]) -> bool:
    """Whether an estimator has all of these parameters."""
    return bool(learner) and set(settings) <= set(_class_of(learner)().get_params())


def fitted(learner: str, settings: dict[str, float], table: Table) -> Any:
    """The estimator, fitted to the training part."""
    estimator = _class_of(learner)(**settings)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=7)
    return estimator.fit(table.train_x, table.train_y)


def as_text(settings: dict[str, float]) -> dict[str, str]:
    """Parameters as MLflow stores them."""
    return {key: str(value) for key, value in settings.items()}
