"""Disks that are full, and jobs that fill them: nothing is lost, and the end of each is told truly."""
from __future__ import annotations

import pathlib
import subprocess
import time

import pytest
import requests

from integration.spark.test_hostile_jobs import PRINTS, SETTINGS, attempts, said
from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 32 MiB with a runtime's data on it."""
    mount = tmp_path / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(mount)], check=True)
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(disk: pathlib.Path) -> pathlib.Path:
    """Until nothing can be written there. Gives back what takes the room."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return disk / "ballast"


def test_a_full_disk_loses_no_job(server, admin, small_disk, tmp_path):
    """Nothing can be written: the job waits, the service lives and says so; with space again everything goes on."""
    edge = SparkRuntime(small_disk, server.url, machine_client(admin, "edge-full"), SETTINGS, name="full", spark=PlainSpark(tmp_path)).start()
    try:
        edge.wait_enrolled()
        ballast = fill(small_disk)
        engine = {"engineType": "SPARK_RUNTIME", "name": "full"}
        identifiers = [admin.post(f"{MODEL_MANAGE}/jobs", job_document(PRINTS, engine=engine))["id"] for _ in range(3)]
        wait_until(lambda: not edge.health()["components"]["diskSpace"]["status"] == "UP", "health says that the disk is full", 30)
        time.sleep(3)  # it tries, and fails, more than once
        states = {admin.get(f"{MODEL_MANAGE}/jobs/{one}")["jobStatus"] for one in identifiers}
        assert states <= {"CREATED", "WAITING"} and edge.process.running()
        ballast.unlink()
        for one in identifiers:
            job = wait_job(admin, one, "COMPLETE", timeout=90)
            assert len(attempts(admin, job)) == 1 and said(job).count("stdout: ran") == 1
    finally:
        edge.stop()


@pytest.fixture
def on_a_small_disk(server, admin, small_disk, tmp_path):
    """Jobs that run there, by their last words, until the disk is full. Gives back what takes the room, the jobs and the folder in which each says its process."""
    edge = SparkRuntime(small_disk, server.url, machine_client(admin, "edge-filled"), SETTINGS, name="filled", spark=PlainSpark(tmp_path)).start()
    go_on = tmp_path / "go-on"
    source = f"""# modelop.score
def s(i, o, m):
    import os, time
    open({str(tmp_path)!r} + "/%s", "w").write(str(os.getpid()))
    while not os.path.exists({str(go_on)!r}):
        time.sleep(0.05)
    %s
"""

    def run(**ends: str) -> tuple:
        edge.wait_enrolled()
        engine = {"engineType": "SPARK_RUNTIME", "name": "filled"}
        jobs = {name: admin.post(f"{MODEL_MANAGE}/jobs", job_document(source % (name, end), engine=engine))["id"] for name, end in ends.items()}
        for name, one in jobs.items():
            wait_until(lambda: (tmp_path / name).exists() and (tmp_path / name).read_text(), f"{name} runs", 30)
            wait_job(admin, one, "RUNNING")
        ballast = fill(small_disk)
        go_on.touch()
        return ballast, jobs, tmp_path
    yield run
    edge.stop()
    admin.delete(f"{MODEL_MANAGE}/clients/edge-filled")


def test_who_fills_the_disk_can_be_stopped(admin, on_a_small_disk):
    ballast, jobs, said_in = on_a_small_disk(sleeps="time.sleep(600)")
    admin.patch(f"{MODEL_MANAGE}/jobs/{jobs['sleeps']}", {"jobStatus": "CANCELLED"})
    process = pathlib.Path("/proc") / (said_in / "sleeps").read_text()
    wait_until(lambda: not process.exists(), "what was cancelled is stopped", 30)
    ballast.unlink()
    wait_job(admin, jobs["sleeps"], "CANCELLED")


def test_what_ends_on_a_full_disk_is_told_truly(admin, on_a_small_disk, small_disk):
    ballast, jobs, said_in = on_a_small_disk(returns="return", raises="raise ValueError('its own words')", leaves="os._exit(3)")
    process = pathlib.Path("/proc") / (said_in / "leaves").read_text()
    wait_until(lambda: len(list(small_disk.rglob("result-1.json.part"))) == 2 and not process.exists(), "all have come to their ends", 30)
    wait_until(lambda: list(small_disk.rglob("attempt-1.exit.part")), "one of them cannot be told", 30)
    assert {admin.get(f"{MODEL_MANAGE}/jobs/{one}")["jobStatus"] for one in jobs.values()} == {"RUNNING"}
    ballast.unlink()
    wait_job(admin, jobs["returns"], "COMPLETE")
    assert wait_job(admin, jobs["raises"], "ERROR")["jobMessages"][-1].endswith("ValueError: its own words")
    assert "exit code 3" in wait_job(admin, jobs["leaves"], "ERROR")["jobMessages"][-1]


def test_output_without_end_does_not_fill_the_disk(server, admin, tmp_path):
    """400 MiB of printed lines: beginning and end stay, the disk gets the middle back while it runs, and what is left out is said."""
    edge = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-noisy"), SETTINGS, name="noisy", spark=PlainSpark(tmp_path)).start()
    try:
        edge.wait_enrolled()
        source = """# modelop.score
def score(i, o, m):
    import time
    print("the beginning", flush=True)
    for _ in range(400):
        print(("x" * 1023 + "\\n") * 1024, end="", flush=True)
    time.sleep(5)
    print("the end", flush=True)
"""
        identifier = admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": "noisy"}))["id"]
        log = edge.data / "jobs" / identifier / "stdout-1"
        wait_until(lambda: log.exists() and log.stat().st_size >= 400 << 20, "it has printed", 60, every=0.01)
        wait_until(lambda: log.stat().st_blocks * 512 < 150 << 20, "the disk has its blocks back", 10)
        job = wait_job(admin, identifier, "COMPLETE", timeout=60)
        text = said(job)
        assert "stdout: the beginning" in text and "stdout: the end" in text and "given back to the disk" in text, text[-2000:]
        assert text.index("the beginning") < text.index("given back to the disk") < text.index("stdout: the end")
        lines = requests.get(f"{edge.url}/actuator/prometheus", timeout=5).text.splitlines()
        sent = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("http_client_requests_seconds_count") and 'method="PUT"' in line)
        assert sent < 60, "what model-manage keeps no more is not sent"
    finally:
        edge.stop()
