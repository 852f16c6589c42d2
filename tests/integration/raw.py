"""HTTP by hand, for requests that no client library would send."""
from __future__ import annotations

import socket
import time


class Raw:
    """One connection. `read` gives what arrives until the peer closes, an answer is whole, or the deadline."""

    def __init__(self, url: str):
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.buffer = b""

    def send(self, data: bytes | str) -> "Raw":
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def read_head(self, timeout: float = 20) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer, interim ones included."""
        deadline = time.monotonic() + timeout
        while b"\r\n\r\n" not in self.buffer:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.01))
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError(f"closed after {self.buffer!r}")
            self.buffer += piece
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}

    def read_body(self, headers: dict[str, str]) -> bytes:
        wanted = int(headers.get("content-length", "0"))
        while len(self.buffer) < wanted:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self.buffer += piece
        body, self.buffer = self.buffer[:wanted], self.buffer[wanted:]
        return body

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, headers = self.read_head()
        return status, headers, self.read_body(headers)

    def closed(self, timeout: float = 10) -> bool:
        """True once the peer has closed."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()


def exchange(url: str, data: bytes | str) -> tuple[int, dict[str, str], bytes]:
    """One request, one answer."""
    link = Raw(url)
    try:
        return link.send(data).answer()
    finally:
        link.close()
