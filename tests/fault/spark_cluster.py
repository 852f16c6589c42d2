"""The campaign of spark.py on a standalone cluster in cluster mode: drivers run elsewhere, a submission has neither tag nor exit code, and the master hangs,
errs, answers by halves, swallows submissions or their answers, and forgets what has ended. Nothing is launched twice, every job ends truly.

usage: python -m fault.spark_cluster [ROUNDS] [SEED]     exits 1 when anything was lost, doubled, untrue or left
"""
from __future__ import annotations

import pathlib
import random
import sys
import time

from fault.scripted_master import ScriptedMaster
from fault.spark import Plan, Posted, SparkCampaign, main
from sandbox.process import wait_until

LOST_AFTER = 30
UNKNOWN = "Whether the cluster took the submission is unknown"
# When a file of a new job appears, here or in the staging area.
SEEN_AT = {"C3": "files", "uploading": "run-1", "uploaded": "run-1/model_source_code.py", "sent": "attempt-1.sent", "C9": "application-1.json", "C11": "result-1.json"}
MODES = ("hang", "error", "page", "half")
STRIKES = ["C1", "C2", *SEEN_AT, "C7", "C8", "C10", "C13", "C14", "C15", "rollback", *MODES, *MODES, "deaf", "swallow", "forget", "program", "server", "partition", "stop", "none"]


class ClusterCampaign(SparkCampaign):
    strikes, seen_at = STRIKES, SEEN_AT

    def __init__(self, folder: pathlib.Path, dice: random.Random):
        super().__init__(folder, dice)
        self.staging = folder / "staging"
        self.staging.mkdir()
        self.master = ScriptedMaster(folder, self.stub)
        self.forgotten = False

    def settings(self) -> dict:
        return self.master.settings(self.staging) | {"pollInterval": "1s", "maxConcurrentSubmissions": 16, "lostAfter": f"{LOST_AFTER}s"}

    def random_plan(self) -> Plan:
        work = f"sleep={self.dice.choice([0, 0.05, 0.3, 1, 3])} lines={self.dice.choice([1, 3, 200])}"
        return self.dice.choice([Plan(work)] * 6 + [Plan(work, "raised"), Plan(work, "silent"), Plan("sleep=600")])

    def places(self) -> list[pathlib.Path]:
        return [self.folders, self.staging]

    def stop(self) -> None:
        super().stop()
        self.master.stop()

    def everything_up(self) -> None:
        self.master.misbehave("good")
        super().everything_up()

    def misbehave(self, mode: str) -> None:
        """Through launches, ends and looks; sometimes the runtime dies on top of it."""
        self.master.misbehave(mode)
        time.sleep(self.dice.uniform(2, 6))
        if self.dice.random() < 0.5:
            self.edge.kill()

    def strike_hang(self) -> None:
        self.misbehave("hang")

    def strike_error(self) -> None:
        self.misbehave("error")

    def strike_page(self) -> None:
        self.misbehave("page")

    def strike_half(self) -> None:
        self.misbehave("half")

    def strike_deaf(self) -> None:
        self.misbehave("deaf")

    def strike_swallow(self) -> None:
        self.misbehave("swallow")

    def strike_forget(self) -> None:
        """What ends while the runtime is away is forgotten before it is back."""
        self.edge.kill()
        time.sleep(self.dice.uniform(0.5, 3))
        self.forgotten = True
        self.master.forget_ended()

    def strike_c8(self) -> None:
        """The host of runtime and worker goes down."""
        self.edge.kill()
        self.strike_program()

    def strike_program(self) -> None:
        self.end_all(self.stub.processes(), "program")

    def left(self) -> list[str]:
        return [*super().left(), *map(str, self.staging.glob("*"))]

    def may_have_no_run(self, status: str, reason: str) -> bool:
        """What certainly was not sent is sent again; what may have been is not."""
        return super().may_have_no_run(status, reason) or reason.startswith(UNKNOWN)

    def faults_of_output(self, job: dict, posted: Posted, tag: str):
        """The log of a driver that the master does not know any more cannot be had."""
        return [] if self.forgotten or any("could not be read" in line for line in job["jobMessages"]) else super().faults_of_output(job, posted, tag)

    def settle(self, timeout: float = 180) -> None:
        super().settle(timeout)
        wait_until(lambda: not any(driver.state() == "RUNNING" for driver in self.master.drivers.values()), "no driver runs any more", 30)


if __name__ == "__main__":
    sys.exit(main(ClusterCampaign))
