"""How much memory a new server may take."""

from __future__ import annotations

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes that can be taken without swapping, within the limit of the container if there is one."""
    machine = int(psutil.virtual_memory().available)
    container = _container()
    return machine if container is None else min(machine, container)


def _container() -> int | None:
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        statistics = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no container, or no limit ("max")
        return None
    return max(0, limit - used + int(statistics.get("inactive_file", 0)))
