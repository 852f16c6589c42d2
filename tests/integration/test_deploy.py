"""From snapshot to endpoint on moto: the approval, the endpoint, what REST and CLI show of it, undeployment, kills and lost answers."""
import json

import pytest

from sandbox.mlc import MLC, Mlc
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem, show
from sandbox.server import PASSWORD

DEPLOYMENTS = f"{SAGEMAKER}/deployments"
MODEL = "customer-segments"  # no endpoint in the account


@pytest.fixture
def own(make_server):
    """A server of the test's own with the model imported; nothing needs an approval."""
    server = make_server(config={"deployments": {"requireApproval": "none"}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL)
    admin.server, admin.snapshot = server, admin.every("deployableModels")[0]
    return admin


def deploy(rest: Rest, **more) -> dict:
    return rest.post(DEPLOYMENTS, {"deployableModelId": rest.snapshot["id"], **more}, 202)


def test_an_endpoint_is_made_and_removed(own, moto):
    before = moto.endpoints()
    operation = own.wait_operation(deploy(own, endpointName="segments-prod", reason="release 12")["id"])
    assert operation["state"] == "COMPLETE" and operation["kind"] == "DEPLOY" and operation["awsCalls"]["byOperation"]["CreateEndpoint"] == 1
    assert moto.endpoints() - before == {"segments-prod"}
    shown = own.get(f"{DEPLOYMENTS}/{operation['deployedModelId']}")
    assert shown["verdict"] == "DEPLOYED" and shown["awsState"] == "InService" and shown["deployedModel"]["state"] == "DEPLOYED"
    assert [step["state"] for step in shown["transitions"]] == ["PLANNED", "CONFIG_READY", "REQUESTED", "WAITING", "DEPLOYED"]
    runtime = own.get(f"{MODEL_MANAGE}/runtimes/{shown['deployedModel']['engine']['id']}")
    assert runtime["name"] == "segments-prod" and runtime["state"] == "ONLINE" and runtime["sageMaker"]["tags"]["modelop:managed"] == "true"

    own.import_model(MODEL)
    assert [row["state"] for row in own.every("deployedModels")] == ["DEPLOYED"], "an import finds what was deployed here"

    own.refused("POST", DEPLOYMENTS, 409, "ENDPOINT_EXISTS", json={"deployableModelId": own.snapshot["id"], "endpointName": "Segments-Prod"})
    gone = own.wait_operation(own.post(f"{DEPLOYMENTS}/{shown['deployedModel']['id']}/undeploy", None, 202)["id"])
    assert gone["state"] == "COMPLETE" and "segments-prod" not in moto.endpoints()
    after = own.get(f"{MODEL_MANAGE}/deployedModels/{shown['deployedModel']['id']}")
    assert after["state"] == "UNDEPLOYED" and after["undeployTime"]
    own.refused("POST", f"{DEPLOYMENTS}/{shown['deployedModel']['id']}/undeploy", 409, "NOT_DEPLOYED")


@pytest.mark.parametrize("fault", ["reset", "error", "throttle"])
def test_one_endpoint_whatever_happens_to_the_call(own, moto, proxy, fault):
    before = moto.endpoints()
    proxy.fault(fault, "CreateEndpoint", times=1)
    operation = own.wait_operation(deploy(own)["id"])
    assert operation["state"] == "COMPLETE", operation
    made = moto.endpoints() - before
    assert len(made) == 1
    moto.remove_endpoints(*made)


def test_one_endpoint_through_one_fault_after_another(own, moto, proxy):
    before = moto.endpoints()
    proxy.script("CreateEndpoint", "html", "garbage", {"fault": "error", "status": 500}, "lost")
    proxy.script("DescribeEndpoint", "pass", "html", "half", "slow", "reset")
    operation = own.wait_operation(deploy(own)["id"])
    assert operation["state"] == "COMPLETE", operation
    made = moto.endpoints() - before
    assert len(made) == 1 and len(proxy.carried_out("CreateEndpoint")) == 1
    proxy.script("DeleteEndpoint", "throttle", "lost")
    undone = own.wait_operation(own.post(f"{DEPLOYMENTS}/{operation['deployedModelId']}/undeploy", None, 202)["id"])
    assert undone["state"] == "COMPLETE", undone
    assert len(proxy.carried_out("DeleteEndpoint")) == 1 and moto.endpoints() == before


def test_one_endpoint_through_a_kill(own, moto, proxy):
    before = moto.endpoints()
    proxy.fault("hold", "CreateEndpoint", times=1)
    operation = deploy(own)
    proxy.wait_held()
    own.server.kill()
    proxy.restore()
    own.server.start()
    again = Rest.sign_in(own.server.url, "admin", PASSWORD)
    assert again.wait_operation(operation["id"])["state"] == "COMPLETE"
    made = moto.endpoints() - before
    assert len(made) == 1
    moto.remove_endpoints(*made)


def test_what_aws_refuses_is_told(own, moto, proxy):
    with proxy.faulting("denied", "CreateEndpoint"):
        operation = own.wait_operation(deploy(own)["id"])
    assert operation["state"] == "ERROR" and operation["problems"][0]["permission"] == "sagemaker:CreateEndpoint"
    shown = own.get(f"{DEPLOYMENTS}/{operation['deployedModelId']}")
    assert shown["verdict"] == "FAILED" and "sagemaker:CreateEndpoint" in shown["reason"]
    assert any(row["open"] and "not deployed" in row["message"] for row in own.every("notifications"))


def test_what_a_deployment_waits_for_is_said_where_it_is_followed(own, moto, proxy):
    before = moto.endpoints()
    with proxy.faulting("error", "CreateEndpoint", status=400, code="ResourceLimitExceeded", message="The account-level service limit is 0 Instances"):
        followed = own.server.cli("deploy", own.snapshot["id"], "--timeout", "8s", token=own.token)
        assert followed.returncode != 0 and followed.stderr.count("is 0 Instances") == 1, followed.stderr
        deployment, = own.every("deployedModels")
        operation = own.get(f"{DEPLOYMENTS}/{deployment['id']}")["operation"]
        own.post(f"{SAGEMAKER}/operations/{operation['id']}/cancel", None, 202)
        assert own.wait_operation(operation["id"], timeout=5)["state"] == "CANCELLED", "not with the next try"
    assert moto.endpoints() == before


def test_wrong_wishes(own):
    snapshot = own.snapshot["id"]
    for body, pointer in [({}, "/deployableModelId"), ({"deployableModelId": snapshot, "endpointName": "a_b"}, "/endpointName"),
                          ({"deployableModelId": snapshot, "productionVariants": [{"VariantName": "v"}]}, "/productionVariants"),
                          ({"deployableModelId": snapshot, "credentialId": "nobody"}, "/credentialId"), ({"deployableModelId": snapshot, "what": 1}, "/what")]:
        answer = own.refused("POST", DEPLOYMENTS, 400, json=body)
        fault = answer["errors"][0]
        assert fault["pointer"] == pointer
        assert pointer != "/productionVariants" or (fault["expected"].startswith("left out: ") and fault["got"] == "a list of variants")
    own.refused("POST", DEPLOYMENTS, 404, json={"deployableModelId": "0198f2a0-0000-7000-8000-000000000001"})
    spark = own.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": own.new_model()["id"]}})
    own.refused("POST", DEPLOYMENTS, 422, "NOT_SAGEMAKER", json={"deployableModelId": spark["id"]})
    assert own.every("deployedModels") == []


def test_nothing_reaches_an_endpoint_without_its_approval(make_server, moto):
    server = make_server(config={"tickets": {"approvers": {"risk": ["risk-approvers"]}, "fourEyes": True}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    ana, bob = admin.new_user(["risk", "dev"]), admin.new_user(["risk", "risk-approvers"])
    ana.import_model(MODEL, group="risk")
    snapshot = ana.every("deployableModels")[0]["id"]
    wish = {"deployableModelId": snapshot, "endpointName": "segments-gated", "reason": "pilot"}
    first = problem(ana.send("POST", DEPLOYMENTS, json=wish), 403, "APPROVAL_REQUIRED")
    assert problem(ana.send("POST", DEPLOYMENTS, json=wish), 403)["ticketId"] == first["ticketId"]
    ticket = f"{MODEL_MANAGE}/notifications/{first['ticketId']}"
    shown = ana.get(ticket)
    assert shown["open"] and {asset["name"]: asset["present"] for asset in shown["evidence"]["assets"]}["test-data"] is False
    refusal = ana.refused("POST", f"{ticket}/approve", 403, "NOT_AN_APPROVER")
    assert shown["mayDecide"] is False and shown["decisionRefusal"] == {"code": "NOT_AN_APPROVER", "message": refusal["message"]}, "known before it is tried"
    assert bob.get(ticket)["mayDecide"] is True and "decisionRefusal" not in bob.get(ticket)
    told = server.cli("ticket", "show", first["ticketId"], token=ana.token).stdout
    assert refusal["message"] in told, told
    ana.refused("PATCH", ticket, 422, "IMMUTABLE", json={"open": False})
    moved = ana.refused("PATCH", ticket, 422, "IMMUTABLE", json={"group": "dev"})
    assert moved["errors"][0]["pointer"] == "/group", "past the approvers of risk, to a group that names none"
    ana.refused("DELETE", ticket, 409, "TICKET_KEPT")
    noa = admin.new_user(["risk-approvers"])
    assert [one["id"] for one in noa.every("notifications")] == [first["ticketId"]] and noa.every("storedModels") == []
    listed = server.cli("ticket", "list", "-o", "name", token=noa.token)
    assert first["ticketId"] in listed.stdout, listed.stdout + listed.stderr

    approved = noa.post(f"{ticket}/approve", {"comment": "looks good"}, 200)
    assert approved["decision"]["decision"] == "APPROVED" and approved["decision"]["approvedHash"] == shown["requestedHash"] and not approved["open"]
    late = bob.refused("POST", f"{ticket}/reject", 409, "ALREADY_DECIDED")
    assert late["decision"]["decision"] == "APPROVED"
    problem(ana.send("POST", DEPLOYMENTS, json={**wish, "endpointName": "another"}), 403, "APPROVAL_REQUIRED")
    operation = ana.wait_operation(ana.post(DEPLOYMENTS, wish, 202)["id"])
    assert operation["state"] == "COMPLETE" and "segments-gated" in moto.endpoints()
    moto.remove_endpoints("segments-gated")

    asked_by_bob = problem(bob.send("POST", DEPLOYMENTS, json={**wish, "endpointName": "bobs"}), 403, "APPROVAL_REQUIRED")["ticketId"]
    bob.refused("POST", f"{MODEL_MANAGE}/notifications/{asked_by_bob}/approve", 403, "FOUR_EYES")
    assert [one["decisionRefusal"]["code"] for one in bob.every("notifications") if one.get("mayDecide") is False] == ["FOUR_EYES"]
    admin.new_user(["other"]).refused("POST", f"{ticket}/approve", 404)


ASKS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="KEY" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="score"/>
    <bpmn:serviceTask id="score" camunda:type="external" camunda:topic="TOPIC"/>
    <bpmn:sequenceFlow id="f2" sourceRef="score" targetRef="review"/>
    <bpmn:userTask id="review" name="Review"/>
    <bpmn:sequenceFlow id="f3" sourceRef="review" targetRef="glance"/>
    <bpmn:userTask id="glance" name="Glance"/>
    <bpmn:sequenceFlow id="f4" sourceRef="glance" targetRef="ask"/>
    <bpmn:serviceTask id="ask" camunda:type="external" camunda:topic="ticket.createApproval"/>
    <bpmn:sequenceFlow id="f5" sourceRef="ask" targetRef="late"/>
    <bpmn:userTask id="late" name="Too late"/>
  </bpmn:process>
</bpmn:definitions>
"""


def test_who_sets_variables_by_ending_a_task_does_not_decide_on_what_follows(make_server, moto):
    server = make_server(config={"tickets": {"approvers": {"risk": ["risk-approvers"]}, "fourEyes": True}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    sam, ada, eve, kim, noa = (Mlc(admin.new_user(["risk", "risk-approvers"])) for _ in range(5))
    sam.rest.import_model(MODEL, group="risk")
    snapshot = sam.rest.every("deployableModels")[0]["id"]
    deployed = sam.deploy(ASKS.replace("KEY", sam.key).replace("TOPIC", sam.topic), tenant_id="risk")
    assert deployed.status_code == 200, show(deployed)
    instance = sam.start("asks")["id"]

    task, = eve.post("external-task/fetchAndLock", {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": sam.topic, "lockDuration": 60_000}]}, 200)
    eve.post(f"external-task/{task['id']}/complete", {"workerId": "w", "variables": {"SCORE": {"value": 0.9}}})
    for person, variables in ((ada, {"DEPLOYABLE_MODEL_ID": {"value": snapshot}}), (kim, {})):
        open_task, = person.get("task", processInstanceId=instance)
        person.post(f"task/{open_task['id']}/complete", {"variables": variables})
    last, = wait_until(lambda: noa.get("task", processInstanceId=instance, taskDefinitionKey="late"), "approval was asked for")
    ticket = noa.get(f"history/process-instance/{instance}")["ticketId"]
    audited = [one["metaData"].get("action") for one in sam.rest.get(f"{MODEL_MANAGE}/auditRecords", params={"filter": f"entityId:{instance}"})["_embedded"]["auditRecords"]]
    assert audited.count("completed") == 3, audited
    path = f"{MODEL_MANAGE}/notifications/{ticket}"
    assert len(noa.rest.get(path)["evidence"]["editedBy"]) == 2
    for person in (sam, eve, ada):
        person.rest.refused("POST", f"{path}/approve", 403, "FOUR_EYES")
    assert kim.rest.get(path)["mayDecide"] is True, "who only said that it is done has set nothing"
    kim.post(f"task/{last['id']}/complete", {"variables": {"NOTE": {"value": "as ever"}}})
    kim.rest.refused("POST", f"{path}/approve", 403, "FOUR_EYES")
    assert noa.rest.post(f"{path}/approve", {}, 200)["decision"]["decision"] == "APPROVED"
    assert noa.rest.get(f"{MLC}/history/process-instance/{instance}")["state"] == "COMPLETED"


def test_by_the_command_line(own, moto):
    def run(*arguments, code=0):
        done = own.server.cli(*arguments, token=own.token)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    operation = json.loads(run("deploy", own.snapshot["metaData"]["name"], "--endpoint", "segments-cli", "-o", "json"))
    assert operation["state"] == "COMPLETE" and "segments-cli" in moto.endpoints()
    line, = run("operation", "list", "--kind", "DEPLOY").splitlines()[1:]
    assert line.split()[:3] == ["DEPLOY", MODEL, "segments-cli"] and own.snapshot["id"] in run("operation", "show", operation["id"])
    assert json.loads(run("undeploy", operation["deployedModelId"], "-o", "json"))["state"] == "COMPLETE"
    wait_until(lambda: "segments-cli" not in moto.endpoints(), "the endpoint is gone")
    assert run("ticket", "list", "-o", "name") == ""
