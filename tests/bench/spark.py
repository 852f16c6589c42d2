"""The Spark runtime: launches with durable intent, ten thousand live jobs, memory, restart; and real jobs beside a bare `xargs spark-submit`."""
from __future__ import annotations

import os
import pathlib
import random
import shutil
import sqlite3
import statistics
import time
from typing import Iterator

from bench import spark_local
from bench.rows import figure
from bench.scripted_yarn import ScriptedYarn, write_hadoop_conf
from bench.start import memory
from sandbox.process import ROOT, wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client

JOBS = int(os.environ.get("SLIPWAY_BENCH_JOBS", "10000"))
ENTRIES = 4 * JOBS  # of the journal
LIVE_AT_RESTART = JOBS // 10
POLL, LONG_POLL = 1.0, 5.0
MODEL = "# modelop.score\ndef score(external_inputs, external_outputs, external_model_assets):\n    pass\n"
TICKS = os.sysconf("SC_CLK_TCK")


def measure(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    yield f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    yield from StubBench(folder / "stub").run()
    yield from spark_local.measure(folder / "local")
    yield f"load average after: {os.getloadavg()[0]:.1f}"


class StubBench:
    """One server, one runtime on a scripted YARN in cluster mode, and a spark-submit that only writes down that it ran."""

    def __init__(self, folder: pathlib.Path):
        self.home = folder / "spark"
        (self.home / "bin").mkdir(parents=True)
        shutil.copy(ROOT / "build/release/bin/slipway_spark_submit_stub", self.home / "bin/spark-submit")
        self.ledger = self.home / "ledger"
        self.yarn = ScriptedYarn(self.ledger)
        self.server = Slipway(folder / "server").start()
        self.admin = Rest.sign_in(self.server.url, "admin", PASSWORD)
        self.settings = {"master": "yarn", "deployMode": "cluster", "statusUrls": [self.yarn.url], "sparkHome": str(self.home), "hadoopConfDir": str(folder),
                    "stagingUrl": (folder / "staging").as_uri(), "maxConcurrentSubmissions": "64"}
        (folder / "staging").mkdir()
        write_hadoop_conf(folder)
        self.folder, self.client = folder, machine_client(self.admin, "edge-1")
        self.edge = self.runtime(POLL)

    def runtime(self, poll: float) -> SparkRuntime:
        """The runtime on its own data, whatever its poll."""
        return SparkRuntime(self.folder, self.server.url, self.client, {**self.settings, "pollInterval": f"{poll:.0f}s"})

    def run(self) -> Iterator[str]:
        try:
            self.edge.start().wait_enrolled()
            yield from self.idle()
            yield from self.latency(100)
            yield from self.restart()
            yield from self.launches()
            yield from self.live(POLL)
            self.edge.stop()
            self.edge = self.runtime(LONG_POLL).start()
            yield from self.live(LONG_POLL)
        finally:
            self.edge.stop()
            self.server.stop()
            self.yarn.stop()

    def post(self) -> str:
        return self.admin.post(f"{MODEL_MANAGE}/jobs", job_document(MODEL))["id"]

    def executions(self) -> list[int]:
        """When each submission was executed, in ns."""
        return [int(line.split()[0]) for line in self.ledger.read_text().splitlines()] if self.ledger.exists() else []

    def wait_for_executions(self, count: int, timeout: float) -> list[int]:
        return wait_until(lambda: found if len(found := self.executions()) >= count else None, f"{count} submissions", timeout, every=0.05)

    def idle(self) -> Iterator[str]:
        time.sleep(5)
        before = cpu_seconds(self.edge.process.pid)
        time.sleep(10)
        rss = memory(self.edge.process.pid, "Rss") / 1024
        yield figure("idle: resident set size", rss, "MiB", "<= 20 MiB", met=rss <= 20)
        yield figure("idle: proportional set size", memory(self.edge.process.pid, "Pss") / 1024, "MiB", "<= 20 MiB")
        yield figure("idle: of one processor", (cpu_seconds(self.edge.process.pid) - before) * 10, "%", "a figure to know")

    def latency(self, count: int) -> Iterator[str]:
        """One job at a time, at moments that know nothing of the poll."""
        beyond = []
        for done in range(count):
            time.sleep(random.uniform(0.05, 0.4))
            self.post()
            created = time.time_ns()
            executed = self.wait_for_executions(done + 1, 30)[-1]
            beyond.append((executed - created) / 1e6 - POLL * 1000)
        p99 = sorted(beyond)[int(0.99 * count)]
        yield figure("CREATED to exec beyond the poll, median", statistics.median(beyond), "ms", "negative: within it")
        yield figure("CREATED to exec beyond the poll, p99", p99, "ms", "<= 150 ms", met=p99 <= 150)

    def launch(self, upto: int) -> list[int]:
        """Jobs wait while the runtime is stopped; then it takes them as fast as it can. When each was executed."""
        self.edge.stop()
        before = len(self.executions())
        for _ in range(upto - before):
            self.post()
        self.edge.start()
        return self.wait_for_executions(upto, 60 + (upto - before) / 10)[before:]

    def launches(self) -> Iterator[str]:
        spent = cpu_seconds(self.server.process.pid)
        times = self.launch(JOBS)
        rate = (len(times) - 1) / ((times[-1] - times[0]) / 1e9)
        own, others = cpu_seconds(self.edge.process.pid) / len(times) * 1000, (cpu_seconds(self.server.process.pid) - spent) / len(times) * 1000
        yield figure(f"launches with durable intent, {len(times):,} jobs", rate, "/s", ">= 100/s", met=rate >= 100)
        yield figure("  processor time a launch, runtime", own, "ms", "a figure to know")
        yield figure("  processor time a launch, server", others, "ms", "a figure to know, the posts in it")

    def live(self, poll: float) -> Iterator[str]:
        """All of them run, and nothing changes."""
        wait_until(self.all_run, "all jobs run", 300, every=1)
        time.sleep(2 * poll)
        self.yarn.requests.clear()
        before, began = cpu_seconds(self.edge.process.pid), time.monotonic()
        time.sleep(30)
        seconds = time.monotonic() - began
        requests = self.yarn.requests["/ws/v1/cluster/apps"] / (seconds / poll)
        used = (cpu_seconds(self.edge.process.pid) - before) / seconds * 100
        aimed = {"aim": "<= 5 %", "met": used <= 5} if poll == LONG_POLL else {"aim": f"a figure to know; counted is the poll of {LONG_POLL:.0f} s"}
        yield figure(f"{JOBS:,} live jobs, poll {poll:.0f} s: of one processor", used, "%", **aimed)
        if poll == POLL:
            rss = memory(self.edge.process.pid, "Rss") / 1024
            yield figure(f"{JOBS:,} live jobs: requests a poll", requests, "", "<= 2", met=requests <= 2.1)
            yield figure(f"{JOBS:,} live jobs: resident set size", rss, "MiB", "<= 80 MiB", met=rss <= 80)

    def all_run(self) -> bool:
        return self.edge.health()["components"]["spark"]["details"].get("jobs.RUNNING") == len(self.executions())

    def restart(self) -> Iterator[str]:
        """From the start to the execution of a job that waits, behind a journal of many; nothing is launched twice."""
        self.launch(LIVE_AT_RESTART)
        wait_until(self.all_run, "all jobs run", 120, every=0.5)
        self.edge.stop()
        with sqlite3.connect(self.edge.data / "journal.db") as journal:
            journal.executemany("INSERT INTO spark_jobs (job_id, live, ended_at, record) SELECT ?, 0, ?, record FROM spark_jobs ORDER BY row_id LIMIT 1",
                                ((f"ended-{number:08}", time.time_ns() // 1_000_000) for number in range(ENTRIES - LIVE_AT_RESTART)))
        self.post()
        began = time.time_ns()
        self.edge.start()
        took = (self.wait_for_executions(LIVE_AT_RESTART + 1, 60)[-1] - began) / 1e9
        yield figure(f"restart, {ENTRIES:,} entries, {LIVE_AT_RESTART:,} live: works after", took, "s", "<= 1.5 s", met=took <= 1.5)
        yield figure("  processor time until then", cpu_seconds(self.edge.process.pid), "s", "a figure to know")
        time.sleep(5)
        twice = len(self.executions()) - LIVE_AT_RESTART - 1
        yield figure("  launched twice", twice, "", "0", met=twice == 0)


def cpu_seconds(pid: int) -> float:
    """What a process has used of processors, its children left out."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
