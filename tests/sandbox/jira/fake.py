"""The fake as one object: its site, its rules, its ledger, its webhooks. Thread-safe through the site's lock."""
from __future__ import annotations

import base64
import collections
import json
import urllib.parse
from typing import Any

from sandbox.jira.api import Asked, route
from sandbox.jira.faults import Rule
from sandbox.jira.refused import Refused
from sandbox.jira.shapes import Shapes
from sandbox.jira.site import EMAIL, TOKEN, Site
from sandbox.jira.webhooks import Hook, Webhooks, body_of

KEPT = 20_000


class Fake:
    def __init__(self, cloud: bool):
        self.cloud, self.site, self.rules = cloud, Site(), {}
        self.lock = self.site.lock
        self.ledger: collections.deque[dict] = collections.deque(maxlen=KEPT)
        self.calls: collections.Counter = collections.Counter()
        self.webhooks = Webhooks(lambda operation: [rule.fault for rule in self.struck(operation)])
        self.shapes = Shapes("http://127.0.0.1", cloud)
        self.site.watch = self.announce

    def reset(self) -> None:
        self.restore()
        with self.lock:
            self.site.reset()
            self.webhooks.reset()
            self.ledger.clear()
            self.calls.clear()

    def announce(self, event: str, issue: Any, person: str, items: list[dict], comment: dict | None) -> None:
        self.webhooks.throw(event, body_of(event, self.shapes, issue, person, items, comment, self.site.now()))

    # Rules

    def struck(self, operation: str) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.meets(operation)]

    def add(self, given: list[dict]) -> list[int]:
        rules = [Rule(one) for one in given]
        with self.lock:
            self.rules.update({rule.id: rule for rule in rules})
        return [rule.id for rule in rules]

    def restore(self, number: int | None = None) -> None:
        with self.lock:
            gone = [self.rules.pop(key) for key in list(self.rules) if number in (None, key)]
        for rule in gone:
            rule.released.set()

    def held(self) -> int:
        with self.lock:
            return sum(rule.waiting for rule in self.rules.values())

    # Calls

    def meet(self, method: str, target: str, body: bytes) -> tuple[dict, list[Rule]]:
        """Counts a request; its ledger entry and the rules that strike."""
        path = urllib.parse.urlsplit(target).path
        found = route(method, path, self.cloud)
        operation = found[0] if found else "unknown"
        with self.lock:
            self.calls[operation] += 1
            rules = self.struck(operation)
            entry = {"operation": operation, "method": method, "path": target, "body": body[:65_536].decode("utf-8", "replace"), "faults": [rule.fault for rule in rules],
                     "carried_out": False, "answered": None}
            self.ledger.append(entry)
            return entry, rules

    def carry_out(self, entry: dict, method: str, target: str, authorization: str, body: bytes) -> tuple[int, Any]:
        """Does what a request asks: status and JSON value of its answer."""
        parts = urllib.parse.urlsplit(target)
        found = route(method, parts.path, self.cloud)
        try:
            self.check(authorization)
            if not found:
                raise Refused(404, "null for uri: " + parts.path)
            asked = Asked(self.site, self.shapes, "slipway", dict(urllib.parse.parse_qsl(parts.query)), json.loads(body) if body else None, found[2])
            with self.lock:
                status, value = found[1](asked)
                entry["carried_out"] = True
            return status, value
        except Refused as refused:
            return refused.status, {"errorMessages": refused.messages, "errors": refused.errors}
        except (ValueError, AttributeError, TypeError, KeyError):
            return 400, {"errorMessages": ["There was an error parsing JSON. Check that your request body is valid."], "errors": {}}

    def check(self, authorization: str) -> None:
        kind, _, secret = authorization.partition(" ")
        if self.cloud:
            wanted = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
            if (kind.lower(), secret) != ("basic", wanted):
                raise Refused(401, "Client must be authenticated to access this resource.")
        elif kind.lower() == "basic":
            raise Refused(403, "Basic Authentication has been disabled on this instance.")
        elif (kind.lower(), secret) != ("bearer", TOKEN):
            raise Refused(401, "You are not authenticated. Authentication required to perform this operation.")

    # Control

    def hook(self, url: str, secret: str | None = None, events: list[str] | None = None) -> None:
        with self.lock:
            self.webhooks.hooks.append(Hook(url, secret, tuple(events or ())))

    def settle(self, given: dict) -> dict:
        unknown = set(given) - set(self.site.settings)
        if unknown:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        with self.lock:
            self.site.settings |= given
            return dict(self.site.settings)

    def act(self, given: dict) -> dict:
        with self.lock:
            return self.site.act(**given)

    def issues(self) -> list[dict]:
        with self.lock:
            return [self.site.plain(issue) for issue in self.site.issues.values()]
