"""The fault proxy as a child process, and its control in Python."""
from __future__ import annotations

import collections
import pathlib
import re
import sys

import requests

from sandbox.aws_proxy.control import Verbs
from sandbox.process import ROOT, Process, wait_until


class FaultProxy(Verbs):
    """Stands before `upstream` (a moto). Rules: sandbox.aws_proxy.rules.Rule."""

    def __init__(self, upstream: str, folder: pathlib.Path):
        self.process = Process([sys.executable, "-m", "sandbox.aws_proxy", upstream], folder / "proxy.log", cwd=ROOT / "tests")
        self.url, self.control_url = wait_until(self._addresses, "the fault proxy listens")

    def _addresses(self) -> tuple[str, str] | None:
        found = re.search(r"^proxy (http://\S+) control (http://\S+)$", self.process.output(), re.MULTILINE)
        assert found or self.process.running(), f"the fault proxy did not start:\n{self.process.output()}"
        return found and found.groups()

    def _ask(self, method: str, what: str, body=None):
        answer = requests.request(method, f"{self.control_url}/_proxy/{what}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def add(self, rules: list[dict]) -> list[int]:
        return self._ask("POST", "rules", rules)["ids"]

    def restore(self, rule: int | None = None) -> None:
        """Takes away one rule, or all; what they held goes on."""
        self._ask("DELETE", f"rules/{rule}" if rule else "rules")

    def reset(self) -> None:
        """No rules, no counts."""
        self._ask("POST", "reset")

    def like_aws(self, on: bool = True) -> None:
        self._ask("POST", "like-aws", {"on": on})

    def calls(self) -> collections.Counter:
        return collections.Counter(self._ask("GET", "calls"))

    def requests(self) -> list[dict]:
        """The ledger: what was asked, the faults it met, what moto answered, what the caller was told."""
        return self._ask("GET", "requests")

    def held(self) -> int:
        return self._ask("GET", "held")["held"]

    def stop(self) -> None:
        self.process.stop()
