"""Links from the report into the catalog's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...catalog import page_url_template
from ...staging.plan import Key
from ...workspace import Workspace


def without_credentials(url: str) -> str:
    """http://user:password@host/x -> http://host/x; a report is read by more people than may log in."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class CatalogLinks:
    """Addresses of entities' pages, for those that the ledger knows."""

    def __init__(self, workspace: Workspace) -> None:
        try:
            endpoint = workspace.catalog_endpoint()
            self.base = without_credentials(endpoint.url).rstrip("/")
            self._page_url = page_url_template(endpoint, workspace.config.settings.catalog)
        except Exception:
            self.base = self._page_url = ""
        self._guids = workspace.ledger.guids()
        self._keys = {key.qualified_name: key for key in sorted(self._guids)}

    def named(self, qualified_name: str) -> str | None:
        """The page of the entity of that name, of whatever type it is."""
        key = self._keys.get(qualified_name)
        return self.entity(key) if key else None

    def entity(self, key: Key) -> str | None:
        """The page of one entity."""
        guid = self._guids.get(key)
        return self._page_url.replace("{guid}", guid) if guid and self._page_url else None
