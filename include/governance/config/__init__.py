"""Configuration: one YAML file, its register and its suites. `load` reads it."""

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
    """Settings and register, with the path of their file."""

    settings: Settings
    register: Register
    path: Path
    home: Path

    @property
    def suite_files(self) -> list[Path]:
        """The suite files in the order of their names; of a folder, its *.yaml."""
        paths = [self.path.parent / name for name in self.settings.suites]
        return [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]

    @property
    def register_files(self) -> list[Path]:
        """The files of the register in the order of their names."""
        return register_files(self.path.parent / self.settings.register_file)

    @property
    def staging(self) -> str:
        """Folder or fsspec URL of the staged files."""
        return self.settings.state.staging or str(self.home / "staging")

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the state database."""
        return self.settings.state.database or f"sqlite:///{self.home / 'governance.db'}"

    @property
    def reports(self) -> Path:
        """Folder of the run reports."""
        stated = self.settings.state.reports
        return Path(stated).absolute() if stated else self.home / "reports"

    def fingerprint(self) -> str:
        """A short hash over the configuration files, for the run report."""
        files = [self.path, *register_files(self.path.parent / self.settings.register_file), *self.suite_files]
        digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files if file.is_file()))
        return digest.hexdigest()[:12]


def load(path: str | Path | None = None) -> Configuration:
    """The configuration from `path`, else GOVERNANCE_CONFIG, else include/config/governance.yaml.

    State, staging and reports live under GOVERNANCE_HOME (default `.governance` in the project).

    Raises:
        ConfigurationError: a fault in one of the files, with file and key.
    """
    file = Path(path or os.environ.get("GOVERNANCE_CONFIG") or DEFAULT_CONFIG).resolve()
    settings = load_yaml(file, Settings)
    register = file.parent / settings.register_file
    if "register_file" in settings.model_fields_set and not register_files(register):
        raise ConfigurationError(
            f"there is no register at {register}.", "Create it, or correct the path.", file=str(file), key="register"
        )
    return Configuration(settings, load_register(register), file, home())
