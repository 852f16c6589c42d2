"""Runs browser journeys against a real server on the sandbox account.

usage: python -m sandbox.journeys [--spark | --company] COMMAND…

With --spark a runtime runs jobs beside it, on this machine alone; SLIPWAY_E2E_SPARK is its name.
With --company people are those of a Keycloak, whose address is SLIPWAY_E2E_COMPANY; POST /disable at SLIPWAY_CONTROL_URL disables the account of `dan` there.
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

from sandbox.keycloak import Keycloak, settings
from sandbox.process import ROOT
from sandbox.rest import Rest
from sandbox.server import PASSWORD, Slipway, clean_environment
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, machine_client
from sandbox.stack import Stack


# Groups of journeys: `readers` may look, `writers` may change but neither run nor deploy. Other groups may do everything.
LIMITED = {"readers": ["READ"], "writers": ["READ", "WRITE"]}
RIGHTS = {"owner-permissions": ["READ"], "collection-permissions": {name: LIMITED for name in ("stored-model", "deployable-model", "deployed-model", "job", "runtime", "notification")}}
CONFIG = {"server": {"trustedProxies": ["127.0.0.1"]},  # a journey is a gateway itself
          "modelop": {"security": {"group-access-rights": RIGHTS}}}


def control(server: Slipway, company: Keycloak | None) -> http.server.ThreadingHTTPServer:
    verbs = {"/kill": [server.kill], "/start": [server.start], "/restart": [server.kill, server.start], "/freeze": [server.freeze], "/thaw": [server.thaw]}
    if company:
        verbs["/disable"] = [lambda: company.enable("dan", False)]

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


def spark_runtime(folder: pathlib.Path, server: Slipway) -> SparkRuntime:
    """One that is ready to take jobs: real Spark, with its driver for a cluster."""
    spark = Spark()
    settings = {"master": "local[1]", "sparkConf": {"--driver-memory": "512m", "--driver-java-options": spark.java_options, "spark.ui.enabled": "false"}}
    runtime = SparkRuntime(folder, server.url, machine_client(Rest.sign_in(server.url, "admin", PASSWORD), "journeys-edge"), settings, name="journeys-edge", spark=spark)
    runtime.start().wait_enrolled()
    return runtime


def main() -> int:
    command = sys.argv[1:]
    with_spark, with_company = command[:1] == ["--spark"], command[:1] == ["--company"]
    folder = ROOT / "build/e2e"
    shutil.rmtree(folder, ignore_errors=True)
    company = Keycloak(folder / "keycloak") if with_company else None
    config = {**CONFIG, "security": settings(company, recheckInterval="3s")} if company else CONFIG
    stack = Stack(pathlib.Path(folder), config=config, password=None if company else PASSWORD)
    door = control(stack.server, company)
    runtime = None
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        if company:
            company.start()
        stack.server.start()
        environment = clean_environment(SLIPWAY_E2E_URL=stack.server.url, SLIPWAY_E2E_USER="admin", SLIPWAY_E2E_PASSWORD=PASSWORD,
                                        SLIPWAY_PROXY_URL=stack.proxy.url, SLIPWAY_PROXY_CONTROL_URL=stack.proxy.control_url, SLIPWAY_CONTROL_URL=f"http://127.0.0.1:{door.server_address[1]}")
        if with_spark:
            runtime = spark_runtime(folder / "edge", stack.server)
            environment["SLIPWAY_E2E_SPARK"] = runtime.name
        if company:
            environment["SLIPWAY_E2E_COMPANY"] = company.url
        return subprocess.run(command[with_spark or with_company:], env=environment, stdin=subprocess.DEVNULL).returncode
    finally:
        door.shutdown()
        if runtime:
            runtime.stop()
        stack.stop()
        if company:
            company.stop()


if __name__ == "__main__":
    sys.exit(main())
