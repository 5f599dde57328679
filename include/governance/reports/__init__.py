"""Reports: what people read after a sync."""

from .run.write import Page, newest, write, write_without_configuration

__all__ = ["Page", "newest", "write", "write_without_configuration"]
