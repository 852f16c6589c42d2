"""Canaries: values that look secret in the AWS account must reach no row, answer, event, log line or metric."""
import json

import pytest

from sandbox.account import CANARIES, MODELS
from sandbox.moto import SECRET_KEY
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD

NEEDLES = [value.removeprefix("postgresql://scorer:").split("@")[0] for value in CANARIES.values()] + [SECRET_KEY, PASSWORD]


@pytest.fixture(scope="module")
def imported(stack, tmp_path_factory):
    """A server of its own with everything imported."""
    from sandbox.server import Slipway
    from sandbox.stack import CONFIG
    server = Slipway(tmp_path_factory.mktemp("secrets"), aws=stack.moto.url, config=CONFIG | {}, environment={"SLIPWAY_LOG__LEVEL": "debug"})
    server.start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    operations = [admin.import_model(model.name) for model in MODELS]
    yield server, admin, operations
    server.stop()


def test_the_account_has_what_is_looked_for(stack):
    """Without this the other tests could not fail."""
    sagemaker = stack.moto.client("sagemaker")
    assert CANARIES["environment"] in str(sagemaker.describe_model(ModelName="churn-classifier-v3"))
    jobs = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert any(CANARIES["hyperparameter"] in str(sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])) for job in jobs[:4])


def test_not_in_the_database(imported):
    stored = imported[0].stored()
    assert [needle for needle in NEEDLES if needle.encode() in stored] == []
    assert b"churn-classifier-v3" in stored, "the search looks at the right bytes"


def test_not_in_the_log(imported):
    log = imported[0].log()
    assert [needle for needle in NEEDLES if needle in log] == []


def test_not_in_any_answer(imported):
    _, admin, operations = imported
    collections = ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs")
    paths = [f"{MODEL_MANAGE}/{name}/{row['id']}" for name in collections for row in admin.every(name)]
    assert len(paths) > 50
    paths += [f"{MODEL_MANAGE}/storedModels/search/findByName?name={model.name}" for model in MODELS]
    paths += [f"/sagemaker-service/api/imports/{operation['id']}" for operation in operations] + [f"{MODEL_MANAGE}/events?follow=false&lastEventId=0"]
    paths += [f"{MODEL_MANAGE}/{name}?size=1000" for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs", "notifications", "auditRecords", "users", "clients")]
    paths += ["/sagemaker-service/api/operations?size=100", "/sagemaker-service/api/credentials", "/sagemaker-service/api/models", "/actuator/prometheus", "/actuator/info", "/actuator/tasks", "/actuator/loggers"]
    read = {path: admin.send("GET", path) for path in paths}
    assert [(path, answer.status_code) for path, answer in read.items() if answer.status_code != 200] == []
    answers = {path: answer.text for path, answer in read.items()} | {"operations": json.dumps(operations)}
    assert [(path, needle) for path, text in answers.items() for needle in NEEDLES if needle in text] == []


def test_what_is_masked_stays_visible_as_masked(imported):
    _, admin, _ = imported
    model = admin.every("storedModels/search/findByName", name="churn-classifier-v3")[0]
    environment = model["sageMaker"]["describe"]["PrimaryContainer"]["Environment"]
    assert set(environment) == {"SAGEMAKER_PROGRAM", "SAGEMAKER_REGION", "FEATURE_STORE_PASSWORD"} and len(set(environment.values())) == 1, "names stay, values go"
    fraud = admin.every("storedModels/search/findByName", name="fraud-scoring-pipeline")[0]
    assert fraud["sageMaker"]["tags"]["team"] == "fraud" and "deploy-token" in fraud["sageMaker"]["tags"]
    training = admin.every("jobs", filter="jobType:MODEL_BATCH_TRAINING_JOB")
    parameters = [job["sageMaker"]["describe"]["HyperParameters"] for job in training]
    assert all(row["eta"] == "0.15" for row in parameters), "ordinary hyperparameters stay"


def test_not_in_problems_either(imported, stack):
    _, admin, _ = imported
    text = admin.send("POST", "/sagemaker-service/api/imports", json={"modelName": "x", "credentials": {"region": "eu-west-1", "accessKeyId": "AKIAX", "secretAccessKey": 12345678901234, "sessionToken": "canary-problem-token"}}).text
    assert "12345678901234" not in text and "canary-problem-token" not in text
