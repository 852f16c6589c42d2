"""Imports from the sandbox account: what comes in, what it costs, and that a second import changes nothing."""
import json

import pytest

from integration.check_requests import recorded_faults
from sandbox import account, seed
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY
from sandbox.rest import SAGEMAKER, Rest
from sandbox.server import PASSWORD

ARN = f"arn:aws:sagemaker:{REGION}:{account.ACCOUNT}:"


def things_of(rest: Rest, model_id: str) -> dict[str, list[dict]]:
    return {name: rest.every(f"{name}/search/findAllByStoredModelId", storedModelId=model_id) for name in ("deployableModels", "deployedModels", "jobs")}


@pytest.fixture(scope="module")
def v3(admin):
    """churn-classifier-v3, imported."""
    operation = admin.import_model("churn-classifier-v3")
    return admin.get(f"/model-manage/api/storedModels/{operation['storedModelId']}"), operation


def test_the_first_import_has_no_problem(v3):
    _, operation = v3
    assert operation["problems"] == [] and {stage["outcome"] for stage in operation["stages"]} == {"COMPLETE"}


def test_the_model(v3):
    model, _ = v3
    facts = model["sageMaker"]
    assert model["modelMetaData"]["name"] == "churn-classifier-v3" and model["modelMetaData"]["type"] == "SAGEMAKER"
    assert facts["kind"] == "MODEL" and facts["arn"] == ARN + "model/churn-classifier-v3" and facts["region"] == REGION and facts["account"] == account.ACCOUNT
    assert facts["creationTime"] == "2026-08-21T12:00:00.000Z"
    assert facts["consoleUrl"].startswith(f"https://{REGION}.console.aws.amazon.com/sagemaker/") and "churn-classifier-v3" in facts["consoleUrl"]
    assert facts["tags"]["team"] == "retention" and facts["tags"]["aws:cloudformation:stack-name"] == "churn-serving"
    assert {"team=retention", "cost-center=4711"} <= set(model["modelMetaData"]["tags"])


def test_links_to_training_jobs(v3):
    model, _ = v3
    found = model["sageMaker"]["trainingJobs"]
    assert len(found) >= 1 and all(job["arn"].startswith(ARN + "training-job/") and job["consoleUrl"] for job in found)
    made_by = account.training_name(account.MODELS[0], account.MODELS[0].runs - 1, seed.FIXED_NOW)
    assert made_by in [job["name"] for job in found], "the job that wrote the model's artifact"


def test_snapshots(admin, v3):
    model, _ = v3
    snapshots = things_of(admin, model["id"])["deployableModels"]
    expected = {config.name: config for config in account.CONFIGS if any(name == "churn-classifier-v3" for name, _ in config.models)}
    assert {row["sageMaker"]["name"] for row in snapshots} == set(expected) and len(snapshots) == len(expected) == 3
    shared = next(row for row in snapshots if row["sageMaker"]["name"] == "churn-ab-2026q4")
    assert [variant["ModelName"] if "ModelName" in variant else variant["modelName"] for variant in shared["sageMaker"]["productionVariants"]] == ["churn-classifier-v3", "churn-classifier-v2"]
    assert {row["name"] for row in shared["sageMaker"]["models"]} == {"churn-classifier-v3", "churn-classifier-v2"}
    assert all(row["sageMaker"]["kind"] == "ENDPOINT_CONFIG" and row["sageMaker"]["consoleUrl"] and not row["sageMaker"].get("generated") for row in snapshots)
    assert all(row["storedModel"]["id"] == model["id"] for row in snapshots)


def test_runtimes_and_deployments(admin, v3):
    model, _ = v3
    deployed = things_of(admin, model["id"])["deployedModels"]
    runtimes = {row["name"]: row for row in admin.every("runtimes") if row.get("sageMaker")}
    assert {"churn-prod", "churn-staging"} <= set(runtimes)
    by_runtime = {row["engine"]["id"]: row for row in deployed}
    for name in ("churn-prod", "churn-staging"):
        assert runtimes[name]["state"] == "ONLINE" and by_runtime[runtimes[name]["id"]]["state"] == "DEPLOYED"
        assert runtimes[name]["engineType"] == "SAGEMAKER_RUNTIME" and runtimes[name]["sageMaker"]["status"] == "InService"
    assert "northwind-ml-eu-west-1/capture/churn-ab-2026q4" in json.dumps(runtimes["churn-prod"]["sageMaker"]), "data capture facts"


def test_states_of_endpoints(admin):
    admin.import_model("credit-risk-pd")
    admin.import_model("demand-forecast-weekly")
    runtimes = {row["name"]: row for row in admin.every("runtimes") if row.get("sageMaker")}
    assert (runtimes["credit-risk-pd"]["state"], runtimes["credit-risk-pd"]["sageMaker"]["status"]) == ("ONLINE", "Updating"), "it serves while it updates"
    assert (runtimes["demand-forecast"]["state"], runtimes["demand-forecast"]["sageMaker"]["status"]) == ("ERROR", "Failed")
    assert "ping health check" in runtimes["demand-forecast"]["sageMaker"]["failureReason"]


def test_jobs(admin, v3):
    model, _ = v3
    jobs = things_of(admin, model["id"])["jobs"]
    transforms = [job for job in jobs if job["jobType"] == "MODEL_BATCH_JOB"]
    assert len(transforms) == account.MODELS[0].transforms
    assert any(job["jobType"] == "MODEL_BATCH_TRAINING_JOB" for job in jobs)
    by_state = {state: sum(job["jobStatus"] == state for job in transforms) for state in ("COMPLETE", "ERROR", "CANCELLED")}
    statuses = [account.transform_status(index) for index in range(account.MODELS[0].transforms)]
    assert by_state == {"COMPLETE": statuses.count("Completed"), "ERROR": statuses.count("Failed"), "CANCELLED": statuses.count("Stopped")}
    for job in transforms:
        assert job["inputData"][0]["fileUrl"].startswith(f"s3://{account.BUCKET}/batch/churn-score-daily/in/") and job["inputData"][0]["assetType"] == "EXTERNAL_FILE"
        assert job["outputData"][0]["fileUrl"].startswith(f"s3://{account.BUCKET}/batch/churn-score-daily/out/")
        assert job["jobEndTime"] - job["jobRunTime"] == job["jobDuration"] > 0
        assert "/transform-jobs/" in job["sageMaker"]["consoleUrl"] or "transform" in job["sageMaker"]["consoleUrl"]
    failed = next(job for job in transforms if job["jobStatus"] == "ERROR")
    assert account.TRANSFORM_FAULT in json.dumps(failed)


def test_what_an_environment_repeats_stays_in_names_and_addresses(v3):
    model, _ = v3
    facts = model["sageMaker"]
    container = facts["containers"][0]
    assert container["image"] == account.XGBOOST and account.REGION in container["image"]
    assert container["modelDataUrl"].startswith(f"s3://{account.BUCKET}/training/churn-xgb/") and account.REGION in account.BUCKET
    assert f":{account.REGION}:" in facts["describe"]["ModelArn"] and container["environment"]["SAGEMAKER_REGION"] == "********"
    assert facts["trainingJobs"]


def test_only_what_belongs_to_the_model(admin, v3):
    model, _ = v3
    text = json.dumps(things_of(admin, model["id"]))
    assert "fraud" not in text and "credit" not in text and "demand" not in text


def test_a_pipeline_of_three_containers(admin):
    operation = admin.import_model("fraud-scoring-pipeline")
    facts = admin.get(f"/model-manage/api/storedModels/{operation['storedModelId']}")["sageMaker"]
    described = facts["describe"]
    assert [container["ContainerHostname"] for container in described["Containers"]] == ["prepare", "score", "explain"]
    assert len(facts["containers"]) == 3 and facts["enableNetworkIsolation"] is True and facts["vpcConfig"]


def test_a_model_without_a_configuration_gets_one_generated_snapshot(admin, proxy):
    operation = admin.import_model("document-classifier")
    found = things_of(admin, operation["storedModelId"])
    assert len(found["deployableModels"]) == 1 and found["deployableModels"][0]["sageMaker"]["generated"] is True
    assert found["deployedModels"] == []
    assert not any(name.startswith(("Create", "Update", "Delete", "Add", "Stop")) for name in proxy.calls()), "import never writes to AWS"
    again = admin.import_model("document-classifier")
    assert len(things_of(admin, again["storedModelId"])["deployableModels"]) == 1


def test_a_second_import_changes_no_row(admin, v3):
    model, _ = v3

    def everything():
        found = things_of(admin, model["id"]) | {"storedModels": [admin.get(f"/model-manage/api/storedModels/{model['id']}")], "runtimes": admin.every("runtimes")}
        return {(name, row["id"]): (row["version"], row["lastModifiedDate"]) for name, rows in found.items() for row in rows}

    audited = lambda: admin.get("/model-manage/api/auditRecords", params={"size": 1})["page"]["totalElements"]
    before, records = everything(), audited()
    operation = admin.import_model("churn-classifier-v3")
    assert operation["storedModelId"] == model["id"]
    assert everything() == before and audited() == records


def test_the_ledger_is_what_moto_saw(make_server, stack):
    server = make_server(aws=stack.moto.url)
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    stack.moto.record()
    operation = admin.import_model("churn-classifier-v3")
    seen = {name: count for name, count in stack.moto.calls().items() if name != "GetCallerIdentity"}
    ledger = {name: count for name, count in operation["awsCalls"]["byOperation"].items() if name != "GetCallerIdentity"}
    assert ledger == seen
    assert operation["awsCalls"]["total"] == sum(operation["awsCalls"]["byOperation"].values())
    requests = [{"op": entry["operation"], "body": json.loads(entry["body"] or b"{}")} for entry in stack.moto.recorded() if "x-amz-target" in {name.lower() for name in entry["headers"]}]
    assert requests and recorded_faults(requests) == []
    stack.moto.record()
    second = admin.import_model("churn-classifier-v3")
    calls = stack.moto.calls()
    assert calls["DescribeTransformJob"] == 0 and calls["DescribeTrainingJob"] <= 2, f"the index knows every finished job: {calls}"
    assert sum(calls.values()) <= 40 and second["awsCalls"]["saved"] > 0


def test_stages_tell_what_was_done(v3):
    _, operation = v3
    assert [stage["name"] for stage in operation["stages"]] == ["model", "tags", "trainingJobs", "transformJobs", "endpointConfigurations", "endpoints", "register"]
    assert all(stage["done"] == stage["total"] for stage in operation["stages"] if "total" in stage)
    assert operation["finished"] >= operation["created"] and operation["problems"] == [] and operation["kind"] == "IMPORT"


def test_202_points_to_the_operation(admin):
    answer = admin.send("POST", f"{SAGEMAKER}/imports", json={"modelName": "loan-default-challenger"})
    assert answer.status_code == 202, answer.text
    identifier = answer.json()["id"]
    assert answer.headers["Location"].endswith(f"/sagemaker-service/api/operations/{identifier}")
    admin.wait_operation(identifier)
    assert admin.get(f"{SAGEMAKER}/imports/{identifier}")["id"] == identifier
    listed = admin.get(f"{SAGEMAKER}/operations", params={"kind": "IMPORT", "state": "COMPLETE", "size": 200})["_embedded"]["operations"]
    assert identifier in [row["id"] for row in listed]
    admin.refused("POST", f"{SAGEMAKER}/operations/{identifier}/cancel", 409)


def test_browse(admin):
    admin.import_model("customer-segments")
    found = admin.get(f"{SAGEMAKER}/models", params={"region": REGION})
    names = {row["name"]: row["imported"] for row in found["models"]}
    assert len(names) == len(account.MODELS) and names["customer-segments"] is True
    assert [row["name"] for row in admin.get(f"{SAGEMAKER}/models", params={"q": "fraud"})["models"]] == ["fraud-scoring-pipeline"]


def test_credentials_are_shown_without_secrets(admin):
    text = admin.send("GET", f"{SAGEMAKER}/credentials").text
    assert SECRET_KEY not in text and ACCESS_KEY not in text and '"entered"' in text.replace(" ", "")
    configured = json.loads(text)["credentials"][0]
    admin.refused("DELETE", f"{SAGEMAKER}/credentials/{configured['id']}", 409)


def test_entered_credentials(make_server, stack):
    server = make_server(config={"sagemaker-credentials": {"storedCredentials": []}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    entered = {"region": REGION, "accessKeyId": "AKIAENTERED000000042", "secretAccessKey": "canary-entered-secret/+=", "sessionToken": "canary-entered-session"}
    operation = admin.import_model("customer-segments", credentials=entered)
    assert operation["state"] == "COMPLETE"
    listed = admin.send("GET", f"{SAGEMAKER}/credentials")
    kept = next(row for row in listed.json()["credentials"] if row["entered"])
    haystacks = {"answers": (listed.text + json.dumps(operation)).encode(), "database": server.stored(), "log": server.log().encode()}
    for secret in (b"canary-entered-secret", b"canary-entered-session"):
        assert [name for name, hay in haystacks.items() if secret in hay] == []
    admin.put(f"{SAGEMAKER}/credentials/{kept['id']}", {**entered, "secretAccessKey": "canary-second-secret"})
    assert b"canary-second-secret" not in server.stored()
    admin.delete(f"{SAGEMAKER}/credentials/{kept['id']}")
    assert not any(row["entered"] for row in admin.get(f"{SAGEMAKER}/credentials")["credentials"])


def test_entered_credentials_belong_to_their_group(admin, team, group_of):
    entered = {"region": REGION, "accessKeyId": "AKIAOFTHETEAM0000042", "secretAccessKey": "secret-of-the-team"}
    team.import_model("customer-segments", credentials=entered)
    kept = next(row for row in team.get(f"{SAGEMAKER}/credentials")["credentials"] if row["entered"])
    stranger = admin.new_user([group_of()])
    assert kept["id"] not in stranger.send("GET", f"{SAGEMAKER}/credentials").text
    stranger.refused("DELETE", f"{SAGEMAKER}/credentials/{kept['id']}", 404)
    answer = stranger.send("POST", f"{SAGEMAKER}/imports", json={"modelName": "customer-segments", "credentialId": kept["id"]})
    assert answer.status_code in (400, 403, 404), answer.text


def test_assets_and_schema_come_with_the_import(team):
    asset = {"assetType": "EXTERNAL_FILE", "assetRole": "TEST_DATA", "name": "holdout.csv", "fileUrl": f"s3://{account.BUCKET}/holdout.csv"}
    operation = team.import_model("customer-segments", assets=[asset], inputSchema=[{"name": "in", "schemaDefinition": {"type": "record"}}])
    model = team.get(f"/model-manage/api/storedModels/{operation['storedModelId']}")
    assert [(row["name"], row["assetRole"]) for row in model["modelAssets"] if row.get("assetRole") == "TEST_DATA"] == [("holdout.csv", "TEST_DATA")]
    assert model["modelMetaData"]["inputSchema"][0]["name"] == "in" and model["group"] == team.group


def test_each_group_has_its_own_copy(admin, group_of):
    people = [admin.new_user([group_of()]) for _ in range(2)]
    ids = {person.import_model("customer-segments")["storedModelId"] for person in people}
    assert len(ids) == 2
    assert all(len(person.every("storedModels")) == 1 for person in people)


def test_tags_are_filtered_by(admin, v3):
    assert [row["id"] for row in admin.every("storedModels", filter="tag.team=retention name=churn-classifier-v3 group=modelop")] == [v3[0]["id"]]
