"""A cluster behind SPNEGO that is no more than its answers."""
from __future__ import annotations

import http.server
import json


class Forgetful(http.server.BaseHTTPRequestHandler):
    """A master that remembers no application, and a history server that answers to a ticket alone; once `strict`, the master does likewise."""
    asked: list[tuple[str, str]] = []
    strict = False

    def do_GET(self) -> None:  # noqa: N802
        given = self.headers.get("Authorization", "")
        secured = self.path.startswith("/api/v1/") or Forgetful.strict
        if secured:
            Forgetful.asked.append((self.path, given))
        lists = {name: [] for name in ("workers", "activeapps", "completedapps", "activedrivers", "completeddrivers")}
        body = json.dumps({"attempts": [{"completed": True}]} if secured else {"url": "spark://localhost:7077", "status": "ALIVE", **lists}).encode()
        self.send_response(401 if secured and not given.startswith("Negotiate ") else 200)
        self.send_header("WWW-Authenticate" if secured and not given else "Content-Type", "Negotiate" if secured and not given else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass
