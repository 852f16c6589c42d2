"""HTTP/1.1 messages on blocking sockets: just enough to hand a request on and an answer back as they came, byte for byte where it counts.

Not http.server and http.client: they cost three times as much, and a proxy that breaks answers on purpose must hold the socket itself.
"""
from __future__ import annotations

import dataclasses
import http
import socket
import struct

HEAD_LIMIT = 64 << 10
BODY_LIMIT = 64 << 20
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "proxy-connection", "content-length"}
REASONS = {status.value: status.phrase for status in http.HTTPStatus}


class Broken(Exception):
    """The other side went away or does not speak HTTP."""


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str:
        return header_of(self.headers, name)


@dataclasses.dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def header_of(headers: list[tuple[str, str]], name: str) -> str:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


class Stream:
    """A socket with what was read from it too early."""

    def __init__(self, link: socket.socket):
        self.link, self.early = link, b""

    def more(self) -> None:
        part = self.link.recv(256 << 10)
        if not part:
            raise Broken("closed")
        self.early += part

    def until(self, mark: bytes, limit: int) -> bytes:
        while mark not in self.early:
            if len(self.early) > limit:
                raise Broken("the head is too long")
            self.more()
        found, self.early = self.early.split(mark, 1)
        return found

    def exactly(self, count: int) -> bytes:
        if count > BODY_LIMIT:
            raise Broken("the body is too long")
        parts, missing = [self.early[:count]], count - len(self.early)
        self.early = self.early[count:]
        while missing > 0:
            part = self.link.recv(min(missing, 1 << 20))
            if not part:
                raise Broken("closed in a body")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def to_the_end(self) -> bytes:
        parts = [self.early]
        self.early = b""
        while part := self.link.recv(256 << 10):
            parts.append(part)
        return b"".join(parts)

    def chunks(self) -> bytes:
        parts = []
        while size := int(self.until(b"\r\n", 1024).split(b";")[0], 16):
            parts.append(self.exactly(size))
            self.exactly(2)
        while self.until(b"\r\n", HEAD_LIMIT):
            pass
        return b"".join(parts)

    def head(self) -> tuple[str, list[tuple[str, str]]]:
        first, *lines = self.until(b"\r\n\r\n", HEAD_LIMIT).decode("latin-1").split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return first, headers


def read_request(stream: Stream) -> Request | None:
    """The next request of a connection, or None where the client ended it between two."""
    try:
        if not stream.early:
            stream.more()
    except (Broken, OSError):
        return None
    try:
        first, headers = stream.head()
        method, target, _ = first.split(" ", 2)
        if header_of(headers, "expect").lower() == "100-continue":
            stream.link.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = header_of(headers, "transfer-encoding").lower() == "chunked"
        body = stream.chunks() if chunked else stream.exactly(int(header_of(headers, "content-length") or 0))
    except (ValueError, OSError) as fault:
        raise Broken(str(fault)) from fault
    return Request(method, target, headers, body)


def exchange(upstream: tuple[str, int], request: Request, body: bytes | None = None) -> Reply:
    """One request to moto on a connection of its own (moto ends each); OSError or Broken where there is no answer."""
    body = request.body if body is None else body
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() not in HOP_BY_HOP]
    if body or request.method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection(upstream, timeout=60) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body)
        return read_reply(Stream(link), request.method)


def read_reply(stream: Stream, method: str) -> Reply:
    first, headers = stream.head()
    status = int(first.split(" ")[1])
    length = header_of(headers, "content-length")
    if method == "HEAD" or status in (204, 304):
        body = b""
    elif header_of(headers, "transfer-encoding").lower() == "chunked":
        body = stream.chunks()
    else:
        body = stream.exactly(int(length)) if length else stream.to_the_end()
    kept = [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP or (name.lower() == "content-length" and method == "HEAD")]
    return Reply(status, kept, body)


def head_of(reply: Reply, length: int | None) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def reset(link: socket.socket) -> None:
    """RST instead of an answer."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()
