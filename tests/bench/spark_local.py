"""Real jobs of a local master beside a bare `xargs -P2 spark-submit` of the same driver and model, in turns: the machine is the same for both."""
from __future__ import annotations

import os
import pathlib
import subprocess
import time
from typing import Iterator

from bench.rows import figure
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client

SLOTS = 2
ROUNDS = 3
JOBS = int(os.environ.get("SLIPWAY_BENCH_LOCAL_JOBS", "10"))  # a round
MODEL = """from pyspark.sql import SparkSession
# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    spark = SparkSession.builder.getOrCreate()
    print("rows", spark.range(1000).selectExpr("sum(id)").collect()[0][0])
"""


def measure(folder: pathlib.Path) -> Iterator[str]:
    spark = Spark()
    server = Slipway(folder / "server").start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    conf = {"--driver-memory": "512m", "--driver-java-options": spark.java_options, "spark.ui.enabled": "false"}
    edge = SparkRuntime(folder, server.url, machine_client(admin, "edge-1"),
                        {"master": "local[1]", "maxConcurrentSubmissions": str(SLOTS), "sparkConf": conf}, spark=spark).start()
    try:
        edge.wait_enrolled()
        command = bare_command(admin, edge, folder)
        ours, bare = [], []
        for _ in range(ROUNDS):
            bare.append(run_bare(spark, command, folder))
            ours.append(run_ours(admin))
    finally:
        edge.stop()
        server.stop()
    ratio = sum(bare) / sum(ours)
    rate = ROUNDS * JOBS / sum(ours)
    yield f"{'real local jobs, ' + str(ROUNDS * JOBS) + ' on 2 slots':<44} {rate:>10,.2f} /s   xargs -P2 {ROUNDS * JOBS / sum(bare):,.2f} /s   ratio {ratio:.3f}" \
          f"   (aim: >= 0.95: {'met' if ratio >= 0.95 else 'MISSED'})"
    added = (sum(ours) - sum(bare)) / (ROUNDS * JOBS) * 1000
    yield figure("  wall clock added to a job", added, "ms", "<= 150 ms", met=added <= 150)


def bare_command(admin: Rest, edge: SparkRuntime, folder: pathlib.Path) -> list[str]:
    """The very command of a job of ours with `{}` for the number of a copy of its folder: the runtime deletes its own when the job has ended,
    and two drivers that wrote their result into one folder would disturb each other."""
    identifier = admin.post(f"{MODEL_MANAGE}/jobs", job_document(MODEL))["id"]
    own = edge.data / "jobs" / identifier
    spec = wait_until(lambda: next(own.glob("attempt-*.spec"), None) if (own / "stdout-1").exists() else None, "the job was launched", 60, every=0.005)
    kept = [folder / f"kept-{number}" for number in range(JOBS)]
    for copy in kept:
        subprocess.run(["cp", "-r", str(own), str(copy)], check=True)
        metadata = copy / "files/model_job_metadata.py"
        metadata.write_text(metadata.read_text().replace(str(own), str(copy)))
    entries = (kept[0] / spec.name).read_text().split("\0")
    wait_ended(admin, [identifier])
    return [entry.removeprefix("argv=").replace(str(own), str(folder / "kept-{}")) for entry in entries if entry.startswith("argv=")]


def run_bare(spark: Spark, command: list[str], folder: pathlib.Path) -> float:
    began = time.monotonic()
    subprocess.run(["xargs", "-P", str(SLOTS), "-I{}", *command], input="\n".join(map(str, range(JOBS))), text=True, check=True, cwd=folder,
                   env=spark.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def run_ours(admin: Rest) -> float:
    began = time.monotonic()
    wait_ended(admin, [admin.post(f"{MODEL_MANAGE}/jobs", job_document(MODEL))["id"] for _ in range(JOBS)])
    return time.monotonic() - began


def wait_ended(admin: Rest, jobs: list[str]) -> None:
    """Asks seldom: whoever asks takes processor time from the jobs."""
    for identifier in jobs:
        job = wait_until(lambda: found if (found := admin.get(f"{MODEL_MANAGE}/jobs/{identifier}"))["jobStatus"] in ("COMPLETE", "ERROR", "CANCELLED") else None,
                         f"job {identifier} ends", 300, every=0.1)
        assert job["jobStatus"] == "COMPLETE", job["jobMessages"]
