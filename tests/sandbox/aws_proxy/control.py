"""What tests and people say to the proxy, and what all its connections share."""
from __future__ import annotations

import collections
import contextlib
import threading

from sandbox.aws_proxy.call import Call
from sandbox.aws_proxy.ledger import Ledger
from sandbox.aws_proxy.rules import Rule, scripted
from sandbox.process import wait_until


class Verbs:
    """The verbs that in-process and remote control have in common; what they rest on is the subclass's."""

    def fault(self, fault: str, operation: str = "*", **more) -> int:
        """Adds a rule (sandbox.aws_proxy.rules.Rule); its id."""
        return self.add([{"fault": fault, "operation": operation, **more}])[0]

    @contextlib.contextmanager
    def faulting(self, fault: str, operation: str = "*", **more):
        """A rule for the length of a block."""
        rule = self.fault(fault, operation, **more)
        try:
            yield rule
        finally:
            self.restore(rule)

    def script(self, operation: str, *steps, **more) -> list[int]:
        """`script("CreateEndpoint", "throttle", "pass", "lost")`: the first call is throttled, the second goes through, the third loses its answer."""
        return self.add(scripted(operation, list(steps), **more))

    def carried_out(self, operation: str) -> list[dict]:
        """Ledger entries of calls that moto has accepted, whatever their callers were told."""
        return [entry for entry in self.requests() if entry["operation"] == operation and entry["upstream"] in (200, 204)]

    def wait_held(self, count: int = 1, timeout: float = 60) -> None:
        """Until `count` calls wait at hold or stall rules."""
        wait_until(lambda: self.held() >= count, f"{count} calls are held at the proxy", timeout)


class Control(Verbs):
    """Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rules: dict[int, Rule] = {}
        self.ledger = Ledger()
        self.paging = False

    def meet(self, call: Call) -> tuple[dict, list[Rule]]:
        """Counts the call; its ledger entry and the rules that strike, in the order in which they were made."""
        with self.lock:
            entry = self.ledger.enter(call)
            struck = [rule for rule in self.rules.values() if rule.meets(call)]
            entry["faults"] = [rule.fault for rule in struck]
            return entry, struck

    def note(self, entry: dict, **facts) -> None:
        with self.lock:
            entry.update(facts)

    @contextlib.contextmanager
    def waiting_at(self, rule: Rule):
        """Counts a connection as held at `rule`; give it back in a block."""
        with self.lock:
            rule.waiting += 1
        try:
            yield
        finally:
            with self.lock:
                rule.waiting -= 1

    def add(self, given: list[dict]) -> list[int]:
        rules = [Rule(one) for one in given]
        with self.lock:
            self.rules.update({rule.id: rule for rule in rules})
        return [rule.id for rule in rules]

    def restore(self, number: int | None = None) -> None:
        """Takes away one rule, or all; what they held goes on."""
        with self.lock:
            gone = [self.rules.pop(key) for key in list(self.rules) if number in (None, key)]
        for rule in gone:
            rule.released.set()

    def reset(self) -> None:
        """No rules, no counts."""
        self.restore()
        with self.lock:
            self.ledger.clear()
            self.paging = False

    def like_aws(self, on: bool = True) -> None:
        self.paging = on

    def calls(self) -> collections.Counter:
        with self.lock:
            return collections.Counter(self.ledger.calls)

    def requests(self) -> list[dict]:
        with self.lock:
            return [dict(entry) for entry in self.ledger.entries]

    def held(self) -> int:
        with self.lock:
            return sum(rule.waiting for rule in self.rules.values())
