"""What `./dev run --spark` adds: a standalone Spark cluster, a runtime on it, the sample model and one job of it."""
from __future__ import annotations

import pathlib

from sandbox import pyspark_sample
from sandbox.process import end_all_of
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.spark_cluster import SparkCluster
from sandbox.spark_runtime import SparkRuntime, machine_client, wait_job


class SparkDemo:
    """Started in `folder` beside the server that `admin` is signed in at. The runtime is the machine client `machine`, else one that is made for it; as a
    `member` of an Eureka it finds the server there."""

    def __init__(self, folder: pathlib.Path, admin: Rest, machine: dict | None = None, member: dict | None = None):
        self.folder, self.out = folder, folder / "out"
        self.out.mkdir(parents=True, exist_ok=True)
        self.admin, self.machine, self.member = admin, machine, member or {}
        self.cluster = SparkCluster(folder / "spark")
        self.runtime: SparkRuntime | None = None

    def start(self) -> "SparkDemo":
        print("Spark cluster … ", end="", flush=True)
        self.cluster.start()
        print(self.cluster.url)
        print("Spark runtime … ", end="", flush=True)
        spark = self.cluster.spark
        conf = {"--driver-memory": "512m", "--driver-java-options": spark.java_options, "spark.ui.enabled": "false", "spark.cores.max": "1",
                "spark.eventLog.enabled": "true", "spark.eventLog.dir": self.cluster.events.as_uri()}
        self.runtime = SparkRuntime(self.folder, self.admin.url, self.machine or machine_client(self.admin, "spark-runtime-1"), {
            "master": self.cluster.url, "statusUrls": [self.cluster.ui], "historyUrl": self.cluster.history_ui, "executorMemory": "512m", "sparkConf": conf,
            **({"modelManageUrl": "lb://model-manage"} if self.member else {})}, spark=spark, more=self.member).start()
        self.runtime.wait_enrolled()
        print(f"spark-runtime-1, actuator {self.runtime.url}/actuator/health")
        return self

    def train(self) -> dict:
        """Registers the sample model, makes a snapshot of it, runs its training job to the end."""
        print("training job of the sample model … ", end="", flush=True)
        source = {"assetType": "SOURCE_CODE", "assetRole": "MODEL_SOURCE", "name": pyspark_sample.SOURCE.name, "primaryModelSource": True, "sourceCode": pyspark_sample.SOURCE.read_text()}
        model = self.admin.post(f"{MODEL_MANAGE}/storedModels", {"group": "modelop", "modelMetaData": {"name": "credit-risk-pyspark", "type": "PYSPARK"}, "modelAssets": [source]})
        snapshot = self.admin.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": model["id"]}})
        job_type, inputs, outputs = pyspark_sample.assets("train", self.out)
        job = self.admin.post(f"{MODEL_MANAGE}/jobs", {"jobType": job_type, "group": "modelop", "model": {"id": snapshot["id"]}, "inputData": inputs, "outputData": outputs,
                                                       "targetEngine": {"engineType": "SPARK_RUNTIME", "name": "spark-runtime-1"}})
        done = wait_job(self.admin, job["id"], "COMPLETE", timeout=300)
        print(f"{done['jobStatus']}, {done['sparkApplication']['id']}")
        return done

    def lines(self, slipway: str, job: dict) -> str:
        """What to try next."""
        return f"""
  Spark     {self.cluster.ui} (master), {self.cluster.history_ui} (history)

    {slipway} job logs {job['id']}
    {slipway} job retry {job['id']}
    {slipway} runtime show spark-runtime-1
"""

    def stop(self) -> None:
        if self.runtime:
            self.runtime.stop()
            end_all_of(self.runtime.data / "jobs")  # what runs outlives the service, but not the sandbox
        self.cluster.stop()
