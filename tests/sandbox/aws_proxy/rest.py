"""The control of the proxy over HTTP, on a port of its own. Paths: sandbox.aws_proxy."""
from __future__ import annotations

import http.server
import json

from sandbox.aws_proxy.control import Control
from sandbox.aws_proxy.rules import scripted


def controlled(control: Control, method: str, what: str, body):
    """Does what a control call asks and returns its answer; ValueError, KeyError or TypeError where it makes no sense."""
    if method == "GET" and what in ("calls", "requests"):
        return getattr(control, what)()
    if (method, what) == ("GET", "held"):
        return {"held": control.held()}
    if (method, what) == ("POST", "rules"):
        return {"ids": control.add(body if isinstance(body, list) else [body])}
    if (method, what) == ("POST", "script"):
        return {"ids": control.add(scripted(**{"operation": "*", **body}))}
    if (method, what) == ("POST", "like-aws"):
        control.like_aws(bool(body["on"]))
        return body
    if (method, what) == ("POST", "reset"):
        return control.reset()
    if method == "DELETE" and what.split("/")[0] == "rules":
        return control.restore(int(what.split("/")[1]) if "/" in what else None)
    raise ValueError(f"no {method} /_proxy/{what}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    control: Control

    def log_message(self, *_):
        pass

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            value = controlled(self.control, self.command, self.path.removeprefix("/_proxy/"), json.loads(body or b"null"))
            status = 200
        except (ValueError, KeyError, TypeError) as fault:
            value, status = {"message": str(fault)}, 400
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client of the control that went away has what it wanted."""


def listen(control: Control, port: int) -> Server:
    """Listens on loopback; call serve_forever()."""
    return Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"control": control}))
