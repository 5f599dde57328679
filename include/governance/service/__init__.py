"""The gate over HTTP: what an MLflow server, or a pipeline without this project, asks before a promotion."""

from .app import create_app

__all__ = ["create_app"]
