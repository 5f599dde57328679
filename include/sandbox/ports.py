"""Free ports on 127.0.0.1, reserved against other launchers for as long as a server runs."""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from .errors import SandboxError

HOST = "127.0.0.1"
# Below the range from which systems hand out ports of outgoing connections: a port found free here is still free
# when a server binds it some seconds later.
_LOWEST, _HIGHEST = 22000, 32000
_TRIES = 500


class PortReservation:
    """The ports of one server; `release` when it has stopped."""

    def __init__(self) -> None:
        self._locks: list[FileLock] = []

    def claim(self, requested_port: int = 0) -> int:
        """Reserves a port.

        Args:
            requested_port: The port, 0 for any free one.

        Raises:
            SandboxError: `requested_port` is taken, or no port is free.
        """
        if not requested_port:
            return self._claim_any()
        if not is_free(requested_port) or not self._reserve(requested_port):
            raise taken(requested_port)
        return requested_port

    def release(self) -> None:
        while self._locks:
            self._locks.pop().release()

    def _claim_any(self) -> int:
        for _ in range(_TRIES):
            port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
            if is_free(port) and self._reserve(port):
                return port
        raise SandboxError("Found no free port on 127.0.0.1.", "Stop some of the servers of this machine.")

    def _reserve(self, port: int) -> bool:
        folder = Path(tempfile.gettempdir()) / f"airflow-model-governance-ports-{psutil.Process().username()}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{port}.lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        self._locks.append(lock)
        return True


@contextmanager
def reserved_port(requested_port: int = 0) -> Iterator[int]:
    """A port that is reserved within the `with` block; see `PortReservation.claim`."""
    ports = PortReservation()
    try:
        yield ports.claim(requested_port)
    finally:
        ports.release()


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        # As Java does it; without this a port would count as taken for a minute after its last connection.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError:
            return False
        return True


def taken(port: int) -> SandboxError:
    """The error for a port that something else holds, naming that process where the system tells."""
    return SandboxError(
        f"Port {port} is taken{_holder(port)}.",
        "Stop that program, or choose another port with --port or GOVERNANCE_ATLAS_PORT.",
        port=port,
    )


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return ""
