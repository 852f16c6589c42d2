"""`./dev peers up|down NAME`: one real peer for a person to play with.

What is up is remembered in build/peers/NAME.json; `down` ends exactly that process.
"""
from __future__ import annotations

import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys

from sandbox import seed
from sandbox.daemon import Daemon
from sandbox.eureka import Eureka
from sandbox.hadoop import Hadoop
from sandbox.keycloak import Keycloak, password_of, settings
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.postgres import SCRIPT
from sandbox.process import ROOT
from sandbox.spark import JAVA_HOME, Spark
from sandbox.spark_cluster import SparkCluster

FOLDER = ROOT / "build/peers"
POSTGRES = pathlib.Path("/tmp") / f"slipway-peer-postgres-{os.getuid()}"


def moto_up() -> dict:
    moto = Moto(FOLDER)
    counts = seed.seed(moto.url)
    print(f"moto with the sandbox account {counts} at {moto.url}\n\n"
          f"  export AWS_ENDPOINT_URL={moto.url} AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} AWS_REGION={REGION}")
    return {"pid": moto.process.pid}


def moto_down(known: dict) -> None:
    try:
        command = pathlib.Path(f"/proc/{known['pid']}/cmdline").read_bytes()
    except FileNotFoundError:
        return
    if b"sandbox.moto_app" in command:  # the number may belong to somebody else by now
        os.kill(known["pid"], signal.SIGTERM)


def postgres_up() -> dict:
    url = subprocess.run([SCRIPT, "start", POSTGRES], check=True, capture_output=True, text=True).stdout.strip()
    print(f"PostgreSQL at {url}\n\n  database: {{url: \"{url}\"}}     # in slipway.yaml")
    return {"folder": str(POSTGRES)}


def postgres_down(known: dict) -> None:
    subprocess.run([SCRIPT, "stop", known["folder"]], check=True)


def spark_up() -> dict:
    cluster = SparkCluster(fresh("run-spark")).start()
    print(f"Spark {cluster.spark.version}: master {cluster.url}, REST server {cluster.rest_url}\n"
          f"  pages: master {cluster.ui}, worker {cluster.worker_ui}, history {cluster.history_ui}\n\n"
          f"  {example(cluster.spark, cluster.conf())}")
    return pids(cluster.master, cluster.worker, cluster.history)


def hadoop_up() -> dict:
    hadoop, spark = Hadoop(fresh("run-hadoop")).start(), Spark()
    print(f"HDFS {hadoop.fs}, WebHDFS {hadoop.webhdfs}\n  pages: ResourceManager {hadoop.rm}, NodeManager {hadoop.nm}, job history {hadoop.history}\n\n"
          f"  export HADOOP_CONF_DIR={hadoop.conf}\n  {example(spark, hadoop.submit_arguments(spark))}")
    return pids(hadoop.namenode, hadoop.datanode, hadoop.resourcemanager, hadoop.nodemanager, hadoop.jobhistory)


def keycloak_up() -> dict:
    keycloak = Keycloak(fresh("run-keycloak")).start()
    people = ", ".join(f"{name} / {password_of(name)}" for name in ("root", "ada", "sam"))
    print(f"Keycloak at {keycloak.issuer}\n  people: {people}\n\n  in slipway.yaml: {json.dumps({'security': settings(keycloak)})}")
    return pids(keycloak.daemon)


def eureka_up() -> dict:
    eureka = Eureka(fresh("run-eureka"))
    eureka.start(120)
    print(f"Eureka at http://127.0.0.1:{eureka.port}\n\n  {json.dumps(eureka.member())}     # in slipway.yaml")
    return pids(eureka.daemon)


def fresh(name: str) -> pathlib.Path:
    """An empty folder for the data and the logs of a peer; both stay after `down`, to look at."""
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    return FOLDER / name


def example(spark: Spark, arguments: list[str]) -> str:
    setting = {"JAVA_HOME": JAVA_HOME, "PYSPARK_PYTHON": spark.python, "SPARK_LOCAL_IP": "127.0.0.1"}
    return shlex.join(["env", *(f"{name}={value}" for name, value in setting.items()), str(spark.home / "bin/spark-submit"), *arguments]) + " model.py"


def pids(*daemons: Daemon) -> dict:
    return {"pids": {daemon.pid: started(daemon.pid) for daemon in daemons}}


def started(pid: int) -> str | None:
    """When a process began, by the kernel's clock: tells it from a later one with the same number."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return None


def servers_down(known: dict) -> None:
    """Each in its own session: what a worker or NodeManager has started ends with it."""
    for pid, began in reversed(known["pids"].items()):
        if started(int(pid)) == began:
            os.killpg(int(pid), signal.SIGTERM)


PEERS = {"moto": (moto_up, moto_down), "postgres": (postgres_up, postgres_down), "spark": (spark_up, servers_down), "hadoop": (hadoop_up, servers_down),
         "keycloak": (keycloak_up, servers_down),
         "eureka": (eureka_up, servers_down)}


def main() -> int:
    verb, name = sys.argv[1:]
    if name not in PEERS or verb not in ("up", "down"):
        print(f"./dev peers up|down {'|'.join(PEERS)}", file=sys.stderr)
        return 2
    up, down = PEERS[name]
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = FOLDER / f"{name}.json"
    if verb == "up":
        if state.exists():
            print(f"{name} is up already, or was not taken down: ./dev peers down {name}", file=sys.stderr)
            return 1
        state.write_text(json.dumps(up()))
    elif state.exists():
        down(json.loads(state.read_text()))
        state.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
