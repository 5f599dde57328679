"""The demo estate: an MLflow store with teams, runs, models and every ungoverned story the rules speak of."""

from include.sandbox.demo.estate import stories
from include.sandbox.demo.fill import fill, is_filled, store_uri

__all__ = ["fill", "is_filled", "store_uri", "stories"]
