"""An installed Spark (`./dev setup` puts them in build/peers) and spark-submit on it."""
from __future__ import annotations

import pathlib
import subprocess

from sandbox.process import ROOT, Process
from sandbox.server import clean_environment

PEERS = ROOT / "build/peers"
VERSIONS = ("3.5", "4.3")
JAVA_HOME = pathlib.Path("/usr/lib/jvm/java-17-openjdk-amd64")

# What a test's job needs of Spark, and no more: half the processor time of a start with the defaults.
LEAN = ["--driver-memory", "512m", "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "--conf", "spark.ui.enabled=false"]


class Spark:
    """One version. `home` is SPARK_HOME, `python` the interpreter that has its PySpark."""

    def __init__(self, version: str = "4.3"):
        self.version = version
        self.python = PEERS / f"spark-{version}/bin/python"
        homes = list((PEERS / f"spark-{version}/lib").glob("python3*/site-packages/pyspark"))
        assert homes and self.python.exists(), f"Spark {version} is not in {PEERS}: ./dev setup"
        self.home = homes[0]

    def environment(self, **more: str) -> dict[str, str]:
        """The caller's environment with this Spark in it and no other, everything on loopback."""
        kept = {name: value for name, value in clean_environment().items()
                if not name.startswith(("SPARK_", "PYSPARK_", "HADOOP_", "YARN_", "PYTHON"))}
        return kept | {"SPARK_HOME": str(self.home), "JAVA_HOME": str(JAVA_HOME), "PYSPARK_PYTHON": str(self.python), "SPARK_LOCAL_IP": "127.0.0.1"} | more

    def command(self, *arguments: str) -> list[str]:
        """spark-submit with `LEAN` before `arguments`: later ones win."""
        return [str(self.home / "bin/spark-submit"), *LEAN, *arguments]

    def submit(self, *arguments: str, cwd: pathlib.Path | None = None, timeout: float = 180, **environment: str) -> subprocess.CompletedProcess:
        """Runs spark-submit to its end; its output as bytes, since a model may print anything."""
        return subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd, env=self.environment(**environment), timeout=timeout)

    def launch(self, *arguments: str, log: pathlib.Path, cwd: pathlib.Path | None = None, **environment: str) -> Process:
        """Starts spark-submit in a session of its own and does not wait."""
        return Process(self.command(*arguments), log, self.environment(**environment), cwd)
