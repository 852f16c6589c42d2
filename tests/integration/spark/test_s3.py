"""Jobs of the runtime with their files on S3 (a real moto): embedded ones staged there, declared ones looked at, metrics read back.

The Spark of the tests has no S3 connector: the model reads and writes by plain HTTP.
"""
from __future__ import annotations

import base64

import pytest

from integration.spark.test_runtime import local_settings, post
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

MODEL = """import urllib.parse, urllib.request

def ask(asset, method, data=None):
    # Without signatures being checked any key will do.
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0",
               "Content-Type": "application/octet-stream"}
    url = "%s/" + urllib.parse.quote(asset["fileUrl"].split("://")[1])
    return urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers)).read()

# modelop.%s
def work(external_inputs, external_outputs, external_model_assets):
    text = ask(external_inputs[0], "GET")
    ask(external_outputs[0], "PUT", %s)
    print("read", len(text), "from", external_inputs[0]["fileUrl"])
"""


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    server = Moto(tmp_path_factory.mktemp("moto"))
    server.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def admin(tmp_path_factory, moto):
    server = Slipway(tmp_path_factory.mktemp("model-manage")).start()
    client = Rest.sign_in(server.url, "admin", PASSWORD)
    settings = {**local_settings(Spark()), "stagingUrl": "s3a://models/staging",
                "s3": {"endpointUrl": moto.url, "region": REGION, "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "readable": ["s3://models", "s3://nowhere"]}}
    runtime = SparkRuntime(tmp_path_factory.mktemp("edge"), server.url, machine_client(client, "edge-1"), settings).start()
    runtime.wait_enrolled()
    yield client
    assert SECRET_KEY not in runtime.log()
    runtime.stop()
    server.stop()


def keys(moto) -> list[str]:
    return [one["Key"] for one in moto.client("s3").list_objects_v2(Bucket="models").get("Contents", [])]


def embedded(name: str, content: bytes | None = None) -> dict:
    return {"assetType": "FILE", "filename": name, **({"fileContent": base64.b64encode(content).decode()} if content is not None else {})}


def test_embedded_files_go_up_and_come_back(admin, moto):
    identifier = post(admin, job_document(MODEL % (moto.url, "score", "text.upper()"), inputs=[embedded("in put.csv", b"a,b\n1,2\n")], outputs=[embedded("out.csv")]))
    job = wait_job(admin, identifier, "COMPLETE")
    assert any(f"read 8 from s3a://models/staging/{identifier}/" in line for line in job["jobMessages"]), job["jobMessages"]
    assert base64.b64decode(admin.get(f"{MODEL_MANAGE}/jobs/{identifier}")["outputData"][0]["fileContent"]) == b"A,B\n1,2\n"
    wait_until(lambda: not [key for key in keys(moto) if identifier in key], "nothing of it is left in the staging folder")


def test_declared_files_are_looked_at_and_metrics_become_a_test_result(admin, moto):
    moto.client("s3").put_object(Bucket="models", Key="data/in.csv", Body=b"1")
    asset = {"assetType": "EXTERNAL_FILE", "filename": "in.csv", "fileUrl": "s3a://models/data/in.csv"}
    out = {"assetType": "EXTERNAL_FILE", "filename": "m.json", "fileUrl": "s3://models/out/m.json"}
    identifier = post(admin, job_document(MODEL % (moto.url, "metrics", "b'{\"auc\": 0.9}'"), job_type="MODEL_BATCH_TEST_JOB", inputs=[asset], outputs=[out]))
    job = wait_job(admin, identifier, "COMPLETE")
    assert any("Output s3://models/out/m.json: 1 file, 12 bytes." in line for line in job["jobMessages"]), job["jobMessages"]
    assert job["outputData"][0]["fileSize"] == 12
    result, = [one for one in admin.every("modelTestResults") if one.get("jobId") == identifier]
    assert result["testResults"] == {"auc": 0.9}


def test_a_write_that_never_ended_is_an_error(admin, moto):
    s3 = moto.client("s3")
    s3.put_object(Bucket="models", Key="data/in.csv", Body=b"1")
    s3.put_object(Bucket="models", Key="table/_temporary/0/part-0", Body=b"x")
    asset = {"assetType": "EXTERNAL_FILE", "filename": "in.csv", "fileUrl": "s3a://models/data/in.csv"}
    outputs = [{"assetType": "EXTERNAL_FILE", "filename": "x", "fileUrl": "s3a://models/out/x"}, {"assetType": "EXTERNAL_FILE", "filename": "table", "fileUrl": "s3a://models/table"}]
    job = wait_job(admin, post(admin, job_document(MODEL % (moto.url, "score", "b'1'"), inputs=[asset], outputs=outputs)), "ERROR")
    assert "Output s3a://models/table is not complete: _temporary" in " ".join(job["jobMessages"])


def test_a_bucket_that_is_not_there_is_told(admin, moto):
    asset = {"assetType": "EXTERNAL_FILE", "filename": "in.csv", "fileUrl": "s3a://models/data/in.csv"}
    moto.client("s3").put_object(Bucket="models", Key="data/in.csv", Body=b"1")
    outputs = [{"assetType": "EXTERNAL_FILE", "filename": "x", "fileUrl": "s3a://models/out/x"}, {"assetType": "EXTERNAL_FILE", "filename": "y", "fileUrl": "s3a://nowhere/y"}]
    job = wait_job(admin, post(admin, job_document(MODEL % (moto.url, "score", "b'1'"), inputs=[asset], outputs=outputs)), "COMPLETE")
    assert any("Output s3a://nowhere/y is not there." in line for line in job["jobMessages"]), job["jobMessages"]
