"""Reports: what people read after a sync."""

from .run.write import Page, newest, write, write_unbegun

__all__ = ["Page", "newest", "write", "write_unbegun"]
