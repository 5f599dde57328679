"""Configuration: one YAML, its register and its suites. Opens with `load`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError
from .loader import PROJECT, home, load_yaml
from .merge import load_register, register_files
from .models import Settings
from .register import Register

DEFAULT_CONFIG = PROJECT / "include" / "config" / "governance.yaml"


@dataclass(frozen=True)
class Configuration:
    """Settings and register, with where they came from."""

    settings: Settings
    register: Register
    path: Path
    home: Path

    @property
    def suite_files(self) -> list[Path]:
        """The suite files in the order of their names; a folder stands for its *.yaml."""
        places = [self.path.parent / name for name in self.settings.suites]
        return [file for place in places for file in (sorted(place.glob("*.yaml")) if place.is_dir() else [place])]

    @property
    def staging(self) -> str:
        return self.settings.state.staging or str(self.home / "staging")

    @property
    def database(self) -> str:
        return self.settings.state.database or f"sqlite:///{self.home / 'governance.db'}"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    def fingerprint(self) -> str:
        """A short hash over the configuration files, for the run report."""
        files = [self.path, *register_files(self.path.parent / self.settings.register_file), *self.suite_files]
        digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files if file.is_file()))
        return digest.hexdigest()[:12]


def load(path: str | Path | None = None) -> Configuration:
    """The configuration from `path`, else GOVERNANCE_CONFIG, else include/config/governance.yaml.

    State, staging and reports live under GOVERNANCE_HOME (default `.governance` in the project).
    Raises ConfigurationError naming file and key.
    """
    file = Path(path or os.environ.get("GOVERNANCE_CONFIG") or DEFAULT_CONFIG).resolve()
    settings = load_yaml(file, Settings)
    place = file.parent / settings.register_file
    if "register_file" in settings.model_fields_set and not register_files(place):
        raise ConfigurationError(
            f"there is no register at {place}.", "Create it, or correct the path.", file=str(file), key="register"
        )
    return Configuration(settings, load_register(place), file, home())
