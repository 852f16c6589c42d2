"""One client's connection: reads calls, meets their faults, hands the rest on."""
from __future__ import annotations

import dataclasses
import email.utils
import json
import socket
import time

from sandbox.aws_proxy.answers import GARBAGE, answer_of, skewed
from sandbox.aws_proxy.call import Call
from sandbox.aws_proxy.control import Control
from sandbox.aws_proxy.paging import LISTS, page_like_aws
from sandbox.aws_proxy.rules import Rule
from sandbox.aws_proxy.wire import Broken, Reply, Request, Stream, exchange, head_of, header_of, read_request, reset


class Cut(Exception):
    """Nothing more is said on this connection."""


class Connection:
    def __init__(self, link: socket.socket, upstream: tuple[str, int], control: Control):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link, self.stream, self.upstream, self.control = link, Stream(link), upstream, control

    def serve(self) -> None:
        """Until the client leaves or a fault cuts it."""
        try:
            while request := read_request(self.stream):
                self.handle(request)
                if request.header("connection").lower() == "close":
                    break
        except (Cut, Broken, OSError):
            pass  # a client that went away is what these tests are about
        finally:
            self.link.close()

    def handle(self, request: Request) -> None:
        call = Call(request)
        if call.internal:
            return self.send(request, self.forward(call))
        entry, rules = self.control.meet(call)
        reply = date = None
        for rule in rules:
            if rule.carried_out and reply is None:
                reply = self.carry_out(call, entry)
            if rule.fault == "skew":
                date, refused = skewed(call, rule.given["seconds"])
                reply = refused or reply
                if refused:
                    break
            elif rule.fault not in ("slow", "hold"):
                reply = self.struck(rule, call, reply)
                break
            else:
                self.wait(rule)
        reply = reply or self.carry_out(call, entry)
        self.control.note(entry, answered=reply.status)
        self.send(request, reply, date)

    def struck(self, rule: Rule, call: Call, reply: Reply | None) -> Reply:
        """The answer of a fault, or Cut where it has none."""
        if rule.fault in ("reset", "lost"):
            self.reset()
        if rule.fault == "stall":
            with self.control.waiting_at(rule):
                rule.released.wait()
            self.reset()
        if rule.fault == "garbage":
            self.link.sendall(GARBAGE)
            raise Cut
        if rule.fault == "half":
            self.link.sendall(head_of(reply, len(reply.body)) + reply.body[: len(reply.body) // 2])
            raise Cut
        return answer_of(rule, call)

    def wait(self, rule: Rule) -> None:
        if rule.fault == "slow":
            time.sleep(rule.given.get("seconds", 1))
            return
        with self.control.waiting_at(rule):
            rule.released.wait()

    def reset(self) -> None:
        reset(self.link)
        raise Cut

    def carry_out(self, call: Call, entry: dict) -> Reply:
        reply = self.forward(call)
        self.control.note(entry, upstream=reply.status)
        return reply

    def forward(self, call: Call) -> Reply:
        """moto's answer, paged as AWS does it where that was asked for."""
        paged = self.control.paging and call.operation in LISTS and call.operation != "Search"
        body = b"{}" if paged else None
        if not paged and b"proxy-" in call.request.body and str(call.parameters.get("NextToken", "")).startswith("proxy-"):
            body = json.dumps({key: value for key, value in call.parameters.items() if key != "NextToken"}).encode()
        try:
            reply = exchange(self.upstream, call.request, body)
        except (OSError, Broken) as fault:
            return Reply(502, [("Content-Type", "text/plain")], f"moto is away: {fault}".encode())
        if paged and reply.status == 200:
            everything = json.loads(reply.body)[LISTS[call.operation][0]]
            reply = dataclasses.replace(reply, body=json.dumps(page_like_aws(call.operation, call.parameters, everything)).encode())
        return reply

    def send(self, request: Request, reply: Reply, date: str | None = None) -> None:
        headers = [(name, value) for name, value in reply.headers if not (date and name.lower() == "date")]
        if not header_of(headers, "date"):
            headers.append(("Date", date or email.utils.formatdate(usegmt=True)))
        without_body = request.method == "HEAD" or reply.status == 204
        length = None if without_body else len(reply.body)
        self.link.sendall(head_of(dataclasses.replace(reply, headers=headers), length) + (b"" if without_body else reply.body))
