"""The Microsoft Purview dialect of the catalog."""

from .client import PurviewClient, open_catalog
from .pages import page_url_template

__all__ = ["PurviewClient", "open_catalog", "page_url_template"]
