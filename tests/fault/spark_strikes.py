"""What a campaign of spark.py does to the runtime, its supervisors, their programs and the server, each strike by the name of the design's crash point where it
has one."""
from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time

from fault.stub_spark import StubSpark, state_of, supervisors, tag_of
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import Slipway
from sandbox.spark_runtime import SparkRuntime

# Crash points of the design that leave a trace in a job's folder: the runtime is killed when such a file of a new job appears.
SEEN_AT = {"C3": "files", "C4": "attempt-1.spec", "C5": "attempt-1.lock", "C6": "attempt-1.started", "C7": "attempt-1.process", "C9": "reports/application-1.json",
           "C11": "reports/result-1.json", "C12": "attempt-1.exit"}
STRIKES = ["C1", "C2", *SEEN_AT, "C8", "C10", "C13", "C14", "C15", "rollback", "partition", "supervisor", "supervisor", "program", "program", "server", "stop", "none"]


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Strikes:
    """The part of a campaign that strikes; what it strikes, and what it counts, is the campaign's."""
    dice: random.Random
    stub: StubSpark
    server: Slipway
    admin: Rest
    edge: SparkRuntime
    twin: SparkRuntime
    journal_lost: bool
    struck: dict[str, str]

    def strike_edge(self) -> None:
        self.edge.kill()

    def strike_c2(self) -> None:
        """A claim that model-manage has seen."""
        limit = time.monotonic() + 5
        while time.monotonic() < limit:
            work = self.admin.every("jobs", filter="status=CREATED")
            if any(job.get("owner") for job in work):
                break
        self.edge.kill()

    def strike_c7(self) -> None:
        """The runtime is away while programs end."""
        self.edge.kill()
        time.sleep(self.dice.uniform(0.1, 1.5))

    def strike_c8(self) -> None:
        """The host goes down with everything on it."""
        self.edge.kill()
        self.end_all([*supervisors(self.folders), *self.stub.processes()], "host")

    def strike_c10(self) -> None:
        self.cancel_some()
        time.sleep(self.dice.uniform(0, 0.5))
        self.edge.kill()

    def strike_c13(self) -> None:
        """Words under way to a server that dies."""
        for _ in range(3):
            self.strike_server()

    def strike_c14(self) -> None:
        """The journal's last words are torn."""
        self.edge.kill()
        self.journal_lost = True
        tail = self.edge.data / "journal.db-wal"
        if tail.exists():
            os.truncate(tail, max(0, tail.stat().st_size - self.dice.randint(1, 20000)))

    def strike_rollback(self) -> None:
        """The data directory comes from a copy that is older than the truth: all of the journal, while folders and model-manage have gone on."""
        self.edge.kill()
        copies = {path: path.read_bytes() for path in self.edge.data.glob("journal.db*")}
        self.edge.start()
        self.edge.wait_enrolled()
        time.sleep(self.dice.uniform(0.5, 3))
        self.edge.kill()
        self.journal_lost = True
        for path in self.edge.data.glob("journal.db*"):
            path.unlink()
        for path, content in copies.items():
            path.write_bytes(content)

    def strike_partition(self) -> None:
        """The runtime is cut off for so long that the one beside it, with the same client, takes its name, and a person gives it the jobs that were not
        launched. Then the first one is back, in the middle of what it was about to do."""
        self.edge.process.child.send_signal(signal.SIGSTOP)
        self.let_a_minute_pass()
        self.twin.wait_enrolled(120)
        given = []
        for identifier in self.unended():
            job = self.job(identifier)
            if job["jobStatus"] == "CREATED" and job.get("owner") == self.instance(self.edge):
                answer = self.admin.send("POST", f"{MODEL_MANAGE}/jobs/{identifier}/reassign", json={"reason": "its host is thought dead"})
                assert answer.status_code in (200, 409), answer.text
                given += [identifier] if answer.status_code == 200 else []
        given += [self.post(self.random_plan()) for _ in range(2)]
        time.sleep(self.dice.uniform(0, 2))
        self.edge.process.child.send_signal(signal.SIGCONT)
        for identifier in given:
            if "sleep=600" in self.jobs[identifier].plan.words and not self.jobs[identifier].cancelled:
                self.cancel(identifier)
        wait_until(lambda: not set(given) & set(self.unended()), "what was given to the other one has ended", 120, every=0.5)
        self.twin.stop()
        own = self.instance(self.edge)
        wait_until(lambda: any(one.get("instanceId") == own for one in self.admin.every("runtimes")), "it has its name back before the other one starts", 60)
        self.edge.wait_enrolled(60)

    def let_a_minute_pass(self) -> None:
        """For whom the server waits so long: it heard of all runtimes longer ago."""
        with contextlib.closing(sqlite3.connect(self.server.data / "slipway.db", timeout=30)) as database, database:
            database.execute("UPDATE runtime_contacts SET last_contact = last_contact - 61000")

    @staticmethod
    def instance(runtime: SparkRuntime) -> str:
        return (runtime.data / "instance-id").read_text().strip()

    def strike_c15(self) -> None:
        self.edge.kill()
        self.journal_lost = True
        for path in self.edge.data.glob("journal.db*"):
            path.unlink()

    def strike_supervisor(self) -> None:
        """Several of them, at whatever they are doing; the youngest may not have begun."""
        for _ in range(5):
            alive = list(supervisors(self.folders))
            if alive:
                end(self.dice.choice(alive))
            time.sleep(self.dice.uniform(0, 0.05))

    def strike_program(self) -> None:
        attempts = self.stub.attempts()
        alive = [pid for seen in attempts.values() for pid in seen.pids if state_of(pid) not in "ZX" and pid in self.stub.processes()]
        self.end_all(self.dice.sample(alive, k=min(2, len(alive))), "program")

    def strike_server(self) -> None:
        self.server.kill()
        time.sleep(self.dice.uniform(0, 0.5))
        self.server.start()

    def strike_stop(self) -> None:
        """In good order; the one beside it would take the name that was given up."""
        self.twin.stop()
        begin = time.monotonic()
        code = self.edge.stop()
        assert code == 0, f"the runtime ended with {code} after {time.monotonic() - begin:.1f} s:\n{self.edge.log()[-3000:]}"

    def strike_none(self) -> None:
        pass

    def end_all(self, pids: list[int], what: str) -> None:
        """Of some the ledger does not know yet: they had not come to their first word."""
        for pid in pids:
            if tag := tag_of(pid):
                self.struck[tag] = what
            end(pid)
