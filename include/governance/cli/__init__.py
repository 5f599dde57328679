"""The stages from a shell and from CI, without Airflow."""

from .commands import app, main

__all__ = ["app", "main"]
