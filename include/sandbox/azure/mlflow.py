"""Each workspace's MLflow endpoint: /mlflow/v2.0{workspace}/api/2.0/mlflow/..., a real MLflow server behind it."""

from __future__ import annotations

from . import answers
from .answers import Answer, Request
from .tree import Tree

PREFIX = "/mlflow/"


class WorkspaceMlflow:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def is_search(self, request: Request) -> bool:
        return request.method == "POST" and request.path.rstrip("/").endswith("/search")

    def answer(self, request: Request) -> Answer:
        return answers.not_found(request.path)

    def close(self) -> None:
        pass
