"""The register from one file or from a folder of files that merge."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigurationError
from .loader import load_yaml
from .register import Register

_KINDS = ("*.yaml", "*.yml")


def register_files(place: Path) -> list[Path]:
    """The files of a register in the order of their names; a file stands for itself."""
    if place.is_dir():
        return sorted(file for kind in _KINDS for file in place.glob(kind) if not file.name.startswith("."))
    return [place] if place.exists() else []


def load_register(place: Path) -> Register:
    """One register from that file or folder.

    Raises ConfigurationError naming file and key; where two files say the same thing twice, it names both.
    """
    files = register_files(place)
    parts = [(file, load_yaml(file, Register)) for file in files]
    _stand_once(parts)
    if len(parts) == 1:
        return parts[0][1]
    merged = {
        section: [entry for _, part in parts for entry in getattr(part, section)] for section in Register.model_fields
    }
    return Register.model_validate(merged)


def _stand_once(parts: list[tuple[Path, Register]]) -> None:
    """Each file is whole by itself already; here they are held against each other."""
    seen: dict[tuple[str, str], tuple[Path, int]] = {}
    for file, part in parts:
        for section, entries in part.identities().items():
            for identity, place in entries:
                other = seen.setdefault((section, identity), (file, place))
                if other[0] != file:
                    raise ConfigurationError(
                        f"{identity} stands in {other[0]}:{section}[{other[1]}] too.",
                        "Keep one of the two.",
                        file=str(file),
                        key=f"{section}[{place}]",
                    )
