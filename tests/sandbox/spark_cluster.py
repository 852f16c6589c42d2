"""A standalone Spark cluster: master with its REST server, one worker, history server. Loopback and free ports only."""
from __future__ import annotations

import pathlib
import shutil

from sandbox.daemon import Daemon, answers, get_json
from sandbox.process import free_port, wait_until
from sandbox.spark import Spark


class SparkCluster:
    """`master`, `worker` and `history` start, stop and die alone, always on the same ports.

    With `recovery` the master writes down its applications and finds them again after a restart; without, it forgets them,
    as most clusters in the world do. `worker_user` runs the worker, and with it the drivers and executors: then `folder` must be one
    that this user can pass through.
    """

    def __init__(self, folder: pathlib.Path, version: str = "4.3", recovery: bool = False, cores: int = 4, memory: str = "6g", worker_user: str | None = None):
        self.spark, self.folder = Spark(version), folder
        self.events, self.work = folder / "events", folder / "work"
        for made in (self.events, self.work, folder / "recovery"):
            made.mkdir(parents=True, exist_ok=True)
        self.worker_user = worker_user
        if worker_user:
            shutil.chown(self.work, worker_user)
        port, rest, ui, worker_ui, history_ui = (free_port() for _ in range(5))
        self.url, self.rest_url = f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{rest}"
        self.ui, self.worker_ui, self.history_ui = (f"http://127.0.0.1:{each}" for each in (ui, worker_ui, history_ui))
        master = {"spark.master.rest.enabled": "true", "spark.master.rest.port": str(rest), "spark.master.rest.host": "127.0.0.1", "spark.port.maxRetries": "0"}
        if recovery:
            master |= {"spark.deploy.recoveryMode": "FILESYSTEM", "spark.deploy.recoveryDirectory": str(folder / "recovery")}
        self.master = self._daemon("master", "master.Master", ["-h", "127.0.0.1", "-p", str(port), "--webui-port", str(ui)], lambda: answers(f"{self.ui}/json/"),
                                   SPARK_MASTER_OPTS=properties(master))
        self.worker = self._daemon("worker", "worker.Worker", ["-h", "127.0.0.1", "-c", str(cores), "-m", memory, "-d", str(self.work), "--webui-port", str(worker_ui), self.url],
                                   lambda: answers(f"{self.worker_ui}/json/") and self._registered(), SPARK_WORKER_OPTS=properties({"spark.port.maxRetries": "0"}))
        self.history = self._daemon("history", "history.HistoryServer", [], lambda: answers(f"{self.history_ui}/api/v1/applications"), SPARK_HISTORY_OPTS=properties(
            {"spark.history.fs.logDirectory": self.events.as_uri(), "spark.history.fs.update.interval": "1s", "spark.history.ui.port": str(history_ui), "spark.port.maxRetries": "0"}))

    def _daemon(self, name: str, main: str, arguments: list[str], ready, **options: str) -> Daemon:
        options["SPARK_DAEMON_JAVA_OPTS"] = self.spark.java_options
        environment = self.spark.environment(SPARK_DAEMON_MEMORY="384m", SPARK_NO_DAEMONIZE="1", **options)
        as_user = ["setpriv", f"--reuid={self.worker_user}", "--regid=nogroup", "--clear-groups"] if name == "worker" and self.worker_user else []
        if as_user:
            environment["HOME"] = str(self.work)
        return Daemon(f"spark {name}", [*as_user, str(self.spark.home / "bin/spark-class"), f"org.apache.spark.deploy.{main}", *arguments], self.folder / f"{name}.log", environment, ready, self.folder)

    def start(self, history: bool = True) -> "SparkCluster":
        """Back once a worker is alive; the servers start at the same time."""
        started = [self.master, self.worker] + ([self.history] if history else [])
        for daemon in started:
            daemon.launch()
        for daemon in started:
            daemon.wait()
        return self

    def stop(self) -> None:
        for daemon in (self.history, self.worker, self.master):
            daemon.stop()

    def state(self) -> dict:
        """The master's own account: workers, activeapps, completedapps, activedrivers, completeddrivers, status."""
        return get_json(f"{self.ui}/json/") or {}

    def applications(self) -> list[dict]:
        """Every application that the master knows, running ones first."""
        state = self.state()
        return state.get("activeapps", []) + state.get("completedapps", [])

    def application(self, name: str) -> dict | None:
        return next((one for one in self.applications() if one["name"] == name), None)

    def wait_for_worker(self, timeout: float = 60) -> None:
        """After the master was started again: until the worker has come back to it by itself."""
        wait_until(self._registered, "a worker is alive", timeout, every=0.1)

    def _registered(self) -> bool:
        return any(worker["state"] == "ALIVE" and worker["webuiaddress"] == self.worker_ui for worker in self.state().get("workers", []))

    def conf(self) -> list[str]:
        """Arguments of spark-submit for a small job on this cluster, its events where the history server reads them."""
        return ["--master", self.url, "--conf", "spark.cores.max=1", "--conf", "spark.executor.memory=512m", "--conf", f"spark.executor.extraJavaOptions={self.spark.java_options}",
                "--conf", "spark.eventLog.enabled=true", "--conf", f"spark.eventLog.dir={self.events.as_uri()}"]


def properties(values: dict[str, str]) -> str:
    """As Java options."""
    return " ".join(f"-D{name}={value}" for name, value in values.items())
