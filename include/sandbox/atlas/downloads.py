"""Fetches the parts of Atlas 2.1.0 from a Maven repository and unpacks them, once for all homes of this user.

The cache holds `maven/` (as downloaded), `verified/` (what was hashed before) and `atlas-2.1.0/` (unpacked).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock

from include.sandbox.errors import SandboxError

Report = Callable[[str], None]

VERSION = "2.1.0"
_SILENCE_TIMEOUT = 60  # seconds without a byte before a download counts as broken
_DISK_NEEDED = 800 << 20
_LARGE = 10_000_000  # bytes from which a download reports its progress
_NETWORK_REMEDY = "Check the network or the proxy settings and try again; once fetched, no network is needed."


@dataclass(frozen=True)
class Part:
    """One file of a Maven repository. `inside`: the folder of the archive that is unpacked ("" for all)."""

    artifact: str
    packaging: str
    size: int
    sha256: str
    label: str
    inside: str = ""

    @property
    def filename(self) -> str:
        """The file's name in the repository."""
        return f"{self.artifact}-{VERSION}.{self.packaging}"


WEBAPP = Part(
    "atlas-webapp",
    "war",
    290_830_837,
    "c8045c5185dd9b6fe270d48f488764271ae72ce2e35fbbbb1addc6d4a211e8e1",
    "the Atlas web application",
)
SOLR = Part(
    "atlas-testtools",
    "jar",
    38_580,
    "0d1544410e4bc970a5821a34047276183457621d149c542bf246533f6d599016",
    "the template of Atlas's search index",
    inside="solr",
)


def cache_dir() -> Path:
    """GOVERNANCE_CACHE, or this user's cache folder."""
    named = os.environ.get("GOVERNANCE_CACHE")
    return (
        Path(named).expanduser().resolve() if named else Path(platformdirs.user_cache_dir("airflow-model-governance"))
    )


def unpacked(
    part: Part,
    *,
    cache: Path | None = None,
    report: Report = lambda _text: None,
    repositories: dict[str, str] | None = None,
) -> Path:
    """Folder with the unpacked part, shared by all servers and not to be written to; fetched when absent.

    repositories: name to URL, default those of jgo's settings file, then Maven Central.
    Safe in several processes at once.
    Raises SandboxError when the part cannot be fetched completely.
    """
    cache = cache or cache_dir()
    target = cache / f"atlas-{VERSION}" / f"{part.artifact}-{part.sha256[:12]}"
    with _guarded(cache, part):
        if _is_complete(target):
            return target
        archive = _fetched(part, cache, report, repositories)
        report(f"unpacking {part.label} ...")
        _unpack(archive, part, target)
        return target


def fetch(
    part: Part,
    *,
    cache: Path | None = None,
    report: Report = lambda _text: None,
    repositories: dict[str, str] | None = None,
) -> Path:
    """Path of the part's file in the cache, its sha256 checked. Raises SandboxError."""
    cache = cache or cache_dir()
    with _guarded(cache, part):
        return _fetched(part, cache, report, repositories)


@contextmanager
def _guarded(cache: Path, part: Part) -> Iterator[None]:
    """One process at a time; errors of the disk become a SandboxError."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{part.artifact}.lock"):
            yield
    except OSError as error:
        raise SandboxError(
            f"The cache {cache} can't be used ({error.strerror or error}).",
            "Free some disk space there, or set GOVERNANCE_CACHE to another folder.",
        ) from None


def _fetched(part: Part, cache: Path, report: Report, repositories: dict[str, str] | None) -> Path:
    path = cache / "maven" / "org" / "apache" / "atlas" / part.artifact / VERSION / part.filename
    if path.exists() and _is_verified(path, part, cache):
        return path
    path.unlink(missing_ok=True)
    _check_disk(cache, part)
    # A second try only where bytes were received: a host that cannot be reached is not tried twice.
    for attempt in (1, 2):
        report(f"fetching {part.label} ({_size(part.size)}) ..." + (" once more" if attempt > 1 else ""))
        failure, partial = _download(part, path, cache, report, repositories)
        if not failure and _is_verified(path, part, cache):
            return path
        path.unlink(missing_ok=True)
        if failure and not partial:
            raise SandboxError(f"Can't fetch {part.label} from the Maven repository ({failure}).", _NETWORK_REMEDY)
    reason = failure or "its checksum is wrong"
    raise SandboxError(f"Fetched {part.label} twice and it came broken both times ({reason}).", _NETWORK_REMEDY)


def _download(
    part: Part, path: Path, cache: Path, report: Report, repositories: dict[str, str] | None
) -> tuple[str, bool]:
    """The reason of a failure ("" for none), and whether some of the file was received."""
    # Imported here: `status` and `stop` need neither of them.
    import requests
    from jgo.maven import MavenContext, PythonResolver

    resolver = PythonResolver(progress_callback=lambda _name, total: _percentages(total, report))
    context = MavenContext(
        resolver=resolver, repo_cache=cache / "maven", remote_repos=repositories, timeout=_SILENCE_TIMEOUT
    )
    artifact = context.project("org.apache.atlas", part.artifact).at_version(VERSION).artifact("", part.packaging)
    try:
        artifact.resolve()
    except (requests.RequestException, RuntimeError) as error:
        return _reason(error), path.exists()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return "", True


def _reason(error: Exception) -> str:
    names = {
        "ConnectionError": "no connection",
        "ConnectTimeout": "no answer",
        "ProxyError": "no proxy",
        "RuntimeError": "not there",
    }
    return names.get(type(error).__name__, f"the download broke off, {type(error).__name__}")


@contextmanager
def _percentages(total: int, report: Report) -> Iterator[Callable[[int], None]]:
    """Reports each further quarter of a large download."""
    done, reported = 0, 0

    def count(size: int) -> None:
        nonlocal done, reported
        done += size
        quarter = 4 * done // total
        if total > _LARGE and reported < quarter < 4:
            reported = quarter
            report(f"fetched {25 * quarter} % ...")

    yield count


def _is_verified(path: Path, part: Part, cache: Path) -> bool:
    """Whether the file has the right sha256; one whose size and time are as when it was hashed isn't read again."""
    marker = cache / "verified" / f"{part.filename}.json"
    stat = path.stat()
    seen: dict[str, Any] = {"sha256": part.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    try:
        if json.loads(marker.read_text()) == seen:
            return True
    except (OSError, ValueError):
        pass
    if stat.st_size != part.size or _sha256(path) != part.sha256:
        return False
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(seen))
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_disk(cache: Path, part: Part) -> None:
    if part.size > 1 << 20 and shutil.disk_usage(cache).free < _DISK_NEEDED:
        raise SandboxError(
            f"The disk of {cache} has less than {_size(_DISK_NEEDED)} left, which Atlas needs.",
            "Free some, or set GOVERNANCE_CACHE to a folder on another disk.",
        )


def _size(count: int) -> str:
    return f"{count // 1_000_000} MB" if count >= 1_000_000 else f"{count // 1000} kB"


def _unpack(archive: Path, part: Part, target: Path) -> None:
    """Into a temporary folder, then renamed, so that a half-unpacked folder never has the target's name."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as folder:
        with zipfile.ZipFile(archive) as file:
            names = [name for name in file.namelist() if name.startswith(f"{part.inside}/" if part.inside else "")]
            file.extractall(Path(folder) / "all", names)
        content = Path(folder) / "all" / part.inside
        _manifest(target).write_text(_census(content))
        content.rename(target)


def _is_complete(target: Path) -> bool:
    """Whether as many files and bytes exist as were unpacked: cleaners of caches delete single files."""
    try:
        return _manifest(target).read_text() == _census(target)
    except OSError:
        return False


def _manifest(target: Path) -> Path:
    return target.with_name(f"{target.name}.manifest")


def _census(folder: Path) -> str:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return f"{len(sizes)} files, {sum(sizes)} bytes"
