"""`slipway serve` as a child process that can be killed and started again on the same data."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time

import requests

from sandbox.process import ROOT, Process, free_port, wait_until

BINARY = pathlib.Path(os.environ.get("SLIPWAY_BINARY", ROOT / "build/release/bin/slipway"))
PASSWORD = "correct-horse-battery-9"


def clean_environment(**more: str) -> dict[str, str]:
    """The caller's environment without what would change the server behind a test's back."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SLIPWAY_"))} | more


class Slipway:
    """One server. `config` is written as JSON, which is YAML; `aws` is where its AWS calls go."""

    def __init__(self, folder: pathlib.Path, aws: str | None = None, config: dict | None = None, port: int | None = None,
                 password: str | None = PASSWORD, environment: dict[str, str] | None = None):
        self.folder, self.data, self.port = folder, folder / "data", port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder / "server.log"
        self.environment = clean_environment(**({"AWS_ENDPOINT_URL": aws} if aws else {}), **({"SLIPWAY_ADMIN_PASSWORD": password} if password else {}),
                                             **(environment or {}))
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "slipway.yaml"
        self.config.touch(mode=0o600)  # it has a secret key
        self.config.chmod(0o600)
        self.config.write_text(json.dumps(config or {}))
        self.process: Process | None = None

    def command(self) -> list[str]:
        return [str(BINARY), "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data), "--config", str(self.config)]

    def start(self, timeout: float = 30) -> "Slipway":
        """Back once /actuator/health says UP."""
        self.process = Process(self.command(), self.log_file, self.environment)
        wait_until(self.ready, "the server is ready", timeout)
        return self

    def start_unready(self, timeout: float = 30) -> "Slipway":
        """Back once it lives: whatever it needs may be away."""
        self.process = Process(self.command(), self.log_file, self.environment)
        wait_until(lambda: self.ready("/liveness"), "the server lives", timeout)
        return self

    def ready(self, group: str = "") -> bool:
        assert self.process and self.process.running(), f"the server ended with {self.process.child.returncode}:\n{self.log()[-4000:]}"
        try:
            return requests.get(f"{self.url}/actuator/health{group}", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()

    def freeze(self) -> None:
        self.process.freeze()

    def thaw(self) -> None:
        self.process.thaw()

    def stop(self) -> int:
        return self.process.stop() if self.process else 0

    def restart(self) -> None:
        self.start()

    def log(self) -> str:
        """All that this server and its predecessors on this folder have written, down to the last answer: lines of requests are collected for a moment."""
        if self.process and self.process.running():
            self.settle_log()
        return self.written()

    def written(self) -> str:
        """What is in the log file now."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def settle_log(self) -> None:
        """Waits for the line of one more request, which comes behind those of all that were answered; 2 s at most, since a level above info has none."""
        try:
            last = requests.get(f"{self.url}/nowhere", timeout=5).json()["requestId"]
        except (requests.RequestException, KeyError):
            return
        end = time.monotonic() + 2
        while last not in self.written() and time.monotonic() < end:
            time.sleep(0.005)

    def stored(self) -> bytes:
        """Every byte in the data directory: for searches."""
        return b"\0".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())

    def cli(self, *arguments: str, token: str | None = None, stdin: str = "", home: pathlib.Path | None = None) -> subprocess.CompletedProcess:
        """The command line against this server, with a home of its own."""
        home = home or self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = clean_environment(HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), SLIPWAY_URL=self.url, NO_COLOR="1", **({"SLIPWAY_TOKEN": token} if token else {}))
        return subprocess.run([str(BINARY), *arguments], input=stdin, capture_output=True, text=True, timeout=120, env=environment)
