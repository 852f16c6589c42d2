"""Imports when AWS refuses, throttles, breaks or is away: the truth is told, what was found is kept, nothing is half stored."""
import concurrent.futures
import time

import pytest

from sandbox.account import BUCKET, ROLE, XGBOOST
from sandbox.moto import ACCESS_KEY, REGION
from sandbox.process import free_port, wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest
from sandbox.server import PASSWORD

IMPORTS = f"{SAGEMAKER}/imports"


@pytest.fixture
def fresh(make_server, proxy):
    """A server that has imported nothing yet, behind the proxy."""
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.server = server
    return admin


def nothing_stored(rest: Rest) -> bool:
    return not any(rest.every(name) for name in ("storedModels", "deployableModels", "deployedModels", "jobs", "runtimes"))


def ended(rest: Rest, answer) -> tuple[str, str]:
    """How an import ended, whether it was refused at once or as an operation: (code, text)."""
    if answer.status_code == 202:
        operation = rest.wait_operation(answer.json()["id"], 180)
        assert operation["state"] == "ERROR" and operation["problems"], operation
        return operation["problems"][0]["code"], str(operation["problems"])
    assert answer.status_code in (404, 422, 503), answer.text
    return answer.json()["code"], answer.text


def test_a_stop_gives_up_calls_that_aws_does_not_answer(fresh, proxy):
    proxy.fault("hold", "ListModels")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(fresh.send, "GET", f"{SAGEMAKER}/models")
        proxy.wait_held()
        begun = time.monotonic()
        assert fresh.server.stop() == 0, "it ended by itself"
        assert time.monotonic() - begun < 10
        assert asked.result().status_code == 503
    proxy.restore()


def test_an_unknown_model(fresh):
    told = fresh.refused("POST", IMPORTS, 404, "NOT_FOUND", json={"modelName": "no-such-model"})
    assert "no-such-model" in told["detail"] and nothing_stored(fresh)


@pytest.mark.parametrize("body, pointer", [
    ({}, "/modelName"), ({"modelName": ""}, "/modelName"), ({"modelName": "a_b!"}, "/modelName"), ({"modelName": "x" * 64}, "/modelName"), ({"modelName": 5}, "/modelName"),
    ({"modelName": "x", "region": "nowhere at all"}, "/region"), ({"modelName": "x", "credentials": {"region": REGION}}, "/credentials"),
    ({"modelName": "x", "startLifecycles": "sometimes"}, "/startLifecycles"), ({"modelName": "x", "credentialId": "no-uuid"}, "/credentialId"),
])
def test_wrong_requests(fresh, proxy, body, pointer):
    told = fresh.refused("POST", IMPORTS, 400, json=body)
    assert any(error["pointer"].startswith(pointer) for error in told["errors"]), told
    assert proxy.calls() == {}, "AWS is not asked before the request is right"


def test_a_refused_key(fresh, proxy):
    proxy.fault("unknown_key", key="AKIAREVOKED000000042")
    answer = fresh.send("POST", IMPORTS, json={"modelName": "customer-segments", "credentials": {"region": REGION, "accessKeyId": "AKIAREVOKED000000042", "secretAccessKey": "x"}})
    assert answer.status_code == 422, answer.text
    assert "key" in answer.json()["detail"].lower() and nothing_stored(fresh)
    assert not any(row["entered"] for row in fresh.get(f"{SAGEMAKER}/credentials")["credentials"]), "a refused key is not kept"


def test_a_wrong_signature_with_moto_checking(make_server, stack):
    """moto's own authentication: a known key with another secret."""
    iam = stack.moto.client("iam")
    iam.create_user(UserName="importer")
    iam.put_user_policy(UserName="importer", PolicyName="p", PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sagemaker:*","sts:*"],"Resource":"*"}]}')
    key = iam.create_access_key(UserName="importer")["AccessKey"]
    server = make_server(aws=stack.moto.url)
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    stack.moto.require_signatures(True)
    try:
        wrong = {"region": REGION, "accessKeyId": key["AccessKeyId"], "secretAccessKey": "wrong"}
        assert admin.send("POST", IMPORTS, json={"modelName": "customer-segments", "credentials": wrong}).status_code == 422
        assert nothing_stored(admin)
        right = wrong | {"secretAccessKey": key["SecretAccessKey"]}
        assert admin.import_model("customer-segments", credentials=right)["problems"] == []
    finally:
        stack.moto.require_signatures(False)
        iam.delete_access_key(UserName="importer", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="importer", PolicyName="p")
        iam.delete_user(UserName="importer")


@pytest.mark.parametrize("denied", ["ListTags", "ListTransformJobs", "ListEndpointConfigs", "ListEndpoints", "DescribeTransformJob", "DescribeTrainingJob"])
def test_a_missing_permission_costs_its_part_and_is_named(fresh, proxy, denied):
    proxy.fault("denied", denied)
    operation = fresh.import_model("churn-classifier-v3")
    assert [row["permission"] for row in operation["problems"]] == [f"sagemaker:{denied}"], operation["problems"]
    assert 1 <= proxy.calls()[denied] <= 8, f"it was asked, and what is refused is not asked again and again: {proxy.calls()[denied]}"
    assert fresh.get(f"{MODEL_MANAGE}/storedModels/{operation['storedModelId']}")["modelMetaData"]["name"] == "churn-classifier-v3"
    proxy.restore()
    again = fresh.import_model("churn-classifier-v3")
    assert again["problems"] == []
    jobs = fresh.every("jobs/search/findAllByStoredModelId", storedModelId=again["storedModelId"])
    assert len([job for job in jobs if job["jobType"] == "MODEL_BATCH_JOB"]) == 34, "given the permission, the rest comes in"


@pytest.fixture(scope="module")
def handmade_fit(stack):
    """A training job whose artifact lies where its name is not: by the address alone nobody finds it. AWS keeps such a job for good."""
    artifact = f"s3://{BUCKET}/handmade/weights/model.tar.gz"
    stack.moto.client("sagemaker").create_training_job(
        TrainingJobName="handmade-fit", RoleArn=ROLE, AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/handmade"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5})
    stack.moto.adjust([{"kind": "training-job", "name": "handmade-fit", "set": {"training_job_status": "Completed", "model_artifacts": {"S3ModelArtifacts": artifact}}}])
    return artifact


@pytest.fixture
def handmade(stack, handmade_fit):
    """A model of that artifact."""
    client = stack.moto.client("sagemaker")
    client.create_model(ModelName="handmade", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": handmade_fit})
    yield "handmade"
    client.delete_model(ModelName="handmade")


def trained_by(rest: Rest, operation: dict) -> list[str]:
    return [job["sageMaker"]["name"] for job in rest.every("jobs/search/findAllByStoredModelId", storedModelId=operation["storedModelId"]) if job["jobType"] == "MODEL_BATCH_TRAINING_JOB"]


def test_where_search_is_refused_the_list_finds_who_trained_it(fresh, proxy, handmade):
    proxy.fault("denied", "Search")
    operation = fresh.import_model(handmade)
    assert 1 <= proxy.calls()["Search"] <= 8 and proxy.calls()["ListTrainingJobs"] >= 1, proxy.calls()
    assert operation["problems"] == [] and trained_by(fresh, operation) == ["handmade-fit"]


def test_where_search_and_list_are_refused_the_permission_is_named(fresh, proxy, handmade):
    proxy.fault("denied", "Search")
    proxy.fault("denied", "ListTrainingJobs")
    operation = fresh.import_model(handmade)
    assert 1 <= proxy.calls()["ListTrainingJobs"] <= 8, proxy.calls()
    assert [row["permission"] for row in operation["problems"]] == ["sagemaker:ListTrainingJobs"] and trained_by(fresh, operation) == []
    assert [row["permission"] for row in fresh.get(f"{MODEL_MANAGE}/storedModels/{operation['storedModelId']}")["sageMaker"]["lastImport"]["unread"]] == ["sagemaker:ListTrainingJobs"]
    proxy.restore()
    again = fresh.import_model(handmade)
    assert again["problems"] == [] and trained_by(fresh, again) == ["handmade-fit"], "given the permission, it comes in"


def test_describe_model_denied(fresh, proxy):
    proxy.fault("denied", "DescribeModel")
    answer = fresh.send("POST", IMPORTS, json={"modelName": "customer-segments"})
    assert "sagemaker:DescribeModel" in ended(fresh, answer)[1] and nothing_stored(fresh)


def test_throttled_imports_come_to_their_end(fresh, proxy):
    proxy.fault("throttle", "Describe*", rate=15, burst=3)
    operation = fresh.import_model("credit-risk-pd")
    assert operation["problems"] == [] and operation["awsCalls"]["throttled"] > 0 and operation["awsCalls"]["retried"] > 0
    assert operation["awsCalls"]["byOperation"]["DescribeTransformJob"] == proxy.calls()["DescribeTransformJob"], "retries are calls, too"


def test_under_a_limit_of_two_a_second_hardly_a_call_is_throttled_after_ten_seconds(fresh, proxy):
    proxy.fault("throttle", "*", rate=2, burst=2, each=True)
    begin = time.monotonic()
    operation = fresh.post(IMPORTS, {"modelName": "churn-classifier-v3"}, 202)
    wait_until(lambda: time.monotonic() > begin + 10, "the pace is found", 20)
    before = len(proxy.requests())
    assert fresh.wait_operation(operation["id"], 180)["problems"] == []
    later = proxy.requests()[before:]
    throttled = [entry["operation"] for entry in later if "throttle" in entry["faults"]]
    assert len(later) >= 10 and len(throttled) <= max(1, len(later) // 50), f"{throttled} of {len(later)}"


@pytest.mark.parametrize("fault, more", [("error", {"status": 500, "code": "InternalFailure"}), ("error", {"status": 503}), ("reset", {}), ("half", {}), ("html", {})])
def test_passing_faults_are_ridden_out(fresh, proxy, fault, more):
    proxy.fault(fault, "DescribeTransformJob", times=2, after=3, **more)
    proxy.fault(fault, "List*", times=1, after=1, **more)
    operation = fresh.import_model("customer-segments")
    assert operation["problems"] == [] and operation["awsCalls"]["retried"] >= 1


def test_an_empty_page_is_not_the_end(fresh, proxy):
    proxy.fault("empty_page", "ListTransformJobs", times=1)
    proxy.fault("empty_page", "ListEndpointConfigs", times=1)
    operation = fresh.import_model("customer-segments")
    assert len(fresh.every("jobs/search/findAllByStoredModelId", storedModelId=operation["storedModelId"], filter="jobType:MODEL_BATCH_JOB")) == 4
    assert len(fresh.every("deployableModels")) == 1


def test_pages_as_aws_makes_them(fresh, proxy):
    proxy.like_aws()
    operation = fresh.import_model("churn-classifier-v3")
    jobs = fresh.every("jobs/search/findAllByStoredModelId", storedModelId=operation["storedModelId"], filter="jobType:MODEL_BATCH_JOB")
    assert len(jobs) == 34 and operation["problems"] == []
    assert len(fresh.get(f"{SAGEMAKER}/models")["models"]) == 8


def test_a_wrong_clock_is_corrected(fresh, proxy):
    proxy.fault("skew", seconds=1800)
    assert fresh.import_model("customer-segments")["problems"] == []


def test_html_for_ever(fresh, proxy):
    proxy.fault("html", "*", status=200)
    code, text = ended(fresh, fresh.send("POST", IMPORTS, json={"modelName": "customer-segments"}))
    assert code and "<html" not in text and nothing_stored(fresh)


def test_aws_is_away(make_server):
    server = make_server(aws=f"http://127.0.0.1:{free_port()}")
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    answer = admin.send("POST", IMPORTS, json={"modelName": "customer-segments"}, timeout=180)
    ended(admin, answer)
    if answer.status_code != 202:
        assert answer.status_code == 503 and admin.send("GET", f"{SAGEMAKER}/models", timeout=180).status_code == 503
    assert nothing_stored(admin)


def test_an_aws_that_never_answers_is_told_soon(fresh, proxy):
    proxy.fault("hold", "*")
    begun = time.monotonic()
    told = fresh.refused("POST", IMPORTS, 503, "AWS_UNREACHABLE", json={"modelName": "customer-segments"}, timeout=60)
    assert time.monotonic() - begun < 25 and "within 10 s" in told["detail"], told
    proxy.restore()
    assert nothing_stored(fresh)


def test_aws_goes_away_in_the_middle(fresh, proxy):
    proxy.fault("reset", "DescribeTransformJob", after=2)
    operation = fresh.wait_operation(fresh.start_import("customer-segments")["id"], 240)
    assert operation["state"] in ("COMPLETE", "ERROR") and operation["problems"], "never a clean end with less than everything"
    assert [stage["outcome"] for stage in operation["stages"] if stage["name"] == "transformJobs"] == ["INCOMPLETE"]
    said = fresh.get(f"{MODEL_MANAGE}/storedModels/{operation['storedModelId']}")["sageMaker"]["lastImport"]
    assert said["operationId"] == operation["id"] and said["state"] == operation["state"] and "transformJobs" in [row["stage"] for row in said["unread"]]
    proxy.restore()
    assert fresh.import_model("customer-segments")["problems"] == []
    assert "lastImport" not in fresh.get(f"{MODEL_MANAGE}/storedModels/{operation['storedModelId']}")["sageMaker"]
    assert len(fresh.every("jobs", filter="jobType:MODEL_BATCH_JOB")) == 4


def test_the_same_import_twice_at_once(fresh, proxy):
    rule = proxy.fault("hold", "ListTransformJobs")
    operation = fresh.start_import("customer-segments")
    proxy.wait_held()
    told = fresh.refused("POST", IMPORTS, 409, json={"modelName": "customer-segments"})
    assert told["operation"]["id"] == operation["id"]
    proxy.restore(rule)
    assert fresh.wait_operation(operation["id"])["state"] == "COMPLETE"


def test_cancel(fresh, proxy):
    rule = proxy.fault("hold", "ListTransformJobs")
    operation = fresh.start_import("churn-classifier-v3")
    proxy.wait_held()
    fresh.post(f"{SAGEMAKER}/operations/{operation['id']}/cancel", status=202)
    proxy.restore(rule)
    done = fresh.wait_operation(operation["id"])
    assert done["state"] == "CANCELLED" and done["finished"]
    said = fresh.get(f"/model-manage/api/storedModels/{done['storedModelId']}")["sageMaker"]["lastImport"]
    assert said["state"] == "CANCELLED" and "endpoints" in [row["stage"] for row in said["unread"]]
    before = sum(proxy.calls().values())
    assert fresh.operation(operation["id"])["state"] == "CANCELLED" and sum(proxy.calls().values()) == before


def test_progress_is_seen_while_it_runs(fresh, proxy):
    rule = proxy.fault("hold", "DescribeTransformJob", after=20)
    operation = fresh.start_import("churn-classifier-v3")
    proxy.wait_held()
    running = wait_until(lambda: (lambda o: o if o["awsCalls"]["total"] >= 8 else None)(fresh.operation(operation["id"])), "calls are counted")
    assert running["state"] == "RUNNING" and "finished" not in running
    proxy.restore(rule)
    assert fresh.wait_operation(operation["id"])["state"] == "COMPLETE"


def test_an_import_of_somebody_else_is_not_seen(admin, team, group_of):
    operation = team.start_import("customer-segments")
    stranger = admin.new_user([group_of()])
    stranger.refused("GET", f"{SAGEMAKER}/operations/{operation['id']}", 404)
    stranger.refused("POST", f"{SAGEMAKER}/operations/{operation['id']}/cancel", 404)
    assert operation["id"] not in stranger.send("GET", f"{SAGEMAKER}/operations").text
    team.wait_operation(operation["id"])


def test_the_configured_key_is_used(fresh, proxy):
    fresh.import_model("customer-segments")
    assert {entry["key"] for entry in proxy.requests()} == {ACCESS_KEY}
