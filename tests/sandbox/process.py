"""Child processes of the tests and the sandbox: started in a session of their own, stopped by id, never waited for blindly."""
from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
from typing import Callable, Iterator, TypeVar

ROOT = pathlib.Path(__file__).resolve().parents[2]
T = TypeVar("T")


def free_port() -> int:
    """A loopback port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], T], what: str, timeout: float = 30.0, every: float = 0.02) -> T:
    """Polls `condition` until it returns something true and gives that back; AssertionError naming `what` at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(every)


def end_all_of(folder: pathlib.Path) -> int:
    """SIGKILL to every process that has a path below `folder` among its arguments, but ourselves; how many there were."""
    ended = 0
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if int(entry.name) != os.getpid() and f"{folder}/".encode() in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
    return ended


class Process:
    """One child with its output in a file. `stop` is polite first; `kill` is SIGKILL to the whole session."""

    def __init__(self, command: list[str], log: pathlib.Path, env: dict[str, str] | None = None, cwd: pathlib.Path | None = None):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.log_start = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as out:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                          env=env, cwd=cwd, start_new_session=True)

    @property
    def pid(self) -> int:
        return self.child.pid

    def running(self) -> bool:
        return self.child.poll() is None

    def output(self) -> str:
        """What this child has written so far (earlier children that shared the file left out)."""
        with open(self.log, "rb") as file:
            file.seek(self.log_start)
            return file.read().decode("utf-8", "replace")

    def stop(self, timeout: float = 15.0) -> int:
        """SIGTERM, then SIGKILL after `timeout`; the exit status."""
        if self.running():
            self._signal(signal.SIGTERM)
            try:
                self.child.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.child.wait()

    def kill(self) -> None:
        """SIGKILL, and back only when the process entry is gone."""
        self._signal(signal.SIGKILL)
        self.child.wait()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stands still with all its connections open, until the block ends."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass
