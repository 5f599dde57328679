"""A real Apache Atlas 2.1.0 on 127.0.0.1, for the demo and the tests. It forgets everything when it stops.

Its REST port and web UI listen on 127.0.0.1 only. Its embedded Solr also opens two random ports on all interfaces and
has no setting against it, so do not run it on a machine that others reach over an untrusted network.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import httpx
import psutil
from filelock import FileLock

from include.sandbox.errors import SandboxError
from include.sandbox.ports import HOST, is_free, taken

from . import downloads, home, java, memory, process, rest, state
from .ports import AtlasPorts
from .settings import Settings

Report = Callable[[str], None]

READY_TIMEOUT = 300.0
_POLL = 0.5
_REPORT_SECONDS = 10.0


def _silent(_text: str) -> None:
    pass


class AtlasServer:
    """One server. On Linux it cannot outlive this process, nor the thread that called `start`.

    Args:
        settings: default from the environment. With `external_url` (ATLAS_URL) nothing is started or stopped.
        report: called with one readable line per step.
        available_memory: returns bytes; tests pass their own.

        with AtlasServer(Settings.from_env(home=folder, port=0)) as server:
            httpx.get(server.url + "/api/atlas/admin/version", auth=(server.user, server.password))
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        report: Report = _silent,
        available_memory: Callable[[], int] = memory.available,
    ) -> None:
        self.settings = settings or Settings.from_env()
        self._report = report
        self._available_memory = available_memory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FileLock | None = None
        self._ports: AtlasPorts | None = None
        self._state: state.ServerState | None = None
        self._began = 0.0

    @property
    def url(self) -> str:
        """Base URL without a slash at the end; with port 0 known once started."""
        port = self._ports.http if self._ports else self.settings.port
        return self.settings.external_url or f"http://{HOST}:{port}"

    @property
    def user(self) -> str:
        """The login's name."""
        return self.settings.user

    @property
    def password(self) -> str:
        """The login's password."""
        return self.settings.password

    @property
    def pid(self) -> int:
        """Process (and process group) of the server; 0 when this object has none running."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def __enter__(self) -> AtlasServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def client(self) -> httpx.Client:
        """An HTTP client with base URL and login."""
        return rest.client(self.url, self.user, self.password)

    def check(self) -> None:
        """Checks what can be checked before a start: Java, memory, port. Raises SandboxError."""
        if self.settings.external_url:
            return
        java.find_java()
        self._check_memory()
        if self.settings.port and not is_free(self.settings.port):
            raise taken(self.settings.port)

    def start(self, wait: bool = True, timeout: float = READY_TIMEOUT) -> AtlasServer:
        """Starts the server; with `wait` returns when it is ready. Raises SandboxError and stops what was started."""
        if self._process:
            raise SandboxError("This Atlas was started before.", "Make a new AtlasServer for another start.")
        self._began = time.monotonic()
        try:
            if not self.settings.external_url:
                self._launch()
            if wait:
                self.wait_ready(timeout)
        except BaseException as error:
            self._fail(error)
            raise
        return self

    def wait_ready(self, timeout: float = READY_TIMEOUT, progress: Report | None = None) -> float:
        """Waits until the server answers and has the base types; returns the seconds since the start.

        Raises SandboxError when the server ends or isn't ready within `timeout` seconds.
        """
        report = progress or self._report
        began = time.monotonic()
        reported = began
        while not rest.is_active(self.url):
            self._check_alive()
            now = time.monotonic()
            if now - began > timeout:
                raise self._too_slow(timeout)
            if now - reported >= _REPORT_SECONDS:
                reported = now
                report(f"starting, {now - self._began:.0f} s so far ...")
            time.sleep(_POLL)
        rest.log_in(self.url, self.settings)
        seconds = time.monotonic() - (self._began or began)
        self._note(state.READY, f"ready at {self.url} after {seconds:.0f} s, log in as {self.user}", report)
        return seconds

    def wait_end(self) -> None:
        """Never returns; raises SandboxError when the server ends by itself."""
        try:
            while True:
                self._check_alive()
                time.sleep(_POLL)
        except BaseException as error:
            self._fail(error)
            raise

    def stop(self, grace: float = 15.0) -> None:
        """Stops the server, after `grace` seconds by force; returns when it has ended. Does nothing if none runs."""
        self._end(grace)
        self._note(state.STOPPED, "stopped", _silent)
        self._release()

    def _end(self, grace: float) -> None:
        if not self._process:
            return
        try:
            if self.pid:
                self._report("stopping ...")
            process.stop_group(self._process, grace)
        except BaseException:  # a second Ctrl-C
            process.kill_group(self._process)
            raise

    def _release(self) -> None:
        if self._ports:
            self._ports.release()
        if self._lock:
            self._lock.release()
        self._lock = None

    def _fail(self, error: BaseException) -> None:
        self._end(grace=0 if isinstance(error, SandboxError) else 15.0)
        if isinstance(error, SandboxError) and self._state:
            self._state = replace(self._state, remedy=error.remedy)
            self._note(state.FAILED, error.message, _silent)
        else:
            self._note(state.STOPPED, "stopped", _silent)
        self._release()

    def _launch(self) -> None:
        folder = self.settings.home
        self._lock = home.claim(folder)
        _kill_orphan(folder)
        me = psutil.Process()
        self._state = state.ServerState(me.pid, me.create_time(), self.url, self.user, state.PREPARING)
        self._note(state.PREPARING, "preparing ...", _silent)
        self._ports = AtlasPorts(self.settings.port)
        self._check_memory()
        program = java.find_java()
        progress: Report = lambda text: self._note(state.PREPARING, text, self._report)  # noqa: E731
        webapp = downloads.unpacked(downloads.WEBAPP, report=progress)
        solr = downloads.unpacked(downloads.SOLR, report=progress)
        home.build(self.settings, self._ports, webapp=webapp, solr=solr)
        if not is_free(self._ports.http):  # fetching took its time
            raise taken(self._ports.http)
        self._start_java(program)

    def _start_java(self, program: Path) -> None:
        assert self._ports is not None
        assert self._state is not None
        folder = self.settings.home
        self._began = time.monotonic()
        command = [str(program), *home.java_arguments(self.settings, self._ports)]
        self._process = process.start_with_parent(command, cwd=folder, output=folder / "logs" / "server.out")
        pid = self._process.pid
        self._state = replace(self._state, url=self.url, java=pid, java_started=process.started_at(pid))
        self._note(state.STARTING, f"starting Apache Atlas {downloads.VERSION} at {self.url} ...", self._report)

    def _check_memory(self) -> None:
        available, needed = self._available_memory(), self.settings.memory_needed
        if available < needed:
            raise SandboxError(
                f"Atlas needs {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free.",
                "Close some programs, lower GOVERNANCE_ATLAS_MEMORY, or set ATLAS_URL to an Atlas that already runs.",
            )

    def _check_alive(self) -> None:
        if self._process and self._process.poll() is not None:
            reason = home.failure_reason(self.settings.home)
            code = self._process.returncode
            raise SandboxError(
                f"Atlas ended by itself ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
                + (f": {reason}" if reason else "."),
                f"See {self.settings.home / 'logs'}.",
            )

    def _too_slow(self, timeout: float) -> SandboxError:
        if self.settings.external_url:
            return SandboxError(
                f"No Atlas answers ACTIVE at ATLAS_URL ({self.url}).", "Start it, or unset ATLAS_URL to start one here."
            )
        return SandboxError(
            f"Atlas was not ready within {timeout:.0f} s.", f"Try again on a less busy machine; see {self._logs()}."
        )

    def _logs(self) -> Path:
        return self.settings.home / "logs"

    def _note(self, phase: str, text: str, report: Report) -> None:
        """Reports a step to the caller and to readers of the state file."""
        if self._state:
            self._state = replace(self._state, phase=phase, message=text)
            if self._lock and self._lock.is_locked:
                state.write(self.settings.home, self._state)
        report(text)


def _kill_orphan(folder: Path) -> None:
    """Kills the server of a launcher that died (possible only where a child cannot be tied to its parent)."""
    old = state.read(folder)
    if old and process.is_same(old.java, old.java_started):
        orphan = psutil.Process(old.java)
        orphan.kill()
        psutil.wait_procs([orphan], timeout=10)
