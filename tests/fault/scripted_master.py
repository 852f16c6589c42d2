"""A standalone master with its submission server and its worker at one address, in cluster mode: it runs a stub of the driver for each submission, tells what
became of it as Spark 4.3 does, and misbehaves when it is told to. The stub reads the plan of its job (see stub_spark.py) where a real driver reads its files."""
from __future__ import annotations

import http.server
import json
import os
import pathlib
import signal
import subprocess
import threading
import urllib.parse

from fault.stub_spark import StubSpark

DRIVER = r"""#!/bin/sh
base=$1 job=$2 tag=$3 id=$4 attempt=${3##*-}
sleep=0 end=returned lines=1 code=0
echo "submit $tag $$" >>'%(ledger)s'
[ -f "$base/ModelOpPySparkDriver.py" ] || exit 2
while read -r word rest; do [ "$word" = '#plan' ] && eval "$rest" && break; done <"$base/model_source_code.py" || exit 2
echo "driver $tag $$" >>'%(ledger)s'
tell() { printf '%%s' "$2" >"$job/$1-$attempt.json.part" && mv "$job/$1-$attempt.json.part" "$job/$1-$attempt.json"; }
tell application "{\"version\":1,\"tag\":\"$tag\",\"applications\":[],\"driverId\":\"$id\"}" || exit 2
while [ "$lines" -gt 0 ]; do echo "hello $tag $lines"; lines=$((lines - 1)); done
sleep "$sleep"
echo "ending $tag $end" >>'%(ledger)s'
case $end in
  returned) tell result "{\"version\":1,\"tag\":\"$tag\",\"outcome\":\"returned\",\"exitCode\":0,\"values\":[],\"notes\":[],\"applications\":[]}" ;;
  raised) tell result "{\"version\":1,\"tag\":\"$tag\",\"outcome\":\"raised\",\"exitCode\":1,\"error\":{\"type\":\"ValueError\",\"message\":\"planned\"}}"; code=1 ;;
esac
echo "ended $tag $end" >>'%(ledger)s'
exit "$code"
"""
PAGE = b"<html><body>502 Bad Gateway</body></html>"


class Driver:
    def __init__(self, identifier: str, folder: pathlib.Path, child: subprocess.Popen):
        self.id, self.folder, self.child, self.killed = identifier, folder, child, False

    def state(self) -> str:
        code = self.child.poll()
        return "RUNNING" if code is None else "KILLED" if self.killed else "FINISHED" if code == 0 else "FAILED"

    def kill(self) -> bool:
        if self.child.poll() is not None:
            return False
        self.killed = True
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        return True


class ScriptedMaster:
    """`mode` is what it does with every request: `good`, `hang` (no answer until the mode changes), `error` (500 with a page), `page` (200 with a page), `half`
    (half of an answer); `deaf` (a submission is carried out and not answered), `swallow` (it is neither)."""

    def __init__(self, folder: pathlib.Path, stub: StubSpark):
        self.work, self.stub, self.mode = folder / "work", stub, "good"
        self.program = folder / "driver.sh"
        self.program.write_text(DRIVER % {"ledger": stub.ledger_file})
        self.drivers: dict[str, Driver] = {}
        self.made = 0
        self.lock = threading.Lock()
        self.changed = threading.Condition()
        master = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                master.serve(self, b"")

            def do_POST(self) -> None:
                master.serve(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_arguments) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, _request, _address) -> None:
                """Whoever asked was killed."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self, staging: pathlib.Path) -> dict:
        return {"master": f"spark://127.0.0.1:{self.server.server_port}", "deployMode": "cluster", "statusUrls": [self.url], "restUrl": self.url, "stagingUrl": staging.as_uri()}

    def misbehave(self, mode: str) -> None:
        with self.changed:
            self.mode = mode
            self.changed.notify_all()

    def forget_ended(self) -> None:
        """As a master does that keeps no more than so many, or was started anew."""
        with self.lock:
            self.drivers = {identifier: driver for identifier, driver in self.drivers.items() if driver.state() == "RUNNING"}

    def stop(self) -> None:
        self.misbehave("good")
        self.server.shutdown()
        self.server.server_close()
        for driver in list(self.drivers.values()):
            driver.kill()

    def serve(self, request: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        mode, creates = self.mode, request.path.endswith("/create")
        if mode == "hang":
            with self.changed:
                self.changed.wait_for(lambda: self.mode != "hang", 60)
            request.close_connection = True
            return
        if mode == "error" or (mode == "swallow" and creates):
            request.close_connection = True
            if mode == "error":
                self.answer(request, 500, PAGE, len(PAGE), "text/html")
            return
        if mode == "page":
            self.answer(request, 200, PAGE, len(PAGE), "text/html")
            return
        kind, content = self.content(urllib.parse.urlsplit(request.path), body)
        if mode == "deaf" and creates:
            request.close_connection = True
            return
        half = mode == "half"
        request.close_connection = request.close_connection or half
        self.answer(request, 200, content[:len(content) // 2] if half else content, len(content), kind)

    @staticmethod
    def answer(request: http.server.BaseHTTPRequestHandler, status: int, content: bytes, length: int, kind: str) -> None:
        try:
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(length))
            request.end_headers()
            request.wfile.write(content)
        except OSError:
            request.close_connection = True  # whoever asked is dead

    def content(self, target: urllib.parse.SplitResult, body: bytes) -> tuple[str, bytes]:
        if target.path == "/log/":
            return "text/plain", self.log(urllib.parse.parse_qs(target.query))
        last = target.path.rpartition("/")[2]
        with self.lock:
            if target.path.endswith("/create"):
                document = {"action": "CreateSubmissionResponse", "submissionId": self.create(json.loads(body)), "success": True}
            elif "/kill/" in target.path:
                document = {"action": "KillSubmissionResponse", "submissionId": last, "success": last in self.drivers and self.drivers[last].kill()}
            elif "/status/" in target.path:
                document = {"action": "SubmissionStatusResponse", "submissionId": last, "success": last in self.drivers}
                if last in self.drivers:
                    document |= {"driverState": self.drivers[last].state(), "workerId": "worker-1", "workerHostPort": "127.0.0.1:1"}
            else:
                document = self.state()
        return "application/json", json.dumps(document).encode()

    def state(self) -> dict:
        drivers = [{"id": driver.id, "state": driver.state(), "mainclass": "org.apache.spark.deploy.SparkSubmit"} for driver in self.drivers.values()]
        return {"url": "spark://127.0.0.1:7077", "status": "ALIVE", "aliveworkers": 1, "cores": 8, "coresused": 0, "memory": 1, "memoryused": 0,
                "workers": [{"id": "worker-1", "webuiaddress": self.url, "state": "ALIVE"}], "activeapps": [], "completedapps": [],
                "activedrivers": [one for one in drivers if one["state"] == "RUNNING"], "completeddrivers": [one for one in drivers if one["state"] != "RUNNING"]}

    def create(self, submission: dict) -> str:
        self.made += 1
        identifier = f"driver-{self.made:04}"
        base = pathlib.Path(submission["appArgs"][-1].removeprefix("file://")).parent
        folder = self.work / identifier
        folder.mkdir(parents=True)
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as errors:
            child = subprocess.Popen(["/bin/sh", str(self.program), str(base), str(base.parent), submission["environmentVariables"]["MODELOP_TAG"], identifier], cwd=folder,
                                     env={"PATH": os.environ["PATH"], "TMPDIR": self.stub.mark}, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True)
        self.drivers[identifier] = Driver(identifier, folder, child)
        return identifier

    def log(self, query: dict[str, list[str]]) -> bytes:
        """The worker's page: of a driver that the master has forgotten, too."""
        path = self.work / query["driverId"][0] / query["logType"][0]
        text = path.read_bytes() if path.exists() else b""
        begin = min(int(query["offset"][0]), len(text))
        end = min(begin + int(query["byteLength"][0]), len(text))
        return f"==== Bytes {begin}-{end} of {len(text)} of {path} ====\n".encode() + text[begin:end]
