"""Reports: what people read after a sync."""

from .run.write import Page, newest, write

__all__ = ["Page", "newest", "write"]
