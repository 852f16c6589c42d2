"""The Jira fake as a child process, and its control in Python."""
from __future__ import annotations

import base64
import collections
import contextlib
import pathlib
import re
import sys

import requests

from sandbox.jira.site import EMAIL, TOKEN
from sandbox.process import ROOT, Process, wait_until


class JiraFake:
    """A site of `flavor` cloud or datacenter: sandbox.jira. `config()` is what the server must be told of it."""

    def __init__(self, folder: pathlib.Path, flavor: str = "cloud"):
        self.flavor = flavor
        self.process = Process([sys.executable, "-m", "sandbox.jira", flavor], folder / f"jira-{flavor}.log", cwd=ROOT / "tests")
        self.url, self.control_url = wait_until(self._addresses, "the Jira fake listens")

    def _addresses(self) -> tuple[str, str] | None:
        found = re.search(r"^jira (http://\S+) control (http://\S+)$", self.process.output(), re.MULTILINE)
        assert found or self.process.running(), f"the Jira fake did not start:\n{self.process.output()}"
        return found and found.groups()

    def config(self, **more) -> dict:
        """`tickets` of the server's configuration: page 10 of the design."""
        access = {"email": EMAIL, "apiToken": TOKEN} if self.flavor == "cloud" else {"personalAccessToken": TOKEN}
        return {"system": "jira", "jira": {"baseUrl": self.url, "flavor": self.flavor, "project": "MRM", "issueType": "Task", **access, **more}}

    @property
    def authorization(self) -> str:
        if self.flavor == "datacenter":
            return f"Bearer {TOKEN}"
        return "Basic " + base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()

    def _ask(self, method: str, what: str, body=None):
        answer = requests.request(method, f"{self.control_url}/_fake/{what}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    # Faults

    def fault(self, fault: str, operation: str = "*", **more) -> int:
        """Adds a rule (sandbox.jira.faults.Rule); its id."""
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

    def wait_held(self, count: int = 1, timeout: float = 60) -> None:
        wait_until(lambda: self._ask("GET", "held")["held"] >= count, f"{count} calls are held at Jira", timeout)

    def settings(self, **given) -> None:
        """index_delay=, required=, resolution_required=, page_limit="""
        self._ask("POST", "settings", given)

    def webhook(self, url: str, secret: str | None = None, events: list[str] | None = None) -> None:
        self._ask("POST", "webhooks", {"url": url, "secret": secret, "events": events})

    # People

    def act(self, do: str, issue: str, by: str = "risk.lead", **given) -> dict:
        """What a person does in the browser: sandbox.jira.site.Site.act. The issue afterwards."""
        return self._ask("POST", "act", {"do": do, "issue": issue, "by": by, **given})

    def decide(self, issue: str, status: str, by: str = "risk.lead", resolution: str | None = None) -> dict:
        return self.act("transition", issue, by, to=status, resolution=resolution)

    def advance(self, seconds: float) -> None:
        self._ask("POST", "advance", {"seconds": seconds})

    # What happened

    def issues(self, label: str | None = None) -> list[dict]:
        """Every issue that was ever made, deleted ones included."""
        return [issue for issue in self._ask("GET", "issues") if label is None or label in issue["labels"]]

    def calls(self) -> collections.Counter:
        return collections.Counter(self._ask("GET", "calls"))

    def requests(self) -> list[dict]:
        return self._ask("GET", "requests")

    def deliveries(self) -> list[dict]:
        return self._ask("GET", "deliveries")

    def reset(self) -> None:
        self._ask("POST", "reset")

    def stop(self) -> None:
        self.process.stop()
