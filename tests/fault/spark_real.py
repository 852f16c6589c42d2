"""spark.py with real Spark in place of the stub: the same strikes on a real spark-submit, its JVM and its Python (local[1]), in tens of rounds.

usage: python -m fault.spark_real [ROUNDS] [SEED]
"""
from __future__ import annotations

import pathlib
import random
import sys

from fault.spark import Plan, Posted, SparkCampaign, main
from fault.stub_spark import StubSpark
from sandbox.rest import MODEL_MANAGE
from sandbox.spark import Spark

MODEL = """{plan}
import os, time
def tell(line):
    with open({ledger!r}, "ab", buffering=0) as ledger:
        ledger.write((line + "\\n").encode())
# modelop.score
def score(a, b, c):
    tag, pid = os.environ["MODELOP_TAG"], os.getpid()
    tell(f"driver {{tag}} {{pid}}")
    from pyspark.sql import SparkSession
    assert SparkSession.builder.getOrCreate().range(5).count() == 5
    for number in range({lines}, 0, -1):
        print(f"hello {{tag}} {{number}}", flush=True)
    time.sleep({sleep})
    tell(f"ending {{tag}} {end}")
    if {end!r} == "raised":
        raise ValueError("planned")
    if {end!r} == "silent":
        os._exit(0)
"""


class RealSpark(StubSpark):
    """A home whose spark-submit notes that it was executed, then becomes the real one."""

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder)
        self.real = Spark()
        submit = self.home / "bin/spark-submit"
        submit.write_text(f"""#!/bin/sh\necho "submit $MODELOP_TAG $$" >>'{self.ledger_file}'\nexport SPARK_HOME='{self.real.home}'\nexec '{self.real.home}/bin/spark-submit' "$@"\n""")

    def environment(self, **more: str) -> dict[str, str]:
        return self.real.environment(SPARK_HOME=str(self.home), TMPDIR=self.mark, **more)


class RealPlan(Plan):
    ledger = pathlib.Path()

    def source(self) -> str:
        words = dict(word.split("=") for word in self.words.split())
        return MODEL.format(plan=f"#plan {self.words} end={self.end}", ledger=str(self.ledger), lines=words.get("lines", "1"), sleep=words["sleep"], end=self.end)


class RealCampaign(SparkCampaign):
    def __init__(self, folder: pathlib.Path, dice: random.Random):
        super().__init__(folder, dice)
        (folder / "real").mkdir()
        self.stub = RealSpark(folder / "real")
        RealPlan.ledger = self.stub.ledger_file

    def settings(self) -> dict:
        return {"master": "local[1]", "pollInterval": "1s", "maxConcurrentSubmissions": 2,
                "sparkConf": {"--driver-memory": "512m", "--driver-java-options": self.stub.real.java_options, "spark.ui.enabled": "false"}}

    def random_plan(self) -> Plan:
        work = f"sleep={self.dice.choice([0, 0.3, 1])} lines={self.dice.choice([1, 3, 50])}"
        return self.dice.choice([RealPlan(work)] * 6 + [RealPlan(work, "raised"), RealPlan(work, "silent"), RealPlan("sleep=600")])

    def round(self, strike: str | None = None, most: int = 3) -> None:
        super().round(strike, most)

    def await_new(self, name: str, before: set[pathlib.Path], patience: float = 45) -> None:
        super().await_new(name, before, patience)

    def settle(self, timeout: float = 600) -> None:
        super().settle(timeout)

    def faults_of_output(self, job: dict, posted: Posted, tag: str):
        """What Spark itself prints stands between the model's words."""
        lines = next((int(word[6:]) for word in posted.plan.words.split() if word.startswith("lines=")), 1)
        log = self.admin.send("GET", f"{MODEL_MANAGE}/jobs/{job['id']}/logs/stdout").text
        said = [line for line in log.splitlines() if line.startswith("hello ")]
        if said != [f"hello {tag} {number}" for number in range(lines, 0, -1)]:
            yield f"{len(said)} of {lines} lines in its log"


if __name__ == "__main__":
    sys.exit(main(RealCampaign))
