"""The Apache Atlas dialect of the catalog."""

from .client import AtlasClient, open_catalog
from .pages import page_url_template

__all__ = ["AtlasClient", "open_catalog", "page_url_template"]
