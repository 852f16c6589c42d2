"""Webhooks as an administrator makes them: sent one after another, tried again, and going wrong as told."""
from __future__ import annotations

import collections
import dataclasses
import hashlib
import hmac
import json
import queue
import threading
import urllib.error
import urllib.request
import uuid
from typing import Any, Callable

ATTEMPTS, KEPT = 3, 2_000
TRANSIENT = {408, 409, 425, 429, 500, 502, 503, 504}
SPACE = uuid.UUID("7f0e4c3a-0000-4000-8000-000000000001")


@dataclasses.dataclass(frozen=True)
class Hook:
    url: str
    secret: str | None = None
    events: tuple[str, ...] = ()


class Webhooks:
    """One sender thread. `faults_of(operation)` names the faults that the next delivery meets."""

    def __init__(self, faults_of: Callable[[str], list[str]]):
        self.faults_of = faults_of
        self.hooks: list[Hook] = []
        self.sent: collections.deque[dict] = collections.deque(maxlen=KEPT)
        self.waiting: queue.Queue = queue.Queue(KEPT)
        self.kept_back: list[tuple] = []
        self.count = 0
        threading.Thread(target=self.work, daemon=True).start()

    def reset(self) -> None:
        self.hooks, self.kept_back = [], []
        self.sent.clear()

    def throw(self, event: str, body: dict) -> None:
        """To every hook that wants it; the caller does not wait."""
        for hook in self.hooks:
            if hook.events and event not in hook.events:
                continue
            self.count += 1
            job = (hook, json.dumps(body).encode(), str(uuid.uuid5(SPACE, str(self.count))), self.faults_of("webhook"))
            if "late" in job[3]:
                self.kept_back.append(job)
                continue
            self.put(job)
            for late in self.kept_back:
                self.put(late)
            self.kept_back = []

    def put(self, job: tuple) -> None:
        try:
            self.waiting.put_nowait(job)
        except queue.Full:
            self.sent.append({"identifier": job[2], "status": "dropped"})

    def work(self) -> None:
        while True:
            hook, body, identifier, faults = self.waiting.get()
            if "lost" in faults:
                self.sent.append({"identifier": identifier, "status": "lost"})
                continue
            for _ in range(2 if "duplicate" in faults else 1):
                self.deliver(hook, body, identifier, faults)

    def deliver(self, hook: Hook, body: bytes, identifier: str, faults: list[str]) -> None:
        for attempt in range(ATTEMPTS):
            headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Atlassian HttpClient unknown", "X-Atlassian-Webhook-Identifier": identifier,
                       "X-Atlassian-Webhook-Flow": "Primary", **({"X-Atlassian-Webhook-Retry": str(attempt)} if attempt else {})}
            if hook.secret and "unsigned" not in faults:
                key = b"not the secret" if "forged" in faults else hook.secret.encode()
                headers["X-Hub-Signature"] = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
            status = post(hook.url, body, headers)
            self.sent.append({"identifier": identifier, "status": status, "attempt": attempt, "event": json.loads(body).get("webhookEvent")})
            if status is not None and status not in TRANSIENT:
                return


def post(url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """The receiver's status, None where there was none."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return None


def body_of(event: str, shapes: Any, issue: Any, person: str, items: list[dict], comment: dict | None, now: float) -> dict:
    kind = {"jira:issue_created": "issue_created", "jira:issue_deleted": "issue_deleted", "comment_created": None}.get(event, "issue_generic")
    body = {"timestamp": int(now * 1000), "webhookEvent": event, "user": shapes.user(person), "issue": shapes.issue(issue, [])}
    if kind:
        body["issue_event_type_name"] = kind
    if items:
        body["changelog"] = {"id": issue.history[-1]["id"], "items": items}
    if comment:
        body["comment"] = shapes.comment(issue, comment)
    return body
