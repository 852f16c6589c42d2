"""The driver where it runs on a cluster instead of on this host: its result goes through Hadoop's file system, its end decides what the cluster says."""
from __future__ import annotations

import json

import pytest
import requests

from integration.spark import models
from integration.spark.driver_job import DriverJob, asset
from sandbox.process import wait_until
from sandbox.spark import Spark

MODULE = {"features/shouting.py": "def shout(text):\n    return text.upper()\n"}  # without __init__.py: a namespace package
RAISING = "def score(i, o, m):\n    raise ValueError('boom')\n"


@pytest.fixture
def cluster_job(tmp_path):
    """A job whose result has a URL instead of a path, as the runtime lays it out for cluster modes."""
    return lambda source, url, **more: DriverJob(tmp_path / "job", source, resultPath=None, applicationPath=None, resultUrl=url, **more)


def on_yarn(hadoop, spark: Spark, job: DriverJob):
    packed = job.pack({"model_source_code.py": (job.folder / "model_source_code.py").read_text(), "data/cuts.csv": "1,2", **MODULE})
    shipped = ["--py-files", f"{job.folder}/model_source_code.py,{job.folder}/model_job_metadata.py", "--files", str(packed)]
    return spark.submit(*hadoop.submit_arguments(spark, "cluster"), "--conf", f"spark.yarn.tags={job.metadata['tag']}", *shipped, job.driver, cwd=job.folder, HADOOP_CONF_DIR=str(hadoop.conf))


def on_hdfs(hadoop, path: str) -> dict:
    answer = requests.get(f"{hadoop.webhdfs}/webhdfs/v1{path}?op=OPEN", timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def test_yarn_cluster_mode(hadoop, cluster_job):
    """The model finds its sibling files in the container, its functions and modules reach the executors, its result is on HDFS."""
    job = cluster_job(models.OF_CLUSTERS, f"{hadoop.fs}/slipway/ok/result.json", expectedMaster="yarn", tag="mmj-1111111111111111-1", modules=[*MODULE],
                      outputs=[asset("out", f"{hadoop.fs}/slipway/ok/out")])
    done = on_yarn(hadoop, Spark("4.3"), job)
    application, = hadoop.applications(job.metadata["tag"])
    assert (done.returncode, application["finalStatus"]) == (0, "SUCCEEDED"), application["diagnostics"] + done.stderr.decode()[-4000:]
    result = on_hdfs(hadoop, "/slipway/ok/result.json")
    assert result["outcome"] == "returned" and result["applications"][0]["id"] == application["id"] and result["applications"][0]["master"] == "yarn"
    listed = requests.get(f"{hadoop.webhdfs}/webhdfs/v1/slipway/ok?op=LISTSTATUS", timeout=30).json()["FileStatuses"]["FileStatus"]
    assert sorted(one["pathSuffix"] for one in listed) == ["out", "result.json"]
    assert requests.get(f"{hadoop.webhdfs}/webhdfs/v1/slipway/ok/out/part-00000?op=OPEN", timeout=30).content == b"A!\nB!\n"


def test_a_failed_model_fails_the_yarn_application(hadoop, cluster_job):
    job = cluster_job(RAISING, f"{hadoop.fs}/slipway/failed/result.json", expectedMaster="yarn", tag="mmj-2222222222222222-1")
    done = on_yarn(hadoop, Spark("3.5"), job)
    application, = hadoop.applications(job.metadata["tag"])
    assert (done.returncode, application["finalStatus"]) == (1, "FAILED")
    assert "boom" in json.dumps(on_hdfs(hadoop, "/slipway/failed/result.json")["error"])


@pytest.mark.parametrize("source,state,outcome", [(models.OF_CLUSTERS, "FINISHED", "returned"), (RAISING, "FAILED", "raised")], ids=["returned", "raised"])
def test_standalone_cluster_mode_by_the_rest_server(spark_cluster, cluster_job, tmp_path, source, state, outcome):
    """The master tells no exit status of a Python driver: the result does."""
    job = cluster_job(source, files={"data/cuts.csv": "1,2", **MODULE}, modules=[*MODULE], url=(tmp_path / "result.json").as_uri(), expectedMaster=spark_cluster.url, outputs=[asset("out", (tmp_path / "out").as_uri())])
    spark = spark_cluster.spark
    request = {"action": "CreateSubmissionRequest", "appResource": "", "clientSparkVersion": spark.version, "mainClass": "org.apache.spark.deploy.SparkSubmit",
               "appArgs": [*spark_cluster.conf(), "--name", job.metadata["tag"], "--conf", "spark.ui.enabled=false", job.driver],
               "environmentVariables": {"SPARK_ENV_LOADED": "1", "PYSPARK_PYTHON": str(spark.python), "SPARK_LOCAL_IP": "127.0.0.1"},
               "sparkProperties": {"spark.app.name": job.metadata["tag"], "spark.master": spark_cluster.url, "spark.driver.memory": "512m", "spark.driver.cores": "1", "spark.driver.supervise": "false",
                                   "spark.driver.extraJavaOptions": spark.java_options}}
    created = requests.post(f"{spark_cluster.rest_url}/v1/submissions/create", json=request, timeout=30).json()
    assert created["success"], created
    status = f"{spark_cluster.rest_url}/v1/submissions/status/{created['submissionId']}"
    ended = wait_until(lambda: (found := requests.get(status, timeout=30).json().get("driverState")) in ("FINISHED", "FAILED", "ERROR", "KILLED") and found, "the driver has ended", 300, every=0.2)
    result = json.loads((tmp_path / "result.json").read_text())
    assert (ended, result["outcome"]) == (state, outcome)
    if outcome == "returned":
        assert result["applications"][0]["master"] == spark_cluster.url and result["applications"][0]["id"] in [one["id"] for one in spark_cluster.applications()]
