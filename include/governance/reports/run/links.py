"""Links from the report into the catalog's own pages."""

from __future__ import annotations

from ...config.connections import without_credentials
from ...errors import ConfigurationError, StorageError
from ...staging.plan import Key
from ...workspace import Workspace


class CatalogLinks:
    """Addresses of entities' pages, for those that the ledger knows."""

    def __init__(self, workspace: Workspace) -> None:
        self.base, self._template = _addresses(workspace)
        self._guids = _guids(workspace)
        self._keys = {key.qualified_name: key for key in sorted(self._guids)}

    def named(self, qualified_name: str) -> str | None:
        """The page of the entity of that name, of whatever type it is."""
        key = self._keys.get(qualified_name)
        return self.entity(key) if key else None

    def entity(self, key: Key) -> str | None:
        """The page of one entity."""
        guid = self._guids.get(key)
        return self._template.replace("{guid}", guid) if guid and self.base else None


def _guids(workspace: Workspace) -> dict[Key, str]:
    """Empty where the state database cannot be read: that must not cost the report."""
    try:
        return workspace.ledger.guids()
    except (StorageError, ConfigurationError):
        return {}


def _addresses(workspace: Workspace) -> tuple[str, str]:
    """(the catalog's address without credentials, the template of an entity's page), both empty where unknown."""
    from ...catalog import page_url_template

    try:
        endpoint = workspace.catalog_endpoint()
    except Exception:  # noqa: BLE001 - a connection that cannot be looked up must not cost the report
        return "", ""
    template = page_url_template(endpoint, workspace.config.settings.catalog)
    return without_credentials(endpoint.url).rstrip("/"), template
