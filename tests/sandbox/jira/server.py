"""Two listeners on loopback: Jira's REST, and the control."""
from __future__ import annotations

import http.server
import json
import os
import socket
import struct
import threading
import time
from typing import Any

from sandbox.jira.faults import WORDS, Rule
from sandbox.jira.fake import Fake
from sandbox.jira.refused import Refused
from sandbox.jira.search import token

PAGE = b"<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body>Jira is starting up.</body></html>"
JSON = "application/json;charset=UTF-8"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: Fake

    def log_message(self, *_):
        pass

    def read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, status: int, body: bytes, kind: str = JSON, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status: int, value: Any, **headers: str) -> None:
        self.send(status, b"" if value is None else json.dumps(value).encode(), **headers)

    def cut(self) -> None:
        """RST instead of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.wfile = self.rfile = open(os.devnull, "r+b")  # the base class flushes and closes what is left


class JiraHandler(Handler):
    def handle_any(self) -> None:
        body = self.read()
        entry, rules = self.fake.meet(self.command, self.path, body)
        answer = None
        for rule in rules:
            if rule.carried_out and answer is None:
                answer = self.carry_out(entry, body)
            if rule.fault in ("slow", "hold"):
                self.wait(rule)
            else:
                return self.struck(rule, entry)
        status, value = answer or self.carry_out(entry, body)
        entry["answered"] = status
        self.send_json(status, value, **self.limits())

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def carry_out(self, entry: dict, body: bytes) -> tuple[int, Any]:
        return self.fake.carry_out(entry, self.command, self.path, self.headers.get("Authorization", ""), body)

    def wait(self, rule: Rule) -> None:
        if rule.fault == "slow":
            return time.sleep(rule.given.get("seconds", 1))
        with self.fake.lock:
            rule.waiting += 1
        rule.released.wait()
        with self.fake.lock:
            rule.waiting -= 1

    def struck(self, rule: Rule, entry: dict) -> None:
        given = rule.given
        if rule.fault == "stall":
            self.wait(rule)
        if rule.fault in ("stall", "reset", "lost"):
            return self.cut()
        if rule.fault == "garbage":
            return self.send(200, b'{"issues": [{"id": "105')
        entry["answered"] = status = {"throttle": 429, "html": given.get("status", 200), "empty_page": 200}.get(rule.fault, given.get("status", 503))
        if rule.fault == "html":
            return self.send(status, PAGE, "text/html;charset=UTF-8")
        if rule.fault == "empty_page":
            return self.send_json(200, {"issues": [], "isLast": False, "nextPageToken": token("empty", "", self.fake.site.now())})
        if rule.fault == "throttle":
            return self.send_json(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, **self.limits(rule))
        words = given.get("messages", [WORDS.get(status, "Something went wrong.")])
        self.send_json(status, {"errorMessages": words, "errors": given.get("errors", {})})

    def limits(self, rule: Rule | None = None) -> dict[str, str]:
        """The rate-limit headers of the flavor, on refusals of `rule` as well."""
        headers = {} if self.fake.cloud else {"X_RateLimit_Limit": "50", "X_RateLimit_Remaining": "0" if rule else "49", "X_RateLimit_FillRate": "10", "X_RateLimit_Interval_Seconds": "1"}
        if rule and self.fake.cloud:
            headers |= {"RateLimit_Reason": rule.given.get("reason", "jira-burst-based"), "X_RateLimit_Limit": "350", "X_RateLimit_Remaining": "0"}
        if rule and "retry_after" in rule.given:
            headers["Retry_After"] = str(rule.given["retry_after"])
        return headers


class ControlHandler(Handler):
    def handle_any(self) -> None:
        body = self.read()
        try:
            value, status = self.controlled(self.command, self.path.removeprefix("/_fake/"), json.loads(body or b"null")), 200
        except (ValueError, KeyError, TypeError, Refused) as fault:
            value, status = {"message": str(fault)}, 400
        self.send_json(status, {} if value is None else value)

    do_GET = do_POST = do_DELETE = handle_any

    def controlled(self, method: str, what: str, body: Any) -> Any:
        fake = self.fake
        verbs = {
            ("GET", "issues"): lambda: fake.issues(),
            ("GET", "calls"): lambda: dict(fake.calls),
            ("GET", "requests"): lambda: list(fake.ledger),
            ("GET", "deliveries"): lambda: list(fake.webhooks.sent),
            ("GET", "held"): lambda: {"held": fake.held()},
            ("POST", "rules"): lambda: {"ids": fake.add(body if isinstance(body, list) else [body])},
            ("POST", "settings"): lambda: fake.settle(body),
            ("POST", "webhooks"): lambda: fake.hook(**body),
            ("POST", "act"): lambda: fake.act(body),
            ("POST", "advance"): lambda: self.advance(float(body["seconds"])),
            ("POST", "reset"): lambda: fake.reset(),
        }
        if (method, what) in verbs:
            return verbs[method, what]()
        if method == "DELETE" and what.split("/")[0] == "rules":
            return fake.restore(int(what.split("/")[1]) if "/" in what else None)
        raise ValueError(f"no {method} /_fake/{what}")

    def advance(self, seconds: float) -> dict:
        with self.fake.lock:
            self.fake.site.ahead += seconds
            return {"now": self.fake.site.now()}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that went away is what these tests are about."""


class JiraServer:
    """The fake in this process; `start` listens."""

    def __init__(self, flavor: str, port: int = 0, control_port: int = 0):
        if flavor not in ("cloud", "datacenter"):
            raise ValueError(f"flavor must be cloud or datacenter, not {flavor!r}")
        self.fake = Fake(flavor == "cloud")
        bound = {"fake": self.fake}
        self.site = Server(("127.0.0.1", port), type("BoundJira", (JiraHandler,), bound))
        self.door = Server(("127.0.0.1", control_port), type("BoundControl", (ControlHandler,), bound))
        self.url, self.control_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in (self.site, self.door))
        self.fake.shapes = type(self.fake.shapes)(self.url, self.fake.cloud)

    def start(self) -> "JiraServer":
        for server in (self.site, self.door):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self.fake.restore()
        for server in (self.site, self.door):
            server.shutdown()
            server.server_close()
