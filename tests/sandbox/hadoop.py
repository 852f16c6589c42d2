"""HDFS and YARN as their stock daemons, each in a JVM of its own, straight from the jars in build/peers/hadoop. Loopback and free ports only.

The scripts and the web pages of a Hadoop distribution are not in the jars; empty folders stand for the pages, the REST calls
need no more.
"""
from __future__ import annotations

import os
import pathlib
import subprocess
from xml.sax.saxutils import escape

from sandbox.daemon import Daemon, get_json
from sandbox.process import free_port, wait_until
from sandbox.server import clean_environment
from sandbox.spark import JAVA_HOME, PEERS, Spark

LIB = PEERS / "hadoop/lib"
JAVA_OPTIONS = ["-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.net.preferIPv4Stack=true", "--add-opens=java.base/java.lang=ALL-UNNAMED"]
LOG4J = """log4j.rootLogger=INFO,c
log4j.appender.c=org.apache.log4j.ConsoleAppender
log4j.appender.c.layout=org.apache.log4j.PatternLayout
log4j.appender.c.layout.ConversionPattern=%d{HH:mm:ss} %p %c{1}: %m%n
"""


class Hadoop:
    """`namenode`, `datanode`, `resourcemanager`, `nodemanager` and `jobhistory` start, stop and die alone, always on the same ports."""

    # Of a secured cluster: sandbox.secure_hadoop.
    java_options: list[str] = []
    more: dict[str, dict] = {}

    def get(self, url: str):
        """The body of a successful GET; None while nobody answers."""
        return get_json(url)


    def __init__(self, folder: pathlib.Path):
        assert LIB.is_dir(), f"{LIB} is missing: ./dev setup"
        self.folder, self.conf = folder, folder / "conf"
        for made in (self.conf, folder / "logs", *(folder / "web/webapps" / page for page in ("hdfs", "datanode", "secondary", "journal", "static"))):
            made.mkdir(parents=True, exist_ok=True)
        self.ports = {name: free_port() for name in (
            "namenode", "namenode-http", "datanode", "datanode-http", "datanode-ipc", "rm", "rm-scheduler", "rm-tracker", "rm-admin", "rm-http",
            "nm", "nm-localizer", "nm-http", "nm-collector", "history", "history-http", "history-admin")}
        at = {name: f"localhost:{port}" for name, port in self.ports.items()}
        self.fs, self.webhdfs = f"hdfs://{at['namenode']}", f"http://{at['namenode-http']}"
        self.rm, self.nm, self.history = (f"http://{at[name]}" for name in ("rm-http", "nm-http", "history-http"))
        self._configure(at)
        self.namenode = self._daemon("namenode", "hdfs.server.namenode.NameNode", lambda: self.get(f"{self.webhdfs}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState"))
        self.datanode = self._daemon("datanode", "hdfs.server.datanode.DataNode", self._datanode_ready)
        self.resourcemanager = self._daemon("resourcemanager", "yarn.server.resourcemanager.ResourceManager", lambda: self.get(f"{self.rm}/ws/v1/cluster/info"))
        self.nodemanager = self._daemon("nodemanager", "yarn.server.nodemanager.NodeManager", self._nodemanager_ready)
        self.jobhistory = self._daemon("jobhistory", "mapreduce.v2.hs.JobHistoryServer", lambda: self.get(f"{self.history}/ws/v1/history/info"))

    def start(self) -> "Hadoop":
        """All five; back once data can be written and applications can run."""
        self.resourcemanager.launch()
        self.format()
        for daemon in (self.namenode, self.datanode, self.nodemanager):
            daemon.launch()
        self.namenode.wait()
        self.jobhistory.launch()
        for daemon in (self.resourcemanager, self.nodemanager, self.datanode, self.jobhistory):
            daemon.wait()
        return self

    def format(self) -> None:
        """Makes an empty file system, once."""
        if (self.folder / "tmp/dfs/name/current").exists():
            return
        done = subprocess.run(self._java("hdfs.server.namenode.NameNode", "-format", "-nonInteractive"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment(), cwd=self.folder, timeout=120)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

    def stop(self) -> None:
        for daemon in (self.jobhistory, self.nodemanager, self.resourcemanager, self.datanode, self.namenode):
            daemon.stop()

    def environment(self) -> dict[str, str]:
        return clean_environment(JAVA_HOME=str(JAVA_HOME), HADOOP_CONF_DIR=str(self.conf))

    def submit_arguments(self, spark: Spark, deploy_mode: str = "client") -> list[str]:
        """Arguments of spark-submit for a small job here; its environment needs HADOOP_CONF_DIR=`conf` as well."""
        values = {"spark.yarn.jars": f"local:{spark.home}/jars/*", "spark.executor.instances": "1", "spark.executor.memory": "512m", "spark.yarn.am.memory": "512m",
                  "spark.yarn.maxAppAttempts": "1", "spark.yarn.report.interval": "500ms", "spark.executor.extraJavaOptions": spark.java_options, "spark.yarn.appMasterEnv.PYSPARK_PYTHON": str(spark.python),
                  "spark.executorEnv.PYSPARK_PYTHON": str(spark.python), "spark.yarn.appMasterEnv.SPARK_LOCAL_IP": "127.0.0.1", "spark.executorEnv.SPARK_LOCAL_IP": "127.0.0.1"}
        return ["--master", "yarn", "--deploy-mode", deploy_mode, *(part for name, value in values.items() for part in ("--conf", f"{name}={value}"))]

    def applications(self, tag: str | None = None) -> list[dict]:
        """What the ResourceManager knows, by tag where one is given."""
        found = self.get(f"{self.rm}/ws/v1/cluster/apps" + (f"?applicationTags={tag}" if tag else "")) or {}
        return (found.get("apps") or {}).get("app") or []

    def wait_for_node(self, timeout: float = 60) -> None:
        """After the ResourceManager was started again: until the NodeManager has come back to it by itself."""
        wait_until(self._nodemanager_ready, "a NodeManager is active", timeout, every=0.1)

    def _datanode_ready(self) -> bool:
        state = self.get(f"{self.webhdfs}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState") or {"beans": []}
        return any(bean.get("NumLiveDataNodes") == 1 for bean in state["beans"]) and bool(self.get(f"{self.webhdfs}/webhdfs/v1/?op=LISTSTATUS"))

    def _nodemanager_ready(self) -> bool:
        metrics = self.get(f"{self.rm}/ws/v1/cluster/metrics")
        return bool(metrics) and metrics["clusterMetrics"]["activeNodes"] == 1

    def _java(self, main: str, *arguments: str) -> list[str]:
        options = [f"-Dhadoop.home.dir={self.folder}", f"-Dhadoop.log.dir={self.folder}/logs", f"-Dyarn.log.dir={self.folder}/logs"]
        return [str(JAVA_HOME / "bin/java"), *JAVA_OPTIONS, *self.java_options, *options, "-cp", os.pathsep.join((str(self.conf), str(self.folder / "web"), f"{LIB}/*")), f"org.apache.hadoop.{main}", *arguments]

    def _daemon(self, name: str, main: str, ready) -> Daemon:
        return Daemon(name, self._java(main), self.folder / "logs" / f"{name}.log", self.environment(), ready, self.folder)

    def _configure(self, at: dict[str, str]) -> None:
        user = os.environ.get("USER") or "root"
        self._write("core-site.xml", {
            "fs.defaultFS": self.fs, "hadoop.tmp.dir": self.folder / "tmp", "hadoop.http.staticuser.user": user, "ipc.client.connect.max.retries": 3,
            "hadoop.proxyuser.root.hosts": "*", "hadoop.proxyuser.root.groups": "*"})
        self._write("hdfs-site.xml", {
            "dfs.replication": 1, "dfs.namenode.rpc-bind-host": "127.0.0.1", "dfs.namenode.http-address": at["namenode-http"], "dfs.namenode.safemode.extension": 0,
            "dfs.datanode.address": loopback(at["datanode"]), "dfs.datanode.http.address": loopback(at["datanode-http"]), "dfs.datanode.ipc.address": loopback(at["datanode-ipc"]),
            "dfs.datanode.hostname": "localhost", "dfs.blocksize": 16777216, "dfs.namenode.fs-limits.min-block-size": 1024})
        self._write("yarn-site.xml", {
            "yarn.resourcemanager.hostname": "localhost", "yarn.resourcemanager.bind-host": "127.0.0.1", "yarn.resourcemanager.address": at["rm"],
            "yarn.resourcemanager.scheduler.address": at["rm-scheduler"], "yarn.resourcemanager.resource-tracker.address": at["rm-tracker"],
            "yarn.resourcemanager.admin.address": at["rm-admin"], "yarn.resourcemanager.webapp.address": at["rm-http"],
            "yarn.resourcemanager.connect.retry-interval.ms": 500, "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 200,
            "yarn.nodemanager.hostname": "localhost", "yarn.nodemanager.bind-host": "127.0.0.1", "yarn.nodemanager.address": at["nm"],
            "yarn.nodemanager.localizer.address": at["nm-localizer"], "yarn.nodemanager.webapp.address": at["nm-http"],
            "yarn.nodemanager.collector-service.address": at["nm-collector"], "yarn.nodemanager.resource.memory-mb": 8192, "yarn.nodemanager.resource.cpu-vcores": 4,
            "yarn.scheduler.minimum-allocation-mb": 256, "yarn.nodemanager.vmem-check-enabled": "false", "yarn.nodemanager.pmem-check-enabled": "false",
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "100.0", "yarn.log-aggregation-enable": "true",
            "yarn.am.liveness-monitor.expiry-interval-ms": 240000, "yarn.nodemanager.env-whitelist": "JAVA_HOME,PYSPARK_PYTHON,SPARK_HOME,SPARK_LOCAL_IP",
            "yarn.log.server.url": f"{self.history}/jobhistory/logs"})
        self._write("mapred-site.xml", {
            "mapreduce.jobhistory.address": at["history"], "mapreduce.jobhistory.webapp.address": at["history-http"],
            "mapreduce.jobhistory.admin.address": at["history-admin"], "mapreduce.jobhistory.bind-host": "127.0.0.1"})
        self._write("capacity-scheduler.xml", {
            "yarn.scheduler.capacity.root.queues": "default", "yarn.scheduler.capacity.root.default.capacity": 100, "yarn.scheduler.capacity.maximum-am-resource-percent": "1.0"})
        (self.conf / "log4j.properties").write_text(LOG4J)

    def _write(self, name: str, values: dict) -> None:
        rows = "".join(f"  <property><name>{key}</name><value>{escape(str(value))}</value></property>\n" for key, value in (values | self.more.get(name, {})).items())
        (self.conf / name).write_text(f"<configuration>\n{rows}</configuration>\n")


def loopback(address: str) -> str:
    return address.replace("localhost", "127.0.0.1")
