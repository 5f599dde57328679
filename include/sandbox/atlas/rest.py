"""Requests of the launcher to an Atlas."""

from __future__ import annotations

import httpx

from include.sandbox.errors import SandboxError

from . import base_types
from .settings import Settings


def is_active(url: str) -> bool:
    """Whether the Atlas at `url` answers and calls itself ACTIVE."""
    try:
        answer = httpx.get(f"{url}/api/atlas/admin/status", timeout=5, trust_env=not _is_local(url))
        return answer.status_code == 200 and answer.json().get("Status") == "ACTIVE"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError):
        return False


def client(url: str, user: str, password: str) -> httpx.Client:
    """An HTTP client with base URL and login; it bypasses proxies for a server on this machine."""
    return httpx.Client(base_url=url, auth=(user, password), timeout=60, trust_env=not _is_local(url))


def log_in(url: str, settings: Settings) -> None:
    """Checks the login and installs the base types on an embedded server. Raises SandboxError."""
    try:
        with client(url, settings.user, settings.password) as session:
            session.get("/api/atlas/admin/session").raise_for_status()
            if not settings.external_url:
                base_types.install(session)
    except httpx.HTTPStatusError as error:
        raise _refused(url, settings.user, error.response) from None
    except httpx.HTTPError as error:
        reason = type(error).__name__
        raise SandboxError(
            f"Atlas at {url} stopped answering ({reason}).", "Try again, or look into its logs."
        ) from None


def _refused(url: str, user: str, answer: httpx.Response) -> SandboxError:
    if answer.status_code in (401, 403):
        return SandboxError(
            f"Atlas at {url} refuses the login of {user}.",
            "Set GOVERNANCE_ATLAS_USER and GOVERNANCE_ATLAS_PASSWORD to a login of it.",
        )
    return SandboxError(
        f"Atlas at {url} answered HTTP {answer.status_code} to {answer.request.url.path}.", "Look into its logs."
    )


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:"))
