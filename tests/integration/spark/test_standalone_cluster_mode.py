"""Standalone cluster mode over the REST server: a worker that shares neither user nor folders with the runtime, as on another host."""
from __future__ import annotations

import base64
import http.server
import pathlib
import pwd
import shutil
import tempfile
import threading

import pytest
import requests

from integration.spark import models
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.spark_cluster import SparkCluster
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

USER = "nobody"
SLEEPS = "# modelop.score\ndef score(i, o, m):\n    import time\n    print('begun', flush=True)\n    time.sleep(%d)\n    print('over')\n"
LOOKS = """# modelop.score
def score(i, o, m):
    import os
    from pyspark import SparkConf, SparkContext
    SparkContext._ensure_initialized()
    print("uid", os.getuid(), open("data/cuts.csv").read(), open(i[0]["fileUrl"].replace("file://", "")).read())
    print("kept", SparkConf().get("spark.my.secret.key"))
    try:
        os.listdir(%r)
        print("SEEN")
    except PermissionError:
        print("closed")
    open(o[0]["fileUrl"].replace("file://", ""), "w").write("result")
"""
CUTS = {"assetType": "FILE", "name": "data/cuts.csv", "fileContent": base64.b64encode(b"1,2").decode()}


@pytest.fixture(scope="module")
def shared():
    """A folder that everybody can pass through, as a mount of both hosts."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-shared-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def cluster(shared):
    (shared / "cluster").mkdir(mode=0o711)
    cluster = SparkCluster(shared / "cluster", worker_user=USER)
    try:
        yield cluster.start(history=False)
    finally:
        cluster.stop()


def settings_of(cluster: SparkCluster, **more) -> dict:
    options = cluster.spark.java_options
    return {"master": cluster.url, "deployMode": "cluster", "statusUrls": [cluster.ui], "restUrl": cluster.rest_url, "executorMemory": "512m",
            "sparkConf": {"--driver-memory": "512m", "spark.ui.enabled": "false", "--driver-java-options": options, "spark.cores.max": "1", "spark.executor.extraJavaOptions": options}, **more}


def post(admin: Rest, source: str, name: str, **more) -> str:
    return admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": name}, **more))["id"]


def log_of(admin: Rest, identifier: str) -> str:
    return admin.send("GET", f"{MODEL_MANAGE}/jobs/{identifier}/logs/stdout").text


@pytest.fixture(scope="module")
def edge(server, admin, cluster, shared, tmp_path_factory):
    """Below a folder of root's alone; the staging area is what both sides have mounted."""
    (shared / "staging").mkdir(mode=0o711)
    settings = settings_of(cluster, stagingUrl=(shared / "staging").as_uri(), jobUser=USER, openedOptions=list(models.JVM_STAYS))
    edge = SparkRuntime(tmp_path_factory.mktemp("edge"), server.url, machine_client(admin, "edge-rest"), settings, name="rest", spark=cluster.spark).start()
    edge.wait_enrolled()
    yield edge
    edge.stop()


@pytest.fixture(scope="module")
def stubborn(admin, edge):
    """Takes its two minutes while the others go on."""
    return post(admin, models.KEEPALIVE.replace("def score(", "# modelop.score\ndef score("), "rest", parameters=models.JVM_STAYS)


def test_a_worker_of_another_user_has_all_it_needs(admin, cluster, shared, edge, stubborn):
    """No exit code, no tag, no process of ours: the driver's own result decides; its log is followed while it runs; a cancel kills it there."""
    followed = post(admin, SLEEPS % 20, "rest")
    held = post(admin, SLEEPS % 600, "rest")
    wait_until(lambda: "begun" in log_of(admin, followed), "its log is followed", 300, every=0.5)
    assert admin.get(f"{MODEL_MANAGE}/jobs/{followed}")["jobStatus"] == "RUNNING"
    edge.kill()
    edge.start()
    done = wait_job(admin, followed, "COMPLETE", timeout=300)
    text = "\n".join(done["jobMessages"])
    assert done["sparkApplication"]["id"].startswith("driver-") and "stdout: begun" in text and "stdout: over" in text, text
    wait_job(admin, held, "RUNNING", timeout=300)
    admin.post(f"{MODEL_MANAGE}/jobs/{held}/cancel", None, 200)
    wait_job(admin, held, "CANCELLED", timeout=300)
    raising = wait_job(admin, post(admin, "# modelop.score\ndef score(i, o, m):\n    raise ValueError('far away')\n", "rest"), "ERROR", timeout=300)
    assert raising["jobMessages"][-1].endswith("ValueError: far away"), raising["jobMessages"]
    given = {"assetType": "FILE", "filename": "in.txt", "fileContent": base64.b64encode(b"given").decode()}
    identifier = post(admin, LOOKS % str(edge.data), "rest", assets=[CUTS], inputs=[given], outputs=[{"assetType": "FILE", "filename": "out.txt"}], parameters={"spark.my.secret.key": "hidden"})
    done = wait_job(admin, identifier, "COMPLETE", timeout=300)
    text = log_of(admin, identifier)
    assert f"uid {pwd.getpwnam(USER).pw_uid} 1,2 given" in text and "kept hidden" in text and "closed" in text and "SEEN" not in text, text
    assert base64.b64decode(done["outputData"][0]["fileContent"]) == b"result"
    assert "hidden" not in str(done["effectiveCommand"]) and str(edge.data) not in " ".join(done["effectiveCommand"][1:]), done["effectiveCommand"]
    assert len(cluster.state()["activedrivers"]) <= 1
    wait_until(lambda: {path.name for place in (shared / "staging", edge.data / "jobs") for path in place.iterdir()} <= {stubborn}, "nothing is left behind their ends", 30)


class Deaf:
    """Between a runtime and the submission server: passes everything on, and swallows the answers to submissions."""

    def __init__(self, behind: str):
        deaf = self
        self.created: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = requests.request(self.command, behind + self.path, data=body, headers={"Content-Type": "application/json;charset=UTF-8"}, timeout=30)
                if self.path.endswith("/create"):
                    deaf.created.append(answer.json()["submissionId"])
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = forward

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_an_answer_that_never_came_costs_no_job(server, admin, cluster, shared, tmp_path):
    """The driver says by itself that it runs; nothing is sent twice, neither by the runtime nor by the one that is started after it."""
    deaf = Deaf(cluster.rest_url)
    (shared / "deaf").mkdir(mode=0o711)
    settings = settings_of(cluster, stagingUrl=(shared / "deaf").as_uri(), jobUser=USER, restUrl=deaf.url)
    edge = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-deaf"), settings, name="deaf", spark=cluster.spark).start()
    try:
        edge.wait_enrolled()
        identifier = post(admin, SLEEPS % 5, "deaf")
        wait_until(lambda: deaf.created, "it was submitted", 60)
        edge.kill()
        edge.start()
        done = wait_job(admin, identifier, "COMPLETE", timeout=300)
        assert [done["sparkApplication"]["id"]] == deaf.created and log_of(admin, identifier) == "begun\nover\n", done["jobMessages"]
        wait_until(lambda: not list((shared / "deaf").iterdir()), "nothing is left in the staging area", 30)  # emptied once the end was told
    finally:
        edge.stop()
        deaf.server.shutdown()


def test_files_by_way_of_hdfs(server, admin, cluster, hadoop, tmp_path):
    """No mount at all. Settings with secrets have no way then, and the job says so."""
    settings = settings_of(cluster, stagingUrl=f"{hadoop.fs}/slipway/standalone", webHdfsUrl=[hadoop.webhdfs])
    edge = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-hdfs"), settings, name="by-hdfs", spark=cluster.spark).start()
    try:
        edge.wait_enrolled()
        source = "# modelop.score\ndef score(i, o, m):\n    print('cuts', open('data/cuts.csv').read())\n"
        identifier = post(admin, source, "by-hdfs", assets=[CUTS])
        refused = wait_job(admin, post(admin, source, "by-hdfs", parameters={"spark.my.secret.key": "hidden"}), "ERROR", timeout=60)
        assert "spark-defaults.conf" in refused["jobMessages"][-1], refused["jobMessages"]
        wait_job(admin, identifier, "COMPLETE", timeout=300)
        assert "cuts 1,2" in log_of(admin, identifier)
        place = f"{hadoop.webhdfs}/webhdfs/v1/slipway/standalone?op=LISTSTATUS"  # emptied once the end was told
        wait_until(lambda: requests.get(place, timeout=30).json()["FileStatuses"]["FileStatus"] == [], "nothing is left in the staging area", 30)
    finally:
        edge.stop()


def test_a_jvm_that_stays_is_ended_once_its_function_has_returned(admin, cluster, shared, edge, stubborn):
    done = wait_job(admin, stubborn, "COMPLETE", timeout=300)
    assert "its process goes on" in "\n".join(done["jobMessages"]) and "COUNT 5" in log_of(admin, stubborn), done["jobMessages"]
    assert not cluster.state()["activedrivers"]
    wait_until(lambda: not list((shared / "staging").iterdir()) and not list((edge.data / "jobs").glob("*")), "nothing is left behind its end", 30)
