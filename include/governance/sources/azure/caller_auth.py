"""How callers prove themselves to an endpoint: authMode of Azure ML, disableLocalAuth of Cognitive Services."""

from __future__ import annotations

from typing import Any

# authMode, in lower case -> words, whether that is a key that never expires
_MODES: dict[str, tuple[str, bool]] = {
    "key": ("keys", True),
    "amltoken": ("tokens", False),
    "aadtoken": ("Entra ID", False),
    "entraid": ("Entra ID", False),
}


def by_auth_mode(mode: Any) -> dict[str, Any]:
    """Columns: caller_auth, static_keys. Null where the mode is not stated; one that nobody knows is kept as it is."""
    if not isinstance(mode, str) or not mode:
        return {"caller_auth": None, "static_keys": None}
    words, static = _MODES.get(mode.lower(), (mode[:60], None))
    return {"caller_auth": words, "static_keys": static}
