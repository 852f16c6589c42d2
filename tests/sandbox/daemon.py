"""One server of a peer: a child process that can be stopped, killed and started again alone, and that says when it is ready."""
from __future__ import annotations

import pathlib
from typing import Any, Callable

import requests

from sandbox.process import Process, wait_until


class Daemon:
    """`ready` is polled once the process runs. A daemon that ends before it is ready fails the start with the end of its log."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path, env: dict[str, str], ready: Callable[[], Any], cwd: pathlib.Path | None = None):
        self.name, self.command, self.log_file, self.env, self.ready, self.cwd = name, command, log, env, ready, cwd
        self.process: Process | None = None

    def launch(self) -> "Daemon":
        """Starts it and does not wait."""
        assert not self.running(), f"{self.name} runs already"
        self.process = Process(self.command, self.log_file, self.env, self.cwd)
        return self

    def wait(self, timeout: float = 90) -> "Daemon":
        wait_until(self._ready, f"{self.name} is ready; its log: {self.log_file}", timeout, every=0.1)
        return self

    def start(self, timeout: float = 90) -> "Daemon":
        """Back once it is ready."""
        return self.launch().wait(timeout)

    def stop(self) -> None:
        """SIGTERM to it and to what it has started."""
        if self.process:
            self.process.stop()

    def kill(self) -> None:
        """SIGKILL to it and to what it has started."""
        if self.process:
            self.process.kill()

    def restart(self, timeout: float = 90) -> "Daemon":
        self.stop()
        return self.start(timeout)

    def running(self) -> bool:
        return self.process is not None and self.process.running()

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> str:
        """All that this daemon and its predecessors have written."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def _ready(self) -> Any:
        assert self.running(), f"{self.name} ended with {self.process.child.returncode}:\n{self.process.output()[-4000:]}"
        return self.ready()


def answers(url: str) -> bool:
    """Whether GET succeeds."""
    return get_json(url, parse=False) is not None


def get_json(url: str, parse: bool = True) -> Any:
    """The body of a successful GET; None while nobody answers, or answers with an error."""
    try:
        answer = requests.get(url, timeout=5)
        if not answer.ok:
            return None
        return answer.json() if parse else answer.text
    except (requests.RequestException, ValueError):
        return None
