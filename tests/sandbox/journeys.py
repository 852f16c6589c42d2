"""Runs browser journeys against a real server on the sandbox account.

usage: python -m sandbox.journeys COMMAND…

The command finds SLIPWAY_E2E_URL, SLIPWAY_E2E_USER, SLIPWAY_E2E_PASSWORD, SLIPWAY_PROXY_URL (AWS) and SLIPWAY_PROXY_CONTROL_URL (its faults: sandbox.aws_proxy)
in its environment, and at SLIPWAY_CONTROL_URL it may POST /kill, /start, /restart, /freeze and /thaw, each answered when it is done.
"""
from __future__ import annotations

import http.server
import pathlib
import shutil
import subprocess
import sys
import threading

from sandbox.process import ROOT
from sandbox.server import PASSWORD, Slipway, clean_environment
from sandbox.stack import Stack


# Groups of journeys: `readers` may look, `writers` may change but neither run nor deploy. Other groups may do everything.
LIMITED = {"readers": ["READ"], "writers": ["READ", "WRITE"]}
RIGHTS = {"owner-permissions": ["READ"], "collection-permissions": {name: LIMITED for name in ("stored-model", "deployable-model", "deployed-model", "job", "runtime", "notification")}}
CONFIG = {"server": {"trustedProxies": ["127.0.0.1"]},  # a journey is a gateway itself
          "modelop": {"security": {"group-access-rights": RIGHTS}}}


def control(server: Slipway) -> http.server.ThreadingHTTPServer:
    verbs = {"/kill": [server.kill], "/start": [server.start], "/restart": [server.kill, server.start], "/freeze": [server.freeze], "/thaw": [server.thaw]}

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            try:
                for step in verbs[self.path]:
                    step()
                status, text = 204, b""
            except (KeyError, AssertionError) as fault:
                status, text = 500, str(fault).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def main() -> int:
    folder = ROOT / "build/e2e"
    shutil.rmtree(folder, ignore_errors=True)
    stack = Stack(pathlib.Path(folder), config=CONFIG)
    door = control(stack.server)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        stack.server.start()
        environment = clean_environment(SLIPWAY_E2E_URL=stack.server.url, SLIPWAY_E2E_USER="admin", SLIPWAY_E2E_PASSWORD=PASSWORD,
                                        SLIPWAY_PROXY_URL=stack.proxy.url, SLIPWAY_PROXY_CONTROL_URL=stack.proxy.control_url, SLIPWAY_CONTROL_URL=f"http://127.0.0.1:{door.server_address[1]}")
        return subprocess.run(sys.argv[1:], env=environment, stdin=subprocess.DEVNULL).returncode
    finally:
        door.shutdown()
        stack.stop()


if __name__ == "__main__":
    sys.exit(main())
