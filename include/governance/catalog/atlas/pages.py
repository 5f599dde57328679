"""Pages of Atlas' own web UI."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...config.catalogs import CatalogSettings


def page_url_template(url: str, _settings: CatalogSettings) -> str:
    """The lineage tab of an entity, `{guid}` in the place of its guid.

    Args:
        url: the server's base address; credentials in it are left out.
    """
    parts = urlsplit(url)
    base = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    return f"{base}/index.html#!/detailPage/{{guid}}?tabActive=lineage"
