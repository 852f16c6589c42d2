"""The sample model of `./dev run --spark`: trained, then scoring and measuring with what was trained."""
import csv
import pathlib

import pytest

from integration.spark.driver_job import DriverJob, Ran, run_batch
from sandbox import pyspark_sample
from sandbox.spark import VERSIONS, Spark


@pytest.fixture(scope="module", params=VERSIONS)
def ran(request, tmp_path_factory) -> dict[str, Ran]:
    folder = tmp_path_factory.mktemp(f"sample-{request.param}")
    jobs = {}
    for function in pyspark_sample.JOBS:
        job_type, inputs, outputs = pyspark_sample.assets(function, folder / "out")
        jobs[function] = DriverJob(folder / function, pyspark_sample.SOURCE.read_bytes(), jobType=job_type, function=function, initFunction=pyspark_sample.INIT, inputs=inputs, outputs=outputs,
                                   modelAssets=[] if function == "train" else [pyspark_sample.trained(folder / "out")])
    done = run_batch(Spark(request.param), jobs, folder)
    assert {name: (one.status, one.err, one.result["outcome"]) for name, one in done.items()} == dict.fromkeys(jobs, (0, "", "returned"))
    return done


def rows(ran: Ran) -> list[dict]:
    """What a job has written, all parts together."""
    folder = pathlib.Path(ran.job.metadata["outputs"][0]["fileUrl"].replace("file://", ""))
    return [row for part in sorted(folder.glob("part-*")) for row in csv.DictReader(part.open())]


def test_training_then_scoring(ran):
    assert ran["train"].out.endswith("trained on 600 applications, 116 of them defaulted\n")
    decisions = rows(ran["score"])
    assert len(decisions) == 200 and {row["decision"] for row in decisions} == {"APPROVE", "REVIEW"} and {row["reason"] for row in decisions} <= {"none", *"income debt_ratio utilisation delinquencies years_employed".split()}
    approved = sum(row["decision"] == "APPROVE" for row in decisions)
    assert ran["score"].out == f"scored 200 applications: {approved} approved, {200 - approved} to review\n"


def test_metrics_are_values_of_the_result(ran):
    found, = ran["metrics"].result["values"]
    assert 0.7 < found["auc"] < 0.95 and 0.3 < found["ks"] < 0.8 and found["count"] == 600 and [row["region"] for row in found["approval_rate_by_region"]] == ["east", "north", "south", "west"]
