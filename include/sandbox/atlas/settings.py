"""Settings of the embedded Atlas, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.sandbox.errors import SandboxError

PROJECT_ROOT = Path(__file__).resolve().parents[3]
DEFAULT_PORT = 21000
_OUTSIDE_HEAP = 500 << 20
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True)
class Settings:
    """An embedded Atlas, or one that already runs elsewhere.

    Attributes:
        home: folder of its files.
        port: HTTP port on 127.0.0.1, 0 for any free one.
        heap: bytes of Java heap at most.
        external_url: an Atlas that already runs; then nothing is started.
    """

    home: Path
    port: int = DEFAULT_PORT
    user: str = "admin"
    password: str = "admin"  # noqa: S105 - the stock login of an Atlas, on loopback
    heap: int = 1500 << 20
    external_url: str = ""

    @property
    def memory_needed(self) -> int:
        """Bytes that must be available: the heap and what Java, Solr and Kafka take outside it."""
        return self.heap + _OUTSIDE_HEAP

    @classmethod
    def from_env(
        cls, *, home: Path | None = None, port: int | None = None, env: Mapping[str, str] | None = None
    ) -> Settings:
        """The settings of `env` (default: the process's); an argument takes precedence over a variable.

        Raises SandboxError for a value that makes no sense.
        """
        env = os.environ if env is None else env
        return cls(
            home=(home or _default_home(env)).expanduser().resolve(),
            port=_port(env.get("GOVERNANCE_ATLAS_PORT") or str(DEFAULT_PORT)) if port is None else port,
            user=_user(env.get("GOVERNANCE_ATLAS_USER") or "admin"),
            password=env.get("GOVERNANCE_ATLAS_PASSWORD") or "admin",
            heap=_heap(env.get("GOVERNANCE_ATLAS_MEMORY") or "1500m"),
            external_url=(env.get("ATLAS_URL") or "").rstrip("/"),
        )


def _default_home(env: Mapping[str, str]) -> Path:
    governance = env.get("GOVERNANCE_HOME")
    return (Path(governance) if governance else PROJECT_ROOT / ".governance") / "sandbox" / "atlas"


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise SandboxError(f"GOVERNANCE_ATLAS_PORT is {text!r}, not a port.", "Set it to a number from 0 to 65535.")


def _user(text: str) -> str:
    if re.fullmatch(r"[\w.@-]+", text):
        return text
    raise SandboxError(
        f"GOVERNANCE_ATLAS_USER is {text!r}, which Atlas's user file can't hold.", "Use letters, digits, '.', '@', '-'."
    )


def _heap(text: str) -> int:
    match = re.fullmatch(r"(\d+)([kmg])", text.strip().lower())
    heap = int(match[1]) * _UNITS[match[2]] if match else 0
    if heap < 512 << 20:
        raise SandboxError(
            f"GOVERNANCE_ATLAS_MEMORY is {text!r}, not a size of at least 512m.", "Write it like 1500m or 2g."
        )
    return heap
