"""Evidence: one row per model version and agent of all sources, under the record that it belongs to."""

from .evidence import Evidence

__all__ = ["Evidence"]
