"""What Apache Atlas and the catalogs with its v2 REST API have in common."""

from .client import AtlasApi
from .transport import AtlasHttp

__all__ = ["AtlasApi", "AtlasHttp"]
