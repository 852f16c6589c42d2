"""usage: python -m sandbox.aws_proxy UPSTREAM_URL [PORT [CONTROL_PORT]]     prints `proxy URL control URL` once both listen"""
from __future__ import annotations

import os
import signal
import sys
import threading

from sandbox.aws_proxy.server import Proxy


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    ports = [int(text) for text in sys.argv[2:4]]
    proxy = Proxy(sys.argv[1], *ports).start()
    print(f"proxy {proxy.url} control {proxy.control_url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
