"""Pages of Purview's portal."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...config.catalogs import CatalogSettings, PurviewCatalog


def page_url_template(url: str, settings: CatalogSettings) -> str:
    """The lineage tab of an asset, `{guid}` in the place of its guid.

    Args:
        url: the account's endpoint.
    """
    assert isinstance(settings, PurviewCatalog)
    account = (urlsplit(url).hostname or "").partition(".")[0]
    return settings.page.replace("{account}", account)
