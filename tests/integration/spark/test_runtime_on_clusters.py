"""Models that live badly with sessions, by real Spark."""
from __future__ import annotations

import pytest

from integration.spark import models
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.spark import Spark
from sandbox.spark_runtime import ENDED, SparkRuntime, job_document, machine_client, wait_job

LEAN = {"--driver-memory": "512m", "spark.ui.enabled": "false"}


def engine(name: str) -> dict:
    return {"engineType": "SPARK_RUNTIME", "name": name}


def post(admin: Rest, source: str, name: str, **more) -> str:
    return admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine=engine(name), **more))["id"]


def marked(source: str) -> str:
    return source.replace("def score(", "# modelop.score\ndef score(")


def job_of(admin: Rest, identifier: str) -> dict:
    return admin.get(f"{MODEL_MANAGE}/jobs/{identifier}")


@pytest.fixture(scope="module")
def local(server, admin, tmp_path_factory):
    spark = Spark()
    settings = {"master": "local[1]", "openedOptions": list(models.JVM_STAYS), "sparkConf": LEAN | {"--driver-java-options": spark.java_options}}
    edge = SparkRuntime(tmp_path_factory.mktemp("local"), server.url, machine_client(admin, "edge-local"), settings, name="local", spark=spark).start()
    edge.wait_enrolled()
    yield edge
    edge.stop()


def test_models_that_live_badly_with_sessions(admin, local, tmp_path):
    """Cases 1, 2 and 18: a thread of the JVM that nothing ends; a context of the old style; a master of its own; partitions with any name."""
    partitions = """from pyspark.sql import SparkSession
def score(i, o, m):
    spark = SparkSession.builder.getOrCreate()
    rows = [(1, "EU", "a=b"), (2, "50%", "ä/ö"), (3, None, "x")]
    spark.createDataFrame(rows, "n int, region string, ds string").write.mode("overwrite").partitionBy("region", "ds").csv(o[0]["fileUrl"])
"""
    out = {"assetType": "EXTERNAL_FILE", "filename": "out", "fileUrl": (tmp_path / "out").as_uri()}
    jobs = {"keepalive": post(admin, marked(models.KEEPALIVE), "local"), "old": post(admin, marked(models.OLD_STYLE), "local"), "own": post(admin, marked(models.OWN_MASTER), "local"),
            "stubborn": post(admin, marked(models.KEEPALIVE), "local", parameters=models.JVM_STAYS), "partitions": post(admin, marked(partitions), "local", outputs=[out])}
    done = {name: wait_job(admin, one, *ENDED, timeout=300) for name, one in jobs.items()}
    text = {name: "\n".join(job["jobMessages"]) for name, job in done.items()}
    assert {name: job["jobStatus"] for name, job in done.items()} == {"keepalive": "COMPLETE", "old": "COMPLETE", "own": "COMPLETE", "stubborn": "COMPLETE", "partitions": "COMPLETE"}, text
    assert "COUNT 5" in text["keepalive"] and "SUM 45" in text["old"] and "asked for local itself" in text["own"]
    assert "its process goes on" in text["stubborn"] and "its process goes on" not in text["keepalive"], text
    assert all(job["sparkApplication"]["id"].startswith("local-") for job in done.values())
    parts = sorted(str(path.parent.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("part-*"))
    assert "region=__HIVE_DEFAULT_PARTITION__/ds=x" in parts and "region=EU/ds=a%3Db" in parts and len(parts) == 3
    assert done["partitions"]["outputData"][0]["fileSize"] == sum(path.stat().st_size for path in (tmp_path / "out").rglob("part-*"))
    wait_until(lambda: not list((local.data / "jobs").glob("*")), "nothing is left of them", 30)
