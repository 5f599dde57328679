"""The register from one file or from a folder of files that merge."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigurationError
from .loader import load_yaml
from .register import Register

_KINDS = ("*.yaml", "*.yml")


def register_files(path: Path) -> list[Path]:
    """The files of a register in the order of their names; a single file is the whole register."""
    if path.is_dir():
        return sorted(file for kind in _KINDS for file in path.glob(kind) if not file.name.startswith("."))
    return [path] if path.exists() else []


def load_register(path: Path) -> Register:
    """One register from that file or folder.

    Raises:
        ConfigurationError: a fault in a file, with file and key; an entry that two files list, with both files.
    """
    files = register_files(path)
    parts = [(file, load_yaml(file, Register)) for file in files]
    _require_unique(parts)
    if len(parts) == 1:
        return parts[0][1]
    merged = {
        section: [entry for _, part in parts for entry in getattr(part, section)] for section in Register.model_fields
    }
    return Register.model_validate(merged)


def _require_unique(parts: list[tuple[Path, Register]]) -> None:
    """Compares the files with each other; each is valid by itself already."""
    seen: dict[tuple[str, str], tuple[Path, int]] = {}
    for file, part in parts:
        for section, entries in part.identities().items():
            for identity, index in entries:
                other = seen.setdefault((section, identity), (file, index))
                if other[0] != file:
                    raise ConfigurationError(
                        f"{identity} is listed in {other[0]}:{section}[{other[1]}] too.",
                        "Keep one of the two.",
                        file=str(file),
                        key=f"{section}[{index}]",
                    )
