"""HTTP access: clients, retries, limits."""

from .failure import HttpFailure
from .http import HttpClient
from .traffic import Traffic

__all__ = ["HttpClient", "HttpFailure", "Traffic"]
