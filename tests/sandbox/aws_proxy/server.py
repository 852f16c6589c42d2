"""Two listeners on loopback: calls to AWS, and the control."""
from __future__ import annotations

import socket
import threading
import urllib.parse

from sandbox.aws_proxy import rest
from sandbox.aws_proxy.connection import Connection
from sandbox.aws_proxy.control import Control


class Proxy:
    """Stands before `upstream` in this process. Thread-safe; one thread for each connection."""

    def __init__(self, upstream: str, port: int = 0, control_port: int = 0):
        where = urllib.parse.urlsplit(upstream)
        self.upstream = (where.hostname, where.port or 80)
        self.control = Control()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.door = rest.listen(self.control, control_port)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.control_url = f"http://127.0.0.1:{self.door.server_address[1]}"

    def start(self) -> "Proxy":
        threading.Thread(target=self.accept, daemon=True).start()
        threading.Thread(target=self.door.serve_forever, daemon=True).start()
        return self

    def accept(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=Connection(link, self.upstream, self.control).serve, daemon=True).start()

    def stop(self) -> None:
        """No new calls; those under way end by themselves, held ones at once."""
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which close alone does not
        self.listener.close()
        self.door.shutdown()
        self.door.server_close()
        self.control.restore()
