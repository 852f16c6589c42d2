"""The fault proxy as a child process, and its control in Python."""
from __future__ import annotations

import collections
import contextlib
import pathlib
import re
import sys

import requests

from sandbox.process import ROOT, Process, wait_until


class FaultProxy:
    """Stands before `upstream` (a moto). Rules: sandbox.faults.Rule."""

    def __init__(self, upstream: str, folder: pathlib.Path):
        self.process = Process([sys.executable, "-m", "sandbox.fault_proxy", upstream], folder / "proxy.log", cwd=ROOT / "tests")
        self.url = wait_until(self._address, "the fault proxy listens")

    def _address(self) -> str | None:
        found = re.search(r"^proxy (http://\S+)$", self.process.output(), re.MULTILINE)
        return found and found.group(1)

    def _ask(self, method: str, what: str, body=None):
        answer = requests.request(method, f"{self.url}/_proxy/{what}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, fault: str, operation: str = "*", **more) -> int:
        """Adds a rule; its id."""
        return self._ask("POST", "rules", {"fault": fault, "operation": operation, **more})["ids"][0]

    @contextlib.contextmanager
    def faulting(self, fault: str, operation: str = "*", **more):
        """A rule for the length of a block."""
        rule = self.fault(fault, operation, **more)
        try:
            yield rule
        finally:
            self.restore(rule)

    def restore(self, rule: int | None = None) -> None:
        self._ask("DELETE", f"rules/{rule}" if rule else "rules")

    def reset(self) -> None:
        self._ask("POST", "reset")

    def like_aws(self, on: bool = True) -> None:
        self._ask("POST", "like-aws", {"on": on})

    def calls(self) -> collections.Counter:
        return collections.Counter(self._ask("GET", "calls"))

    def requests(self) -> list[dict]:
        return self._ask("GET", "requests")

    def wait_held(self, count: int = 1, timeout: float = 60) -> None:
        """Until `count` calls wait at hold rules."""
        wait_until(lambda: self._ask("GET", "held")["held"] >= count, f"{count} calls are held at the proxy", timeout)

    def stop(self) -> None:
        self.process.stop()
