"""A cluster that does not answer any more while jobs run on it: statuses stay, nothing is taken, model-manage hears of the runtime all the same, and it comes
back by itself. What else a cluster may answer is tried by fault/spark_cluster.py."""
from __future__ import annotations

import datetime
import re
import time

import pytest

from fault.scripted_master import ScriptedMaster
from fault.stub_spark import StubSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

HEARTBEAT = 10
LATE = 3  # seconds that a busy machine may take


@pytest.fixture
def admin(tmp_path):
    server = Slipway(tmp_path / "model-manage").start()
    yield Rest.sign_in(server.url, "admin", PASSWORD)
    server.stop()


def test_a_cluster_that_hangs(admin, tmp_path):
    stub = StubSpark(tmp_path)
    master = ScriptedMaster(tmp_path, stub)
    (tmp_path / "staging").mkdir()
    edge = SparkRuntime(tmp_path, admin.url, machine_client(admin, "edge-1"), master.settings(tmp_path / "staging"), spark=stub).start()

    def post(plan: str) -> str:
        return admin.post(f"{MODEL_MANAGE}/jobs", job_document(f"#plan {plan}\n# modelop.score\ndef score(a, b, c): pass\n"))["id"]

    def runtime() -> dict:
        return admin.get(f"{MODEL_MANAGE}/runtimes/search/findByName", params={"name": "spark-runtime-1"})["_embedded"]["runtimes"][0]

    try:
        edge.wait_enrolled()
        ends, held = post("sleep=5"), post("sleep=600")
        for one in (ends, held):
            wait_job(admin, one, "RUNNING", timeout=30)
        master.misbehave("hang")
        heard: list[datetime.datetime] = []
        limit = time.monotonic() + 60
        while time.monotonic() < limit and runtime()["state"] != "OFFLINE":
            heard.append(datetime.datetime.fromisoformat(runtime()["lastContact"].replace("Z", "+00:00")))
            time.sleep(0.3)
        assert runtime()["state"] == "OFFLINE" and edge.health()["components"]["spark"]["status"] == "DOWN"
        gaps = [(later - earlier).total_seconds() for earlier, later in zip(heard, heard[1:])]
        assert max(gaps) <= HEARTBEAT + LATE, f"model-manage heard nothing for {max(gaps):.1f} s"
        late = post("sleep=0")
        time.sleep(3)
        states = {one: admin.get(f"{MODEL_MANAGE}/jobs/{one}") for one in (ends, held, late)}
        assert [states[one]["jobStatus"] for one in (ends, held)] == ["RUNNING", "RUNNING"] and not states[late].get("owner"), states
        assert edge.health()["components"]["jobMonitor"]["status"] == "UP"
        master.misbehave("good")
        for one in (ends, late):
            wait_job(admin, one, "COMPLETE", timeout=60)
        assert runtime()["state"] == "ONLINE" and edge.health()["status"] == "UP"
        admin.post(f"{MODEL_MANAGE}/jobs/{held}/cancel", None, 200)
        wait_job(admin, held, "CANCELLED", timeout=30)
        assert all(seen.submits == 1 for seen in stub.attempts().values()) and len(stub.attempts()) == 3
    finally:
        edge.stop()
        master.stop()


def test_a_cluster_that_forgets(admin, tmp_path):
    """Until the job ends as lost, people are told since when its driver is missed, and when that end is; of a cancel as well."""
    stub = StubSpark(tmp_path)
    master = ScriptedMaster(tmp_path, stub)
    (tmp_path / "staging").mkdir()
    edge = SparkRuntime(tmp_path, admin.url, machine_client(admin, "edge-1"), master.settings(tmp_path / "staging"), spark=stub).start()
    words = re.compile(r"Waits for the cluster to know driver-0001 again: it has known nothing of it since [-0-9]{10} [:0-9]{8} UTC\. Unless it does, the job ends as (\w+) at [:0-9]{8} UTC")

    def told(end: str) -> bool:
        """By the last message and by the answer to why."""
        last, why = admin.get(f"{MODEL_MANAGE}/jobs/{held}")["jobMessages"][-1], admin.get(f"{MODEL_MANAGE}/jobs/{held}/why")["answer"]
        return all((found := words.search(text)) and found[1] == end for text in (last, why))

    try:
        edge.wait_enrolled()
        held = admin.post(f"{MODEL_MANAGE}/jobs", job_document("#plan sleep=600\n# modelop.score\ndef score(a, b, c): pass\n"))["id"]
        wait_job(admin, held, "RUNNING", timeout=30)
        with master.lock:
            forgotten, master.drivers = master.drivers, {}
        wait_until(lambda: told("lost"), "it is told that the driver is missed", 60, every=0.5)
        with master.lock:
            master.drivers = forgotten
        wait_until(lambda: admin.get(f"{MODEL_MANAGE}/jobs/{held}")["jobMessages"][-1].endswith("The cluster knows driver-0001 again."), "the driver is found again", 60, every=0.5)
        with master.lock:
            master.drivers = {}
        wait_until(lambda: told("lost"), "it is missed once more", 60, every=0.5)
        admin.post(f"{MODEL_MANAGE}/jobs/{held}/cancel", None, 200)
        wait_until(lambda: told("cancelled"), "so it is told while the cancel waits", 60, every=0.5)
        with master.lock:
            master.drivers = forgotten
        wait_job(admin, held, "CANCELLED", timeout=60)
    finally:
        edge.stop()
        master.stop()
