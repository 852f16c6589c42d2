"""Transform and training jobs and endpoint configurations made in moto: filled, checked, one through faults and kills, followed, stopped."""
import json

import pytest

from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem
from sandbox.server import PASSWORD

JOBS = f"{MODEL_MANAGE}/jobs"
MODEL = "customer-segments"
ENDED = ("COMPLETE", "ERROR", "CANCELLED")


@pytest.fixture
def own(make_server):
    """A server of the test's own with the model imported."""
    server = make_server(config={"sagemaker-service": {"limits": {"bounded": {"instanceTypes": ["ml.m5.large"]}}}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.model = admin.import_model(MODEL)["storedModelId"]
    admin.server, admin.snapshot = server, admin.every("deployableModels")[0]
    return admin


def make(rest: Rest, **more) -> dict:
    return rest.post(JOBS, {"jobType": "MODEL_BATCH_JOB", "model": {"id": rest.snapshot["id"]}, **more})


def ended(rest: Rest, job: dict) -> dict:
    def look():
        found = rest.get(f"{JOBS}/{job['id']}")
        return found if found["jobStatus"] in ENDED else None
    return wait_until(look, "the job ends", 60)


def named(moto, name: str) -> list[str]:
    """Jobs of that name, page by page: moto filters a page after it was cut."""
    pages = moto.client("sagemaker").get_paginator("list_transform_jobs").paginate()
    return [one["TransformJobName"] for page in pages for one in page["TransformJobSummaries"] if one["TransformJobName"] == name]


def test_a_transform_job_is_made_and_followed(own, moto):
    defaults = own.get(f"{SAGEMAKER}/jobDefaults", params={"storedModelId": own.model, "kind": "transform"})["jobParameters"]
    assert defaults["ModelName"] == MODEL and "TransformJobName" not in defaults
    job = make(own)
    name = job["jobParameters"]["TransformJobName"]
    assert job["jobStatus"] == "CREATED" and job["sageMaker"]["status"] == "Planned" and job["sageMaker"]["name"] == name
    done = ended(own, job)
    assert done["jobStatus"] == "COMPLETE" and done["sageMaker"]["arn"] and "TransformJobs" in done["sageMaker"]["logsUrl"]
    assert done["inputData"][0]["fileUrl"] == defaults["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    assert named(moto, name) == [name]
    before = len(own.every("jobs"))
    own.import_model(MODEL)
    assert len(own.every("jobs")) == before, "an import finds the job that was made here"


def test_what_a_job_wrote_is_listed(own, moto):
    job = make(own)
    path = f"{JOBS}/{job['id']}/outputs"
    place = job["jobParameters"]["TransformOutput"]["S3OutputPath"].rstrip("/")
    bucket, prefix = place.removeprefix("s3://").split("/", 1)
    s3 = moto.client("s3")
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        missing = own.get(path)
        assert missing["objects"] == [] and bucket in missing["problems"][0]["message"]
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    for name, content in (("a b.csv.out", b"0.1\n"), ("part/b.out", b"")):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)
    s3.put_object(Bucket=bucket, Key=f"{prefix}-of-others", Body=b"x")
    first = own.get(path, params={"size": 1})
    assert [(one["key"], one["size"]) for one in first["objects"]] == [(f"{prefix}/a b.csv.out", 4)] and first["problems"] == []
    second = own.get(path, params={"size": 1, "after": first["next"]})
    assert [one["url"] for one in second["objects"]] == [f"{place}/part/b.out"] and "next" not in second
    listed = own.server.cli("job", "outputs", job["id"], "-o", "name", token=own.token)
    assert listed.stdout.splitlines() == [f"{place}/a b.csv.out", f"{place}/part/b.out"], listed.stderr
    own.refused("GET", path, 400, params={"size": "many"})
    own.refused("GET", path, 400, params={"after": "x"})
    own.new_user(["other"]).refused("GET", path, 404)


@pytest.mark.parametrize("fault", ["reset", "error", "throttle"])
def test_one_job_whatever_happens_to_the_call(own, moto, proxy, fault):
    proxy.fault(fault, "CreateTransformJob", times=1)
    job = make(own)
    assert ended(own, job)["jobStatus"] == "COMPLETE"
    assert len(named(moto, job["jobParameters"]["TransformJobName"])) == 1


def test_one_job_through_a_kill(own, moto, proxy):
    proxy.fault("hold", "CreateTransformJob", times=1)
    job = make(own)
    proxy.wait_held()
    own.server.kill()
    proxy.restore()
    own.server.start()
    again = Rest.sign_in(own.server.url, "admin", PASSWORD)
    assert ended(again, job)["jobStatus"] == "COMPLETE"
    assert len(named(moto, job["jobParameters"]["TransformJobName"])) == 1
    assert len([row for row in again.every("jobs") if row["id"] == job["id"]]) == 1


@pytest.fixture
def endless(moto, life):
    """Transform jobs run until they are stopped."""
    life.script("transform-job", seconds=None)
    return moto


def test_a_running_job_is_stopped(own, endless, proxy):
    job = make(own)
    path, name = f"{JOBS}/{job['id']}", job["jobParameters"]["TransformJobName"]
    wait_until(lambda: own.get(path)["jobStatus"] == "RUNNING", "the job runs", 60)
    proxy.fault("lost", "StopTransformJob", times=1)  # it stops, and the answer is lost
    cancelled = own.server.cli("job", "cancel", job["id"], "-o", "json", token=own.token)
    assert cancelled.returncode == 0 and json.loads(cancelled.stdout)["cancelRequested"]["by"] == "admin", cancelled.stdout + cancelled.stderr
    done = ended(own, job)
    assert done["jobStatus"] == "CANCELLED" and done["sageMaker"]["status"] == "Stopped", done["jobMessages"]
    assert endless.client("sagemaker").describe_transform_job(TransformJobName=name)["TransformJobStatus"] == "Stopped"
    told = len(proxy.carried_out("StopTransformJob"))
    assert told >= 1
    assert own.server.cli("job", "cancel", job["id"], token=own.token).returncode == 0 and own.get(path)["jobStatus"] == "CANCELLED"
    assert len(proxy.carried_out("StopTransformJob")) == told, "it has ended"


def test_what_aws_refuses_is_told(own, proxy):
    with proxy.faulting("denied", "CreateTransformJob"):
        job = ended(own, make(own))
    assert job["jobStatus"] == "ERROR" and "sagemaker:CreateTransformJob" in job["sageMaker"]["failureReason"]
    assert any("sagemaker:CreateTransformJob" in line for line in job["jobMessages"])


def test_wrong_wishes_are_named_by_their_field(own):
    snapshot = {"id": own.snapshot["id"]}
    for parameters, pointer in [({"TransformJobName": "a_b"}, "/jobParameters/TransformJobName"), ({"MaxPayloadInMB": 200}, "/jobParameters/MaxPayloadInMB"),
                                ({"TransformResources": {"InstanceType": "large", "InstanceCount": 1}}, "/jobParameters/TransformResources/InstanceType"),
                                ({"Nonsense": 1}, "/jobParameters/Nonsense")]:
        told = own.refused("POST", JOBS, 400, json={"jobType": "MODEL_BATCH_JOB", "model": snapshot, "jobParameters": parameters})
        assert [error["pointer"] for error in told["errors"]] == [pointer]
    own.refused("POST", JOBS, 400, json={"jobType": "MODEL_BATCH_JOB", "model": snapshot, "targetEngine": {"engineType": "SAGEMAKER_RUNTIME", "name": "e"}})
    own.refused("GET", f"{SAGEMAKER}/jobDefaults", 400, params={"storedModelId": own.model, "kind": "other"})


def test_a_group_stays_within_its_limits(own):
    ana = own.new_user(["bounded"])
    ana.import_model(MODEL, group="bounded")
    snapshot = ana.every("deployableModels")[0]
    told = problem(ana.send("POST", JOBS, json={"jobType": "MODEL_BATCH_JOB", "model": {"id": snapshot["id"]},
                                                "jobParameters": {"TransformResources": {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1}}}), 403, "OUTSIDE_LIMITS")
    assert told["errors"][0]["pointer"] == "/jobParameters/TransformResources/InstanceType"
    variants = [{"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 1}]
    body = {"storedModel": {"id": snapshot["storedModel"]["id"]}, "sageMaker": {"productionVariants": variants}}
    problem(ana.send("POST", f"{MODEL_MANAGE}/deployableModels", json=body), 403, "OUTSIDE_LIMITS")


def test_a_configuration_is_made_for_a_snapshot(own, moto, proxy):
    proxy.fault("reset", "CreateEndpointConfig", times=1)
    made = own.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": own.model}, "sageMaker": {"productionVariants": [{"InstanceType": "ml.m5.large"}]}})
    assert made["sageMaker"]["status"] == "Planned"
    path = f"{MODEL_MANAGE}/deployableModels/{made['id']}"
    done = wait_until(lambda: own.get(path) if own.get(path)["sageMaker"].get("arn") else None, "the configuration is there", 60)
    name = done["sageMaker"]["name"]
    assert moto.client("sagemaker").describe_endpoint_config(EndpointConfigName=name)["EndpointConfigArn"] == done["sageMaker"]["arn"]
    before = len(own.every("deployableModels"))
    own.import_model(MODEL)
    assert len(own.every("deployableModels")) == before
    moto.client("sagemaker").delete_endpoint_config(EndpointConfigName=name)


def test_by_the_command_line(own):
    done = own.server.cli("job", "create", "--snapshot", own.snapshot["metaData"]["name"], "--to", "s3://batch/scores/by-hand/", "--instance-type", "ml.c5.xlarge",
                          "--wait", "-o", "json", token=own.token)
    assert done.returncode == 0, done.stdout + done.stderr
    job = json.loads(done.stdout)
    assert job["jobStatus"] == "COMPLETE" and job["jobParameters"]["TransformResources"]["InstanceType"] == "ml.c5.xlarge"
    assert job["outputData"][0]["fileUrl"] == "s3://batch/scores/by-hand/"
    again = own.server.cli("job", "retry", job["id"], "-o", "json", token=own.token)
    retried = json.loads(again.stdout)
    assert retried["retryOf"] == job["id"] and retried["jobParameters"]["TransformJobName"] != job["jobParameters"]["TransformJobName"]
