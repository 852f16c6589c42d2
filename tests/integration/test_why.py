"""Why is it not deployed, why has it not started: answered from what is recorded, on REST and the command line."""
import json
import uuid

import pytest

from sandbox.jira_fake import JiraFake
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem
from sandbox.server import PASSWORD

MODEL = "customer-segments"


@pytest.fixture
def own(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL)
    admin.server, admin.snapshot = server, admin.every("deployableModels")[0]
    return admin


def why(rest: Rest, collection: str, id: str) -> dict:
    answer = rest.get(f"{MODEL_MANAGE}/{collection}/{id}/why")
    assert set(answer) == {"id", "kind", "question", "answer", "facts", "next"} and answer["id"] == id and answer["answer"].endswith((".", "”"))
    return answer


def codes(answer: dict) -> list[str]:
    return [fact["code"] for fact in answer["facts"]]


def test_a_snapshot_from_the_wish_to_the_endpoint(own, moto):
    snapshot = own.snapshot["id"]
    first = why(own, "deployableModels", snapshot)
    assert "Nobody has asked" in first["answer"] and first["next"][0]["cli"] == f"slipway deploy {snapshot}" and "ASSETS_MISSING" in codes(first)
    wish = {"deployableModelId": snapshot, "endpointName": "segments-why"}
    ticket = problem(own.send("POST", f"{SAGEMAKER}/deployments", json=wish), 403, "APPROVAL_REQUIRED")["ticketId"]
    waits = why(own, "deployableModels", snapshot)
    assert waits["answer"] == "It waits for an approval." and waits["next"][0]["cli"] == f"slipway ticket approve {ticket}"
    assert waits["facts"][0]["ref"] == {"kind": "notification", "id": ticket}
    own.post(f"{MODEL_MANAGE}/notifications/{ticket}/approve", None, 200)
    approved = why(own, "deployableModels", snapshot)
    assert "approved by admin" in approved["answer"] and approved["next"][0]["cli"] == f"slipway deploy {snapshot} --endpoint segments-why"
    operation = own.wait_operation(own.post(f"{SAGEMAKER}/deployments", wish, 202)["id"])
    deployed = why(own, "deployableModels", snapshot)
    assert deployed["answer"] == "It is deployed: the endpoint segments-why serves it." and codes(deployed) == ["DEPLOYED"] and deployed["next"] == []
    own.wait_operation(own.post(f"{SAGEMAKER}/deployments/{operation['deployedModelId']}/undeploy", None, 202)["id"])
    assert "It was undeployed from segments-why." == why(own, "deployableModels", snapshot)["answer"]


def test_what_was_approved_before_another_wish_is_told(own, moto):
    snapshot = own.snapshot["id"]
    first, other = ({"deployableModelId": snapshot, "endpointName": f"segments-why-{name}"} for name in ("approved", "other"))
    ticket = problem(own.send("POST", f"{SAGEMAKER}/deployments", json=first), 403, "APPROVAL_REQUIRED")["ticketId"]
    own.post(f"{MODEL_MANAGE}/notifications/{ticket}/approve", None, 200)
    asked = problem(own.send("POST", f"{SAGEMAKER}/deployments", json=other), 403, "APPROVAL_REQUIRED")["ticketId"]
    answer = why(own, "deployableModels", snapshot)
    ways = [f"slipway ticket approve {asked}", f"slipway deploy {snapshot} --endpoint segments-why-approved"]
    assert answer["answer"] == "It waits for an approval." and [step["cli"] for step in answer["next"]] == ways, answer
    assert [fact["ref"]["id"] for fact in answer["facts"] if fact["code"] == "APPROVED_BEFORE"] == [ticket]
    made = own.wait_operation(own.post(f"{SAGEMAKER}/deployments", first, 202)["id"])  # it is true
    own.wait_operation(own.post(f"{SAGEMAKER}/deployments/{made['deployedModelId']}/undeploy", None, 202)["id"])


NO_START = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="SageMaker_Deploy_Model" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/></process></definitions>"""


def test_a_file_without_the_start_of_new_snapshots_is_named(own):
    snapshot = own.snapshot["id"]
    assert "NO_LIFE_CYCLE" not in codes(why(own, "deployableModels", snapshot))
    form = b'--b\r\nContent-Disposition: form-data; name="data"; filename="own.bpmn"\r\n\r\n' + NO_START + b"\r\n--b--\r\n"
    made = own.send("POST", "/mlc-service/rest/deployment/create", data=form, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert [one["rule"] for one in made.json()["remarks"]] == ["NO_SNAPSHOT_START"], made.text
    answer = why(own, "deployableModels", snapshot)
    assert "NO_LIFE_CYCLE" in codes(answer) and any("snapshot.created" in fact["message"] for fact in answer["facts"]), answer
    refused = problem(own.send("POST", f"{MODEL_MANAGE}/deployableModels/{snapshot}/lifecycle", json={"reason": "again"}), 422, "NO_START")
    assert "snapshot.created" in refused["detail"]


def test_a_refused_permission_is_named(make_server, moto, proxy):
    server = make_server(config={"deployments": {"requireApproval": "none"}})
    rest = Rest.sign_in(server.url, "admin", PASSWORD)
    rest.import_model(MODEL)
    snapshot = rest.every("deployableModels")[0]["id"]
    with proxy.faulting("denied", "CreateEndpoint"):
        operation = rest.wait_operation(rest.post(f"{SAGEMAKER}/deployments", {"deployableModelId": snapshot}, 202)["id"])
    assert operation["state"] == "ERROR"
    answer = why(rest, "deployableModels", snapshot)
    assert "failed" in answer["answer"] and "DEPLOYMENT_FAILED" in codes(answer)
    assert any("sagemaker:CreateEndpoint" in fact["message"] for fact in answer["facts"])
    assert "sagemaker:CreateEndpoint" in answer["next"][0]["message"]


@pytest.fixture
def free(make_server):
    """Nothing needs an approval."""
    admin = Rest.sign_in(make_server(config={"deployments": {"requireApproval": "none"}}).url, "admin", PASSWORD)
    admin.import_model(MODEL)
    admin.snapshot = admin.every("deployableModels")[0]
    return admin


def deployed(rest: Rest, endpoint: str) -> dict:
    return rest.wait_operation(rest.post(f"{SAGEMAKER}/deployments", {"deployableModelId": rest.snapshot["id"], "endpointName": endpoint}, 202)["id"])


def test_what_failed_and_is_gone_is_not_to_be_removed(free, moto):
    snapshot, name, aws = free.snapshot["id"], "segments-why-fail", moto.client("sagemaker")
    operation = deployed(free, name)
    assert operation["state"] == "ERROR", operation
    remove = f"slipway undeploy {operation['deployedModelId']}"
    assert [step["cli"] for step in why(free, "deployableModels", snapshot)["next"]] == [remove, f"slipway deploy {snapshot} --endpoint {name}"]
    aws.delete_endpoint(EndpointName=name)

    def after_a_look() -> list[str]:
        free.wait_operation(free.post(f"{SAGEMAKER}/sync", None, 202)["id"])
        return [step["cli"] for step in why(free, "deployableModels", snapshot)["next"]]
    wait_until(lambda: after_a_look() == [f"slipway deploy {snapshot} --endpoint {name}"], "the endpoint is known to be gone")

    aws.create_endpoint(EndpointName=name, EndpointConfigName=free.snapshot["sageMaker"]["name"])
    try:
        wait_until(lambda: after_a_look() == [f"slipway deploy {snapshot} --endpoint NAME"], "the name is known to be somebody else's")
    finally:
        moto.remove_endpoints(name)


def test_a_second_deployment_is_told_beside_the_first(free, moto):
    snapshot = free.snapshot["id"]
    first, second = deployed(free, "segments-why-first"), deployed(free, "segments-why-second-fail")
    try:
        assert (first["state"], second["state"]) == ("COMPLETE", "ERROR")
        told = why(free, "deployableModels", snapshot)
        assert told["answer"].startswith("It is deployed: the endpoint segments-why-first serves it. Its last deployment, to segments-why-second-fail, failed: ")
        assert codes(told) == ["DEPLOYED", "DEPLOYMENT_FAILED"] and told["next"][0]["cli"] == f"slipway undeploy {second['deployedModelId']}"
    finally:
        moto.remove_endpoints("segments-why-first", "segments-why-second-fail")


def test_a_job(own):
    job = own.post(f"{MODEL_MANAGE}/jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"storedModel": {"modelMetaData": {"name": "m", "type": "PYSPARK"}}}, "targetEngine": {"engineType": "SPARK_RUNTIME"}})
    answer = why(own, "jobs", job["id"])
    assert answer["kind"] == "job" and "NO_RUNTIME" in codes(answer) and "No runtime of SPARK_RUNTIME" in answer["answer"]
    own.post(f"{MODEL_MANAGE}/jobs/{job['id']}/cancel", None, 200)
    assert why(own, "jobs", job["id"])["answer"] == "It was cancelled: admin asked for it."


def test_a_job_for_a_runtime_of_another_group(admin):
    mine, theirs = (f"{kind}-{uuid.uuid4().hex[:8]}" for kind in ("mine", "theirs"))
    name = f"edge-{uuid.uuid4().hex[:8]}"
    other = admin.post(f"{MODEL_MANAGE}/runtimes", {"name": name, "engineType": "SPARK_RUNTIME", "group": theirs, "state": "ONLINE"})
    inside, both = admin.new_user([mine]), admin.new_user([mine, theirs])
    job = inside.post(f"{MODEL_MANAGE}/jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"storedModel": {"modelMetaData": {"name": "m", "type": "PYSPARK"}}}, "targetEngine": {"engineType": "SPARK_RUNTIME", "name": name}, "group": mine})
    told = why(inside, "jobs", job["id"])
    assert told["answer"] == f"No runtime called {name} is enrolled for the group {mine}." and theirs not in json.dumps(told) and other["id"] not in json.dumps(told)
    told = why(both, "jobs", job["id"])
    assert told["answer"] == f"The runtime {name} belongs to the group {theirs}; this job is of the group {mine}, for which none of that name is enrolled."
    assert told["facts"][-1]["ref"] == {"kind": "runtime", "id": other["id"]} and told["next"][0]["message"].startswith(f"Make the job anew in the group {theirs}")


def test_by_the_command_line(own):
    def run(*arguments, code=0):
        done = own.server.cli("why", *arguments, token=own.token)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout
    text = run(own.snapshot["metaData"]["name"])
    assert text.startswith(f"Why is {own.snapshot['metaData']['name']} not deployed?\nNobody has asked") and "What to do\n" in text and f"slipway deploy {own.snapshot['id']}" in text
    assert json.loads(run(own.snapshot["id"], "-o", "json"))["kind"] == "deployableModel"
    job = own.post(f"{MODEL_MANAGE}/jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"storedModel": {"modelMetaData": {"name": "m", "type": "PYSPARK"}}}, "targetEngine": {"engineType": "SPARK_RUNTIME"}})
    assert "Why has this job not started?" in run(job["id"])
    run("nothing-of-that-name", code=3)


def test_strangers_learn_nothing(own):
    stranger = own.new_user(["other"])
    stranger.refused("GET", f"{MODEL_MANAGE}/deployableModels/{own.snapshot['id']}/why", 404)


def test_what_jira_says_is_told(make_server, tmp_path):
    jira = JiraFake(tmp_path, "cloud")
    try:
        server = make_server(config={"tickets": jira.config(pollInterval="1s")})
        rest = Rest.sign_in(server.url, "admin", PASSWORD)
        rest.import_model(MODEL)
        snapshot = rest.every("deployableModels")[0]["id"]
        problem(rest.send("POST", f"{SAGEMAKER}/deployments", json={"deployableModelId": snapshot}), 403)
        told = wait_until(lambda: (answer := why(rest, "deployableModels", snapshot))["answer"] == "It waits for an approval in MRM-1." and answer, "the issue is told")
        assert told["next"][0]["href"] == f"{jira.url}/browse/MRM-1"
        jira.decide("MRM-1", "Closed")
        told = wait_until(lambda: "TICKET_PROBLEM" in codes(answer := why(rest, "deployableModels", snapshot)) and answer, "the problem is told")
        assert "Closed" in told["answer"]
    finally:
        jira.stop()


def test_a_configuration_that_waits_for_aws_says_what_for(own, proxy):
    with proxy.faulting("error", "CreateEndpointConfig", status=400, code="ResourceLimitExceeded", message="The quota of configurations is 0"):
        made = own.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": own.snapshot["storedModel"]["id"]}, "sageMaker": {"productionVariants": [{"InitialInstanceCount": 1}]}})

        def told():
            why = own.get(f"{MODEL_MANAGE}/deployableModels/{made['id']}/why")
            return [one for one in why["facts"] if one["code"] == "AWS_TROUBLE"]
        fact, = wait_until(told, "it is known what it waits for", 20)
        assert "is 0" in fact["message"] and "Ask for a higher quota" in fact["message"]
