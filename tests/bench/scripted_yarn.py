"""A ResourceManager that knows what the stub of spark-submit wrote down: every application runs, and goes on running."""
from __future__ import annotations

import collections
import http.server
import json
import pathlib
import threading
import urllib.parse

# A row as Hadoop 3.5 answers it, about 900 bytes.
ROW = {
    "user": "slipway", "name": "bench", "queue": "default", "state": "RUNNING", "finalStatus": "UNDEFINED", "progress": 10.0, "trackingUI": "ApplicationMaster",
    "diagnostics": "", "clusterId": 1764000000000, "applicationType": "SPARK", "priority": 0, "startedTime": 1764000000000, "launchTime": 1764000000500,
    "finishedTime": 0, "elapsedTime": 60000, "amHostHttpAddress": "node-1.example.com:8042", "amRPCAddress": "node-1.example.com:40001", "allocatedMB": 2048,
    "allocatedVCores": 2, "reservedMB": 0, "reservedVCores": 0, "runningContainers": 2, "memorySeconds": 122880, "vcoreSeconds": 120,
    "queueUsagePercentage": 0.5, "clusterUsagePercentage": 0.5, "preemptedResourceMB": 0, "preemptedResourceVCores": 0, "numNonAMContainerPreempted": 0,
    "numAMContainerPreempted": 0, "preemptedMemorySeconds": 0, "preemptedVcoreSeconds": 0, "logAggregationStatus": "NOT_START",
    "unmanagedApplication": False, "amNodeLabelExpression": "", "masterNodeId": "node-1.example.com:45454"}


def write_hadoop_conf(folder: pathlib.Path) -> None:
    """What a runtime on YARN wants to see in its hadoopConfDir; nobody reads it here."""
    for name in ("core-site.xml", "yarn-site.xml"):
        (folder / name).write_text("<configuration/>\n")


class ScriptedYarn:
    """Answers on a free loopback port; `requests` counts the questions by their path."""

    def __init__(self, ledger: pathlib.Path):
        self.ledger = ledger
        self.requests: collections.Counter[str] = collections.Counter()
        self.rows: list[bytes] = []
        self.read = 0
        yarn = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = yarn.answer(urllib.parse.urlsplit(self.path))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments) -> None:
                """Nothing: the bench prints figures alone."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, target: urllib.parse.SplitResult) -> bytes:
        self.requests[target.path] += 1
        if target.path.endswith("/info"):
            return json.dumps({"clusterInfo": {"state": "STARTED", "haState": "ACTIVE", "hadoopVersion": "3.5.0"}}).encode()
        if "RUNNING" not in urllib.parse.parse_qs(target.query).get("states", [""])[0]:
            return b'{"apps":null}'
        self.take_up()
        return b'{"apps":{"app":[' + b",".join(self.rows) + b"]}}"

    def take_up(self) -> None:
        """The lines that the ledger has gained."""
        if not self.ledger.exists():
            return
        with open(self.ledger, "rb") as file:
            file.seek(self.read)
            text = file.read()
        text = text[:text.rfind(b"\n") + 1]
        self.read += len(text)
        for line in text.decode().splitlines():
            self.rows.append(self.row(len(self.rows) + 1, line.split()[1]))

    def row(self, number: int, tag: str) -> bytes:
        identifier = f"application_1764000000000_{number:05}"
        container = f"container_1764000000000_{number:05}_01_000001"
        return json.dumps({**ROW, "id": identifier, "applicationTags": f"{tag},mms-0123456789abcdef",
                           "trackingUrl": f"http://rm-1.example.com:8088/proxy/{identifier}/",
                           "amContainerLogs": f"http://node-1.example.com:8042/node/containerlogs/{container}/slipway"}).encode()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
