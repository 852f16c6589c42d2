"""The control of a moto's life in Python."""
from __future__ import annotations

import requests

SANDBOX = {"seconds": {"endpoint": 6, "endpoint-update": 6, "endpoint-delete": 3, "transform-job": 5, "training-job": 8, "stop": 2}, "failing": "*fail*"}
TESTS = {"seconds": dict.fromkeys(SANDBOX["seconds"], 0.5), "failing": "*fail*"}


class Life:
    """Steps, kinds and ends: sandbox.moto_life."""

    def __init__(self, url: str):
        self.url = f"{url}/_sandbox/life"

    def _ask(self, method: str, what: str = "", **given) -> dict:
        answer = requests.request(method, f"{self.url}/{what}", json=given, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def plan(self, **given) -> None:
        """Switches it on with seconds=, failing=, hidden=, roles=; what is left out stays as it is."""
        self._ask("POST", **{"on": True, **given})

    def off(self) -> None:
        """moto as it comes; nothing that was scripted or moves is left."""
        self._ask("POST", "reset")

    def script(self, step: str, name: str = "*", end: str | None = None, **more) -> None:
        """How steps end that begin from now on: reason=, seconds= (None: never), times=."""
        self._ask("POST", "script", step=step, name=name, end=end, **more)

    def end(self, kind: str, name: str, end: str | None = None, reason: str | None = None) -> None:
        """What moves ends now."""
        self._ask("POST", "end", kind=kind, name=name, end=end, reason=reason)

    def remove(self, kind: str, name: str) -> None:
        """It is gone at once, whatever it was doing."""
        self._ask("POST", "remove", kind=kind, name=name)

    def advance(self, seconds: float) -> None:
        """The clock of courses and of hidden objects goes forward."""
        self._ask("POST", "advance", seconds=seconds)

    def moving(self) -> list[dict]:
        return self._ask("GET")["moving"]
