"""usage: python -m sandbox.jira cloud|datacenter [PORT [CONTROL_PORT]]     prints `jira URL control URL` once both listen"""
from __future__ import annotations

import os
import signal
import sys
import threading

from sandbox.jira.server import JiraServer


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server = JiraServer(sys.argv[1], *(int(text) for text in sys.argv[2:4])).start()
    print(f"jira {server.url} control {server.control_url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
