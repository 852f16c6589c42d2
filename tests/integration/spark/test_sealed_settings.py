"""Keys that people write into the Spark settings of a job: sealed at model-manage, and at spark-submit in the properties file alone."""
import json

import pytest

from fault.stub_spark import StubSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

KEYS = {"spark.hadoop.fs.s3a.secret.key": "sealed-canary-1", "--conf spark.app.password": "sealed-canary-2", "--conf": "spark.app.token=sealed-canary-3",
        "spark.app.signing.key": "sealed-canary-5", "--driver-java-options": "-Ddb.password=sealed-canary-6"}


@pytest.fixture
def spark(tmp_path):
    """Its spark-submit keeps the properties file that it is given, and the words on its command line."""
    stub = StubSpark(tmp_path)
    submit = stub.home / "bin/spark-submit"
    keep = f"""for word in "$@"; do echo "$word" >>'{tmp_path}/words'; [ "$last" = --properties-file ] && cat "$word" >'{tmp_path}/properties'; last=$word; done\n"""
    submit.write_text(submit.read_text().replace("#!/bin/sh\n", "#!/bin/sh\n" + keep, 1))
    return stub


def test_keys_among_the_settings_reach_spark_and_nobody_else(spark, server, admin, tmp_path):
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "sealed-edge"), {"master": "local[1]"}, name="sealed", spark=spark).start()
    try:
        runtime.wait_enrolled()
        source = "#plan end=returned\n# modelop.score\ndef action(a, b, c):\n    pass\n"
        made = admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, parameters={"--executor-memory": "1g", **KEYS}, engine={"engineType": "SPARK_RUNTIME", "name": "sealed"}))
        assert set(made["jobParameters"]) == {"--executor-memory", "credentialRef"}
        wait_until(lambda: admin.get(f"{MODEL_MANAGE}/jobs/{made['id']}")["jobStatus"] == "COMPLETE", "the job is complete", 60)
        job = admin.get(f"{MODEL_MANAGE}/jobs/{made['id']}")
    finally:
        runtime.stop()
    properties = (tmp_path / "properties").read_text()
    for number in (1, 2, 3, 5, 6):
        assert f"sealed-canary-{number}" in properties
    assert "sealed-canary" not in (tmp_path / "words").read_text(), "argv is seen by everybody"
    assert "sealed-canary" not in json.dumps(job)
    assert "sealed-canary" not in server.log() + runtime.log()
    wait_until(lambda: not list((runtime.data / "jobs").glob("*")), "nothing is left of it", 30)
    assert not [file for file in runtime.data.rglob("*") if file.is_file() and b"sealed-canary" in file.read_bytes()], "nothing stays behind"


def test_an_asset_of_the_model_with_another_key_for_the_bucket_of_the_data_ends_the_job(spark, server, admin, tmp_path):
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "bucket-edge"), {"master": "local[1]"}, name="bucket", spark=spark).start()
    try:
        runtime.wait_enrolled()
        data, weights = ({"assetType": "EXTERNAL_FILE", "name": name, "fileUrl": f"s3a://demo/{name}",
                          "repositoryInfo": {"repositoryType": "S3_REPOSITORY", "accessKey": "AKIA" + name, "secretKey": "sealed-canary-" + name}} for name in ("in.csv", "w.bin"))
        document = job_document("# modelop.score\ndef action(a, b, c):\n    pass\n", inputs=[data], assets=[weights], engine={"engineType": "SPARK_RUNTIME", "name": "bucket"})
        job = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", document)["id"], "ERROR", timeout=60)
    finally:
        runtime.stop()
    messages = "\n".join(job["jobMessages"])
    assert '"in.csv" (s3a://demo/in.csv) and "w.bin" (s3a://demo/w.bin) have different access keys' in messages and "canary" not in messages, messages
    assert not (tmp_path / "words").exists(), "spark-submit was not run"


def test_a_sealed_setting_is_under_the_rules_of_all(spark, server, admin, tmp_path):
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "ruled-edge"), {"master": "local[1]"}, name="ruled", spark=spark).start()
    try:
        runtime.wait_enrolled()
        made = admin.post(f"{MODEL_MANAGE}/jobs", job_document("# modelop.score\ndef action(a, b, c):\n    pass\n", parameters={"spark.authenticate.secret": "sealed-canary-4"},
                                                             engine={"engineType": "SPARK_RUNTIME", "name": "ruled"}))
        wait_until(lambda: admin.get(f"{MODEL_MANAGE}/jobs/{made['id']}")["jobStatus"] == "ERROR", "the job is refused", 60)
        messages = "\n".join(admin.get(f"{MODEL_MANAGE}/jobs/{made['id']}")["jobMessages"])
    finally:
        runtime.stop()
    assert "spark.authenticate.secret" in messages and "sealed-canary" not in messages
    assert not (tmp_path / "words").exists(), "spark-submit was not run"


NAMED_LIKE_KEYS = ("spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net", "spark.hadoop.fs.azure.sas.box.acct.blob.core.windows.net", "spark.app.signing.key", "spark.app.passwd",
                   "spark.app.privateKey", "spark.app.api_key", "spark.app.connectionString", "spark.app.shared-key", "spark.app.passPhrase", "spark.app.dbPass", "spark.app.pwd", "spark.app.smtpAuth",
                   "spark.app.jwt", "spark.app.pat.github", "spark.app.signature", "spark.app.credential", "spark.app.cookie", "spark.app.authorization", "spark.app.hfToken", "spark.app.accessKeyId")


def test_verbose_tells_no_key(server, admin, tmp_path):
    """spark-submit prints with `-v` all settings, also those of its properties file: into the messages of the job and into the log."""
    spark = Spark()
    keys = {name: f"verbose-canary-{number}" for number, name in enumerate(NAMED_LIKE_KEYS)}
    settings = {"master": "local[1]", "sparkConf": {"spark.driver.memory": "512m", "spark.driver.extraJavaOptions": spark.java_options, "spark.ui.enabled": "false", **dict(list(keys.items())[10:])}}
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "verbose-edge"), settings, name="verbose", spark=spark).start()
    try:
        runtime.wait_enrolled()
        document = job_document("# modelop.score\ndef action(a, b, c):\n    pass\n", parameters={"-v": "", **dict(list(keys.items())[:10])}, engine={"engineType": "SPARK_RUNTIME", "name": "verbose"})
        job = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", document)["id"], "COMPLETE")
    finally:
        runtime.stop()
    said = "\n".join(job["jobMessages"])
    assert "Spark properties used" in said and "(spark.driver.memory,512m)" in said, said
    told = [line for line in (said + runtime.log() + server.log() + json.dumps(job)).splitlines() if "verbose-canary" in line]
    assert not told, "\n".join(told)
    assert all(f"({name},*" in said for name in NAMED_LIKE_KEYS), said
