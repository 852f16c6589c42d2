"""A proxy before moto that counts calls and fails the way AWS does. Standard library only.

usage: python -m sandbox.fault_proxy UPSTREAM_URL [PORT]     prints `proxy http://127.0.0.1:PORT` once it listens

GET    /_proxy/calls          {"DescribeModel": 3, …}, faulted calls included
GET    /_proxy/requests       every request with its body, for checks against botocore's model
GET    /_proxy/held           how many calls wait at `hold` rules
POST   /_proxy/rules          a rule or a list of rules (sandbox.faults.Rule) → {"ids": […]}
DELETE /_proxy/rules[/ID]     restores: takes away one rule or all; what it held goes on
POST   /_proxy/reset          no rules, no counts
POST   /_proxy/like-aws       {"on": true}: lists are filtered, sorted and paged as AWS does it; not with moto's authentication
Everything else goes to moto with its headers as they came, so that moto can still verify the signature.
"""
from __future__ import annotations

import collections
import dataclasses
import http.client
import http.server
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

from sandbox.faults import LISTS, Call, Reply, Rule, answer_of, page_like_aws, skewed

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "proxy-connection"}


class State:
    """What all connections share; every member is guarded by `lock`."""

    def __init__(self, upstream: str):
        self.upstream = urllib.parse.urlsplit(upstream).netloc
        self.lock = threading.Lock()
        self.rules: dict[int, Rule] = {}
        self.calls: collections.Counter = collections.Counter()
        self.requests: list[dict] = []
        self.like_aws = False

    def meet(self, call: Call) -> list[Rule]:
        """Counts the call and returns the rules that strike, in the order in which they were made."""
        with self.lock:
            self.calls[call.operation] += 1
            self.requests.append({"operation": call.operation, "service": call.service, "method": call.method, "path": call.path,
                                  "key": call.access_key, "body": call.body.decode("utf-8", "replace")})
            return [rule for rule in self.rules.values() if rule.meets(call)]

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

    def reset(self) -> None:
        self.restore()
        with self.lock:
            self.calls.clear()
            self.requests.clear()
            self.like_aws = False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *_):
        pass

    def handle_any(self) -> None:
        call = Call(self.command, self.path, list(self.headers.items()), self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path.startswith("/_proxy/"):
            return self.control(call)
        date = None
        for rule in self.state.meet(call):
            if rule.fault == "slow":
                time.sleep(rule.given.get("seconds", 1))
            elif rule.fault == "hold":
                self.hold(rule)
            elif rule.fault == "reset":
                return self.cut()
            elif rule.fault == "half":
                return self.send_half(self.forward(call))
            elif rule.fault == "skew":
                date, refused = skewed(call, rule.given["seconds"])
                if refused:
                    return self.send(refused, date)
            else:
                return self.send(answer_of(rule, call), date)
        return self.send(self.forward(call), date)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

    def hold(self, rule: Rule) -> None:
        with self.state.lock:
            rule.waiting += 1
        rule.released.wait()
        with self.state.lock:
            rule.waiting -= 1

    def forward(self, call: Call) -> Reply:
        paged = self.state.like_aws and call.operation in LISTS and call.operation != "Search"
        body, path = call.body, call.path
        if paged:
            body = b"{}"
        elif b"proxy-" in body and call.parameters().get("NextToken", "").startswith("proxy-"):
            body = json.dumps({key: value for key, value in call.parameters().items() if key != "NextToken"}).encode()
        reply = self.exchange(call, path, body)
        if paged and reply.status == 200:
            everything = json.loads(reply.body)[LISTS[call.operation][0]]
            reply = dataclasses.replace(reply, body=json.dumps(page_like_aws(call, everything)).encode())
        return reply

    def exchange(self, call: Call, path: str, body: bytes) -> Reply:
        link = http.client.HTTPConnection(self.state.upstream, timeout=60)
        try:
            link.putrequest(call.method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in call.headers:
                if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                    link.putheader(name, value)
            if body or call.method in ("POST", "PUT"):
                link.putheader("Content-Length", str(len(body)))
            link.endheaders(body)
            answer = link.getresponse()
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP | {"content-length"}]
            return Reply(answer.status, kept, answer.read())
        except OSError as fault:
            return Reply(502, [("Content-Type", "text/plain")], f"moto is away: {fault}".encode())
        finally:
            link.close()

    def send(self, reply: Reply, date: str | None = None) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            if not (date and name.lower() == "date"):
                self.send_header(name, value)
        if date or not any(name.lower() == "date" for name, _ in reply.headers):
            self.send_header("Date", date or self.date_time_string())
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_half(self, reply: Reply) -> None:
        """All of the headers, half of the body they promise."""
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self.close_connection = True

    def cut(self) -> None:
        """RST instead of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.wfile = self.rfile = open(os.devnull, "r+b")  # the base class flushes and closes what is left

    def control(self, call: Call) -> None:
        try:
            value = self.controlled(call.method, call.path.removeprefix("/_proxy/"), json.loads(call.body or b"null"))
            status = 200
        except (ValueError, KeyError, TypeError) as fault:
            value, status = {"message": str(fault)}, 400
        self.send(Reply(status, [("Content-Type", "application/json")], json.dumps(value).encode()))

    def controlled(self, method: str, what: str, body):
        state = self.state
        if (method, what) == ("GET", "calls"):
            with state.lock:
                return dict(state.calls)
        if (method, what) == ("GET", "requests"):
            with state.lock:
                return list(state.requests)
        if (method, what) == ("GET", "held"):
            with state.lock:
                return {"held": sum(rule.waiting for rule in state.rules.values())}
        if (method, what) == ("POST", "rules"):
            return {"ids": state.add(body if isinstance(body, list) else [body])}
        if (method, what) == ("POST", "like-aws"):
            state.like_aws = bool(body["on"])
            return body
        if (method, what) == ("POST", "reset"):
            return state.reset()
        if method == "DELETE" and what.split("/")[0] == "rules":
            return state.restore(int(what.split("/")[1]) if "/" in what else None)
        raise ValueError(f"no {method} /_proxy/{what}")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that went away is what these tests are about."""


def serve(upstream: str, port: int = 0) -> Server:
    """Listens on loopback; call serve_forever()."""
    return Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"state": State(upstream)}))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server = serve(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"proxy http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
