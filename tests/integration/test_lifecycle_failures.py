"""Every way in which the life cycle "SageMaker deploy model" ends without an endpoint, or with one of several, on moto; what test_lifecycle.py shows is not shown again."""
import json
import sqlite3

import pytest

from integration.test_at_once import at_once
from integration.test_lifecycle import MODEL, ON, World
from sandbox.account import TEST_DATA
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD


@pytest.fixture
def worlds(make_server, moto, proxy, life):
    """Makes worlds with a configuration of their own, on an account in which things take their time; what is made in it is removed."""
    before = moto.endpoints()
    yield lambda assets=(), tickets=None, **settings: World(make_server(config={"lifecycle": {"sagemakerDeploy": {"enabled": True, **settings}}, "tickets": tickets or {}}), assets=list(assets))
    proxy.reset()
    moto.remove_endpoints(*moto.endpoints() - before)


def told(world: World) -> list[str]:
    return [one["message"] for one in world.admin.every("notifications")]


def test_a_model_of_another_kind_ends_it_at_once(make_server, proxy):
    server = make_server(config=ON)
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    snapshot = admin.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": admin.new_model()["id"]}})
    history = "/mlc-service/rest/history"

    def ended():
        return admin.get(f"{history}/process-instance?processInstanceBusinessKey={snapshot['id']}&finished=true")
    instance, = wait_until(ended, "the life cycle has ended", 30)
    outcome, = admin.get(f"{history}/variable-instance?processInstanceId={instance['id']}&variableName=OUTCOME")
    tasks = [one["activityId"] for one in admin.get(f"{history}/activity-instance?processInstanceId={instance['id']}") if one["activityType"] == "serviceTask"]
    assert outcome["value"] == "NOT_SAGEMAKER" and tasks == ["T_Get"]
    assert admin.every("notifications") == [] and not proxy.calls()


def test_a_test_job_that_takes_too_long_is_stopped(worlds, moto, proxy, life):
    """Once, also by a server that is killed while it asks for it."""
    served = moto.endpoints()
    life.script("transform-job", "mlc-*", seconds=None)
    proxy.fault("hold", "StopTransformJob", times=1)
    world = worlds([TEST_DATA], transform={"timeout": "4s"})
    proxy.wait_held()
    world.server.kill()
    proxy.restore()
    world.server.start()
    world.admin = Rest.sign_in(world.server.url, "admin", PASSWORD)
    assert world.outcome() == "TRANSFORM_FAILED"
    assert world.tickets() == [] and moto.endpoints() == served and any("took longer than the life cycle waits for, and was told to stop" in one for one in told(world)), told(world)
    wait_until(lambda: [one["jobStatus"] for one in world.admin.every("jobs") if one["model"].get("id") == world.snapshot] == ["CANCELLED"], "the job was stopped", 60)
    assert len(proxy.carried_out("StopTransformJob")) == 1


def test_what_passes_makes_one_test_job(worlds, proxy):
    proxy.script("CreateTransformJob", "throttle", "reset", {"fault": "error", "status": 500}, "html", "lost")
    world = worlds([TEST_DATA])
    assert world.ticket()["evidence"]["testJob"]["status"] == "COMPLETE"
    assert len(proxy.carried_out("CreateTransformJob")) == 1


def test_a_ticket_that_nobody_decides_expires(worlds, moto):
    served = moto.endpoints()
    world = worlds(tickets={"expireAfter": "3s"})
    assert world.outcome() == "EXPIRED"
    ticket, = world.tickets()
    assert ticket["decision"]["decision"] == "EXPIRED" and not ticket["open"] and moto.endpoints() == served
    world.admin.refused("POST", f"{MODEL_MANAGE}/notifications/{ticket['id']}/approve", 409, "ALREADY_DECIDED")


def test_a_snapshot_that_is_deleted_while_it_waits_ends_with_its_ticket(worlds, moto):
    served = moto.endpoints()
    world = worlds()
    ticket = world.ticket()
    world.admin.delete(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}")
    assert world.outcome() == "CANCELLED"
    closed = wait_until(lambda: world.admin.get(f"{MODEL_MANAGE}/notifications/{ticket['id']}").get("decision"), "the ticket is closed", 20)
    assert closed["decision"] == "CANCELLED"
    world.admin.refused("POST", f"{MODEL_MANAGE}/notifications/{ticket['id']}/approve", 409, "ALREADY_DECIDED")
    assert moto.endpoints() == served


def test_an_endpoint_that_aws_does_not_permit_is_told_at_once(worlds, moto, proxy):
    served = moto.endpoints()
    world = worlds()
    proxy.fault("denied", "CreateEndpoint")
    world.decide(world.ticket(), "approve")
    assert world.outcome() == "DEPLOY_FAILED"
    assert moto.endpoints() == served and any("sagemaker:CreateEndpoint" in one for one in told(world)), told(world)
    assert sum(entry["operation"] == "CreateEndpoint" for entry in proxy.requests()) == 1, "another try would do no better"


LIMIT = {"fault": "error", "operation": "CreateEndpoint", "status": 400, "code": "ResourceLimitExceeded", "message": "The account-level service limit is 0 Instances"}
KEY = {"fault": "unknown_key", "operation": "DescribeEndpointConfig"}


def waits_for(world: World) -> dict | None:
    """The run of the snapshot, once it is known what AWS keeps it from."""
    instance, = world.admin.get(f"/mlc-service/rest/history/process-instance?processInstanceBusinessKey={world.snapshot}") or [None]
    found = instance and world.admin.get(f"/mlc-service/rest/history/process-instance/{instance['id']}")
    return found if found and found["waitsFor"] else None


@pytest.mark.parametrize("fault", [LIMIT, KEY], ids=["quota", "key"])
def test_an_approved_endpoint_waits_for_its_quota_or_key_and_is_made_once_there_is_one(worlds, moto, proxy, fault):
    served = moto.endpoints()
    world = worlds()
    ticket = world.ticket()
    with proxy.faulting(**fault):
        world.decide(ticket, "approve")
        instance = wait_until(lambda: waits_for(world), "it is known what it waits for", 60)
        words = "is 0 Instances" if fault is LIMIT else "UnrecognizedClientException"
        assert "The deployment to" in instance["waitsFor"] and words in instance["waitsFor"], instance
        assert words in world.server.cli("lifecycle", "show", instance["id"], token=world.admin.token).stdout
        why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
        assert words in why["answer"], why
        deployment, = world.admin.every("deployedModels")
        shown = world.admin.get(f"/sagemaker-service/api/deployments/{deployment['id']}")
        assert "verdict" not in shown and words in shown["reason"] and shown["deployedModel"]["state"] == "DEPLOYING", shown
        assert moto.endpoints() == served and [state for state, _, _ in world.instances()] == ["active"]
    assert world.outcome() == "DEPLOYED", told(world)
    assert len(moto.endpoints() - served) == 1 and len(proxy.carried_out("CreateEndpoint")) == 1
    shown = world.admin.get(f"/sagemaker-service/api/deployments/{deployment['id']}")
    assert [step["state"] for step in shown["transitions"]] == ["PLANNED", "CONFIG_READY", "REQUESTED", "WAITING", "DEPLOYED"], shown


def test_an_endpoint_that_waits_for_its_quota_is_given_up_by_a_person(worlds, moto, proxy):
    served = moto.endpoints()
    world = worlds()
    proxy.fault(**LIMIT)
    world.decide(world.ticket(), "approve")
    wait_until(lambda: waits_for(world), "it is known what it waits for", 60)
    deployment, = world.admin.every("deployedModels")
    operation = world.admin.get(f"/sagemaker-service/api/deployments/{deployment['id']}")["operation"]["id"]
    done = world.server.cli("operation", "cancel", operation, token=world.admin.token)
    assert done.returncode == 0, done.stderr
    assert world.outcome() == "DEPLOY_FAILED"
    assert moto.endpoints() == served and world.admin.wait_operation(operation)["state"] == "CANCELLED"


def test_what_aws_keeps_a_life_cycle_waiting_for_is_shown(worlds, proxy):
    proxy.fault("error", "CreateTransformJob", status=400, code="ResourceLimitExceeded", message="The quota of ml.m5.xlarge is 0 Instances")
    world = worlds([TEST_DATA])
    instance = wait_until(lambda: waits_for(world), "it is known what it waits for", 60)
    assert "waits for AWS" in instance["waitsFor"] and "is 0 Instances" in instance["waitsFor"] and "Ask for a higher quota" in instance["waitsFor"]
    assert "is 0 Instances" in world.server.cli("lifecycle", "show", instance["id"], token=world.admin.token).stdout
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert "is 0 Instances" in why["answer"], why


def test_two_snapshots_that_are_approved_together_are_two_endpoints(worlds, moto, proxy):
    served, aws = moto.endpoints(), moto.client("sagemaker")
    aws.create_endpoint_config(EndpointConfigName="side-by-side", ProductionVariants=[{"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    try:
        world = worlds()
        wait_until(lambda: len(world.tickets(open=True)) == 2, "both tickets are there", 60)
        answers = at_once(*(lambda ticket=ticket: world.admin.send("POST", f"{MODEL_MANAGE}/notifications/{ticket['id']}/approve") for ticket in world.tickets(open=True)))
        assert [answer.status_code for answer in answers] == [200, 200]

        def done():
            return [row for row in world.admin.every("deployedModels") if row["state"] == "DEPLOYED"]
        wait_until(lambda: len(done()) == 2, "both are deployed", 60)
        assert len({row["engine"]["id"] for row in done()}) == 2 and len(moto.endpoints() - served) == 2
        assert {aws.describe_endpoint(EndpointName=row["engine"]["name"])["EndpointConfigName"] for row in done()} == {"customer-segments-1", "side-by-side"}
        assert len({json.loads(entry["body"])["EndpointName"] for entry in proxy.carried_out("CreateEndpoint")}) == 2
    finally:
        aws.delete_endpoint_config(EndpointConfigName="side-by-side")


@pytest.mark.parametrize("wish", ["end", "ticket"])
def test_what_is_in_service_already(make_server, moto, worlds, wish):
    """As `alreadyDeployed` says: it ends, or it is asked all the same and gets an endpoint of its own."""
    served = moto.endpoints()
    server = make_server(config={"lifecycle": {"sagemakerDeploy": {"enabled": True, "alreadyDeployed": wish}}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model("churn-classifier-v3")
    snapshots = {row["sageMaker"]["name"]: row["id"] for row in admin.every("deployableModels")}
    staging = snapshots["churn-classifier-v3-canary"]  # of the endpoint churn-staging

    def asked():
        return {row["deployableModelId"]: row for row in admin.every("notifications") if row["notificationType"] == "MODEL_APPROVAL_NOTIFICATION" and row["open"]}

    def outcomes():
        with sqlite3.connect(f"file:{server.data / 'slipway.db'}?mode=ro", uri=True) as database:
            return [outcome for outcome, in database.execute("SELECT outcome FROM lifecycle_instances WHERE state = 'completed'")]
    if wish == "end":
        wait_until(lambda: set(asked()) == {snapshots["churn-classifier-v3-20260915"]} and outcomes().count("ALREADY_DEPLOYED") == 2, "the one that serves nowhere is asked about", 60)
        assert moto.endpoints() == served
        return
    wait_until(lambda: set(asked()) == set(snapshots.values()), "all are asked about", 60)
    ticket = asked()[staging]
    assert ticket["evidence"]["servedBy"] == ["churn-staging"] and "It is in service already: churn-staging." in ticket["message"]
    admin.post(f"{MODEL_MANAGE}/notifications/{ticket['id']}/approve", None, 200)
    wait_until(lambda: outcomes() == ["DEPLOYED"], "it is deployed", 60)
    made, = moto.endpoints() - served
    assert moto.client("sagemaker").describe_endpoint(EndpointName=made)["EndpointConfigName"] == "churn-classifier-v3-canary"
