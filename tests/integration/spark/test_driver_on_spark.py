"""The driver by real spark-submit, on both versions: sessions of every kind, application ids, results, statuses.

What can share a JVM does: see batch.py.
"""
from __future__ import annotations

import re
import signal
import subprocess

import pytest

from integration.spark import models
from integration.spark.driver_job import DriverJob, Ran, asset, run_batch
from sandbox.process import Process, wait_until
from sandbox.spark import VERSIONS, Spark

METRICS = {"jobType": "MODEL_BATCH_TEST_JOB", "function": "metrics"}
ELSEWHERE = "spark://cluster.example:7077"
BATCH = {
    "session": (models.SESSION, {}), "at-import": (models.AT_IMPORT, {}), "old-style": (models.OLD_STYLE, {}), "two": (models.TWO_IN_A_ROW, {}), "task": (models.FAILING_TASK, {}),
    "rows": (models.ROWS, METRICS), "own-master": (models.OWN_MASTER, {"expectedMaster": ELSEWHERE}), "caught-master": (models.CAUGHT_MASTER, {"expectedMaster": ELSEWHERE}),
    "warned-master": (models.OWN_MASTER, {"expectedMaster": ELSEWHERE, "onOwnMaster": "warn"}), "other-local": (models.OWN_MASTER, {"expectedMaster": "local[4]"}),
    "url-no-session": (models.NO_SESSION, {"resultPath": None, "applicationPath": None, **METRICS}), "url-stopped": (models.SESSION, {"resultPath": None, "applicationPath": None})}


@pytest.fixture(scope="module", params=VERSIONS)
def spark(request) -> Spark:
    return Spark(request.param)


@pytest.fixture(scope="module")
def batch(spark, tmp_path_factory) -> dict[str, Ran]:
    """All of BATCH, run."""
    top = tmp_path_factory.mktemp(f"batch-{spark.version}")
    jobs = {}
    for name, (source, metadata) in BATCH.items():
        url = (top / name / "hadoop/result.json").as_uri() if metadata.get("resultPath", "") is None else None
        jobs[name] = DriverJob(top / name, source, resultUrl=url, outputs=[asset("out", (top / name / "out").as_uri())], **metadata)
    return run_batch(spark, jobs, top)


def test_a_session_with_its_own_name(batch):
    ran = batch["session"]
    assert (ran.status, ran.err, ran.result["outcome"]) == (0, "", "returned")
    application = ran.result["applications"][0]
    assert ran.out == f"NAME my own name {application['id']}\n"
    assert sorted(line for part in (ran.folder / "out").glob("part-*") for line in part.read_text().split()) == ["A!", "B!"] and (ran.folder / "out/_SUCCESS").exists()
    assert ran.result["startedAt"] <= application["startedAt"] <= ran.result["endedAt"]
    assert ran.application == {"version": 1, "tag": ran.job.metadata["tag"], "applications": [{"id": application["id"], "master": "local[1]", "trackingUrl": None, "startedAt": application["startedAt"]}]}


def test_a_session_opened_at_import_and_never_stopped(batch):
    ran = batch["at-import"]
    assert (ran.status, ran.err) == (0, "") and ran.out == f"COUNT 10 {ran.application['applications'][0]['id']}\n"


def test_a_context_of_the_old_style(batch):
    ran = batch["old-style"]
    assert (ran.status, ran.out, ran.err) == (0, "SUM 45\n", "") and ran.result["outcome"] == "returned" and ran.application["applications"][0]["id"].startswith("local-")


def test_every_context_is_told(batch):
    ran = batch["two"]
    ids = [one["id"] for one in ran.application["applications"]]
    assert ran.out == "".join(f"APP {each}\n" for each in ids) and len(set(ids)) == 2 and ran.result["applications"] == ran.application["applications"]


def test_a_failing_task_is_a_failure(batch):
    ran = batch["task"]
    assert ran.status == 1 and ran.result["outcome"] == "raised" and ran.result["error"]["type"] in ("py4j.protocol.Py4JJavaError", "pyspark.errors.exceptions.captured.PythonException") and "ZeroDivisionError" in ran.result["error"]["message"]
    assert ran.err.startswith("Traceback (most recent call last):\n") and "in score" in ran.err and len(ran.result["applications"]) == 1


def test_rows_are_values_and_frames_are_not(batch):
    ran = batch["rows"]
    assert ran.result["values"] == [{"name": "a", "ks": 0.5}, {"name": "b", "ks": None}]
    assert ran.result["notes"][0] == "values[1].ks is nan: null instead" and re.fullmatch(r"values\[2\] is left out: values\[2\] is a pyspark\.sql\.\S*DataFrame, which is not JSON", ran.result["notes"][1])


@pytest.mark.parametrize("name,out,found", [("own-master", "", "local"), ("caught-master", "CAUGHT OwnMaster\n", "local[2]")])
def test_a_model_on_its_own_master_is_refused(batch, name, out, found):
    ran = batch[name]
    assert (ran.status, ran.out, ran.result["outcome"], ran.result["error"]["type"]) == (1, out, "raised", "OwnMaster")
    assert ran.result["error"]["message"] == f"the model opened its session on {found}, but this job is for {ELSEWHERE}: take the master out of the source"
    assert ran.err == f"OwnMaster: {ran.result['error']['message']}\n" and ran.application["applications"][0]["master"] == found


def test_a_model_on_its_own_master_is_tolerated_by_setting(batch):
    ran = batch["warned-master"]
    assert (ran.status, ran.out, ran.result["outcome"]) == (0, "SUM 45\n", "returned") and ran.result["notes"][0].startswith(f"the model opened its session on local, but this job is for {ELSEWHERE}")


def test_other_cores_of_the_same_host_are_no_other_master(batch):
    ran = batch["other-local"]
    assert (ran.status, ran.result["outcome"], ran.result["notes"]) == (0, "returned", ["the model asked for local itself, the runtime's master is local[4]"])


def test_a_result_by_hadoop_without_any_session(batch):
    ran = batch["url-no-session"]
    assert (ran.status, ran.err) == (0, "") and ran.result["values"] == [{"auc": 0.7}] and ran.result["applications"] == []
    assert sorted(path.name for path in (ran.folder / "hadoop").iterdir() if not path.name.startswith(".")) == ["result.json"]


def test_a_result_by_hadoop_after_the_session_was_stopped(batch):
    ran = batch["url-stopped"]
    assert (ran.status, ran.err, ran.result["outcome"], len(ran.result["applications"])) == (0, "", "returned", 1)


def test_a_thread_of_the_jvm_does_not_keep_the_model(spark, tmp_path):
    """Case 1, and the way a job takes without a batch. Before 4.1 Spark has no such setting: the result is there, ending the rest is the runtime's."""
    job = DriverJob(tmp_path / "job", models.KEEPALIVE)
    child = spark.launch("--master", "local[1]", "--name", job.metadata["tag"], "--conf", "spark.submit.callSystemExitOnMainExit=true", job.driver, cwd=tmp_path, log=tmp_path / "log")
    result = wait_until(job.result, "the driver reports", 120)
    wait_until(lambda: not alive(child.pid, job.driver), "the model's Python is gone")
    assert result["outcome"] == "returned" and f"COUNT 5 {result['applications'][0]['id']}\n" in child.output()
    if spark.version == "3.5":
        assert child.running()
        child.kill()
    else:
        assert child.child.wait(30) == 0


def test_statuses_go_through_spark_submit(spark, tmp_path):
    job = DriverJob(tmp_path / "job", "import sys\ndef score(i, o, m):\n    sys.exit(3)\n")
    assert spark.submit("--master", "local[1]", job.driver).returncode == 3 and job.result()["exitCode"] == 3


def test_sigterm_to_the_whole_group(spark, tmp_path):
    job = DriverJob(tmp_path / "job", "import time\ndef score(i, o, m):\n    print('there')\n    time.sleep(600)\n")
    child: Process = spark.launch("--master", "local[1]", job.driver, log=tmp_path / "log")
    wait_until(lambda: "there" in child.output(), "the model runs", 90)
    child._signal(signal.SIGTERM)
    assert child.child.wait(30) == 143 and job.result() is None
    assert not alive(child.pid, job.driver)


def alive(group: int, driver: str) -> bool:
    """Whether a Python with this driver runs in the process group; spark-submit's own JVM, which has it among its arguments, is none."""
    found = subprocess.run(["pgrep", "-a", "-g", str(group), "-f", driver], capture_output=True, text=True).stdout.splitlines()
    return any("python" in line.split()[1] for line in found)
