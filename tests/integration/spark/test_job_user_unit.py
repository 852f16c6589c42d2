"""`jobUser` with the rights that the shipped drop-in of the systemd unit leaves to root, and no others."""
from __future__ import annotations

import base64
import pathlib
import pwd
import shutil
import signal
import os
import tempfile

import pytest

from fault.stub_spark import supervisors
from sandbox.plain_spark import PlainSpark
from sandbox.process import ROOT, wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import BINARY, PASSWORD, Slipway
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

USER = "nobody"
UNIT, DROP_IN = ROOT / "packaging/slipway-spark-runtime.service", ROOT / "packaging/slipway-spark-runtime-job-user.conf"


@pytest.fixture
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="slipway-unit-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def wrapped(folder: pathlib.Path) -> pathlib.Path:
    """The program under what systemd would do of both files."""
    words = dict(line.split("=", 1) for file in (UNIT, DROP_IN) for line in file.read_text().splitlines() if "=" in line and not line.startswith("#"))
    assert words["User"] == "root" and words["NoNewPrivileges"] == "yes" and words["KillMode"] == "process"
    kept = ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in words["CapabilityBoundingSet"].split())
    folder.chmod(int(words["StateDirectoryMode"], 8))  # at each start, also before one that is refused
    assert words["StateDirectoryMode"] == "0711", "jobs that go on reach their own files below"
    script = folder / "slipway.sh"
    script.write_text(f"#!/bin/sh\numask {words['UMask']}\nexec setpriv --no-new-privs --bounding-set=-all,{kept} --inh-caps=-all {BINARY} \"$@\"\n")
    script.chmod(0o755)
    return script


def test_what_the_drop_in_leaves_is_enough(folder, tmp_path):
    server = Slipway(tmp_path / "model-manage").start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    edge = SparkRuntime(folder, server.url, machine_client(admin, "edge-1"), {"master": "local[1]", "jobUser": USER}, spark=PlainSpark(folder), binary=wrapped(folder)).start()

    def post(body: str, **more) -> str:
        return admin.post(f"{MODEL_MANAGE}/jobs", job_document(f"# modelop.score\ndef score(i, o, m):\n    {body}\n", **more))["id"]

    try:
        edge.wait_enrolled()
        given = {"assetType": "FILE", "filename": "in.txt", "fileContent": base64.b64encode(b"given").decode()}
        copies = "text = open(i[0]['fileUrl'][7:]).read(); open(o[0]['fileUrl'][7:], 'w').write(text); import os; print('uid', os.getuid())"
        done = wait_job(admin, post(copies, inputs=[given], outputs=[{"assetType": "FILE", "filename": "out.txt"}]), "COMPLETE", timeout=60)
        assert base64.b64decode(done["outputData"][0]["fileContent"]) == b"given"
        assert any(f"uid {pwd.getpwnam(USER).pw_uid}" in line for line in done["jobMessages"]), done["jobMessages"]
        held, orphan = (post("print('begun', flush=True); import time; time.sleep(600)") for _ in range(2))
        for one in (held, orphan):
            wait_until(lambda: "begun" in admin.send("GET", f"{MODEL_MANAGE}/jobs/{one}/logs/stdout").text, "it runs", 60, every=0.2)
        for pid, job in supervisors(edge.data / "jobs").items():
            if job == orphan:
                os.kill(pid, signal.SIGKILL)
        for one in (held, orphan):
            admin.post(f"{MODEL_MANAGE}/jobs/{one}/cancel", None, 200)
        for one in (held, orphan):
            wait_job(admin, one, "CANCELLED", timeout=60)
        wait_until(lambda: not list((edge.data / "jobs").glob("*")) and not list((edge.data / "staging").glob("*")), "nothing is left behind their end", 30)
    finally:
        edge.stop()
        server.stop()
