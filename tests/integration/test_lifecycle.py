"""The life cycle "SageMaker deploy model" on moto: from the import through the ticket to the endpoint, and what keeps it from there."""
import json
import sqlite3
from pathlib import Path

import pytest

from sandbox.account import TEST_DATA
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest
from sandbox.server import PASSWORD

MODEL = "customer-segments"  # no endpoint in the account

ON = {"lifecycle": {"sagemakerDeploy": {"enabled": True}}}


class World:
    """A server of the test's own with the model imported."""

    def __init__(self, server, **request):
        self.server = server
        self.admin = Rest.sign_in(server.url, "admin", PASSWORD)
        self.admin.import_model(MODEL, **request)
        self.snapshot = self.admin.every("deployableModels")[0]["id"]

    def instances(self) -> list[tuple[str, str, str]]:
        """State, OUTCOME and cause of each instance of the snapshot, oldest first."""
        with sqlite3.connect(f"file:{self.server.data / 'slipway.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT state, outcome, reason FROM lifecycle_instances WHERE business_key = ? ORDER BY row_id", (self.snapshot,)).fetchall()

    def life_cycles(self) -> list[dict]:
        """As the registry tells them of the model, oldest first."""
        model = self.admin.every("storedModels")[0]
        found = self.admin.get(f"{MODEL_MANAGE}/modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId={model['id']}&group={model['group']}")
        return sorted(found["_embedded"]["modelMLCs"], key=lambda one: one["processInstance"]["startTime"])

    def outcome(self) -> str:
        wait_until(lambda: self.instances() and self.instances()[-1][0] != "active", "the life cycle has ended", 60)
        return self.instances()[-1][1]

    def tickets(self, **match) -> list[dict]:
        return [one for one in self.admin.every("notifications")
                if one["notificationType"] == "MODEL_APPROVAL_NOTIFICATION" and all(one.get(name) == value for name, value in match.items())]

    def ticket(self) -> dict:
        wait_until(lambda: self.tickets(open=True), "the ticket is there", 60)
        return self.tickets(open=True)[0]

    def decide(self, ticket: dict, decision: str, **body) -> dict:
        return self.admin.post(f"{MODEL_MANAGE}/notifications/{ticket['id']}/{decision}", body or None, 200)


@pytest.fixture
def world(make_server, moto):
    before = moto.endpoints()
    yield World(make_server(config=ON))
    moto.remove_endpoints(*moto.endpoints() - before)


def made_by_life_cycles(moto) -> list[str]:
    """Transform jobs that a life cycle made."""
    pages = moto.client("sagemaker").get_paginator("list_transform_jobs").paginate()
    return [one["TransformJobName"] for page in pages for one in page["TransformJobSummaries"] if one["TransformJobName"].startswith("mlc-")]


def test_an_approved_snapshot_becomes_an_endpoint(world, moto):
    before, tests = moto.endpoints(), made_by_life_cycles(moto)
    ticket = world.ticket()
    assert "testJob" not in ticket["evidence"] and made_by_life_cycles(moto) == tests, "without test data nothing is tested"
    assert ticket["deployableModelId"] == world.snapshot and ticket["processInstanceId"] and ticket["requestedBy"] == "admin"
    assert ticket["evidence"]["trigger"] == "import" and ticket["evidence"]["processInstanceId"] == ticket["processInstanceId"]
    assert moto.endpoints() == before, "nothing is deployed before the approval"
    world.decide(ticket, "approve", comment="go")
    assert world.outcome() == "DEPLOYED"
    assert len(moto.endpoints() - before) == 1
    deployed = [one for one in world.admin.every("deployedModels") if one["state"] == "DEPLOYED"]
    assert [one["deployableModel"]["id"] for one in deployed] == [world.snapshot]
    assert world.admin.get(f"{MODEL_MANAGE}/notifications/{ticket['id']}")["comments"][0]["text"].startswith("Deployed to the endpoint ")
    assert len(world.tickets()) == 1

    world.admin.import_model(MODEL)
    assert len(world.instances()) == 1, "a second import starts nothing"
    refused = world.admin.refused("POST", f"{SAGEMAKER}/deployments", 409, json={"deployableModelId": world.snapshot})
    assert refused["code"] == "ALREADY_DEPLOYED" and deployed[0]["engine"]["name"] in refused["detail"]
    assert len(moto.endpoints() - before) == 1, "one approval, one endpoint"


@pytest.fixture
def tested(make_server, moto, life):
    """With test data, on an account in which jobs take their time."""
    before = moto.endpoints()
    yield lambda assets=(TEST_DATA,): World(make_server(config=ON), assets=list(assets))
    moto.remove_endpoints(*moto.endpoints() - before)


def test_a_snapshot_with_test_data_is_tested_once_before_anybody_is_asked(tested, moto, proxy):
    before, served = set(made_by_life_cycles(moto)), moto.endpoints()
    proxy.fault("hold", "CreateTransformJob", times=1)
    world = tested()
    proxy.wait_held()
    world.server.kill()  # the request is under way
    proxy.restore()
    proxy.fault("reset", "DescribeTransformJob", times=2)
    world.server.start()
    world.admin = Rest.sign_in(world.server.url, "admin", PASSWORD)
    ticket = world.ticket()
    made = set(made_by_life_cycles(moto)) - before
    assert len(made) == 1, "one test job through a kill amid its request"
    name = made.pop()
    assert ticket["evidence"]["testJob"]["status"] == "COMPLETE" and ticket["evidence"]["testJob"]["name"] == name
    asked = moto.client("sagemaker").describe_transform_job(TransformJobName=name)
    assert asked["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == TEST_DATA["fileUrl"]
    assert [one["jobStatus"] for one in world.admin.every("jobs") if one["model"].get("id") == world.snapshot] == ["COMPLETE"]
    world.decide(ticket, "approve")
    assert world.outcome() == "DEPLOYED" and len(moto.endpoints() - served) == 1


@pytest.mark.parametrize(("end", "reason"), [("Failed", "AlgorithmError: the model does not take this file"), ("Stopped", None)])
def test_a_test_job_that_does_not_complete_keeps_the_snapshot_from_its_approval(tested, moto, life, end, reason):
    served = moto.endpoints()
    life.script("transform-job", "mlc-*", end, **({"reason": reason} if reason else {}))
    world = tested()
    assert world.outcome() == "TRANSFORM_FAILED"
    assert world.tickets() == [] and moto.endpoints() == served
    told = [one["message"] for one in world.admin.every("notifications") if "test transform job" in one["message"]]
    assert len(told) == 1 and (reason or "") in told[0]
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert why["answer"].startswith("Its test job failed, so nobody was asked") and (reason or "") in why["answer"]


def test_why_tells_the_failed_test_of_a_run_that_was_started_anew(tested, life):
    world = tested()
    world.ticket()
    life.script("transform-job", "mlc-*", "Failed", reason="AlgorithmError: no such column", times=1)
    world.admin.post(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/lifecycle", {"reason": "the data was renewed"})
    wait_until(lambda: len(world.instances()) == 2, "the second run", 30)
    assert world.outcome() == "TRANSFORM_FAILED"
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert why["answer"] == "Its test job failed, so nobody was asked for an approval: AlgorithmError: no such column", why
    assert why["next"][0]["cli"].startswith("slipway job show"), "nobody is led round the failed test"


def test_a_test_job_that_may_not_be_made_waits_for_its_permission(tested, moto, proxy):
    before = set(made_by_life_cycles(moto))
    proxy.fault("denied", "CreateTransformJob")
    world = tested()
    incident, = wait_until(lambda: world.admin.get("/mlc-service/rest/incident"), "the incident", 60)
    assert incident["activityId"] == "T_TfCreate" and "sagemaker:CreateTransformJob" in incident["incidentMessage"]
    assert world.instances()[-1][:2] == ("active", "") and world.tickets() == []
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert "sagemaker:CreateTransformJob" in json.dumps(why) and any("lifecycle retry" in one["cli"] for one in why["next"])
    proxy.restore()
    done = world.server.cli("lifecycle", "retry", incident["processInstanceId"], token=world.admin.token)
    assert done.returncode == 0, done.stderr
    assert world.ticket()["evidence"]["testJob"]["status"] == "COMPLETE"
    assert len(set(made_by_life_cycles(moto)) - before) == 1


def test_an_endpoint_that_fails_is_told_and_can_be_tried_again(tested, moto, life):
    life.script("endpoint", "*", "Failed", reason="The container did not pass the ping health check.", times=1)
    world = tested()
    world.decide(world.ticket(), "approve")
    assert world.outcome() == "DEPLOY_FAILED"
    assert any("ping health check" in one["message"] for one in world.admin.every("notifications"))
    again = world.admin.post(f"{SAGEMAKER}/deployments", {"deployableModelId": world.snapshot}, 202)
    assert world.admin.wait_operation(again["id"])["state"] == "COMPLETE", "the approval stands"


def test_nobody_decides_by_message(world):
    ticket = world.ticket()
    instance = ticket["processInstanceId"]
    for name in ("ticket.decided", "snapshot.deleted"):
        sent = world.admin.send("POST", "/mlc-service/rest/message", json={"messageName": name, "processInstanceId": instance, "processVariables": {"DECISION": {"value": "APPROVED"}}})
        assert sent.status_code == 403 and "told by the server alone" in sent.json()["message"], sent.text
    assert world.tickets(open=True)[0]["id"] == ticket["id"] and world.instances()[-1][:2] == ("active", "")
    variables = world.admin.get(f"/mlc-service/rest/process-instance/{instance}/variables")
    assert "DECISION" not in variables


def test_a_run_of_another_group_is_none_of_the_snapshot(world):
    world.ticket()
    stranger = world.admin.new_user(["other"])
    begun = stranger.post("/mlc-service/rest/process-definition/key/SageMaker_Deploy_Model/start", {"businessKey": world.snapshot, "variables": {"DEPLOYABLE_MODEL_ID": {"value": world.snapshot}}}, 200)
    wait_until(lambda: stranger.get(f"/mlc-service/rest/history/process-instance/{begun['id']}")["state"] != "ACTIVE", "it found no snapshot")
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert why["answer"] == "It waits for an approval." and "LIFE_CYCLE_ENDED" not in [one["code"] for one in why["facts"]]


def test_a_rejected_snapshot_stays_where_it_is(world, moto):
    before = moto.endpoints()
    world.decide(world.ticket(), "reject", comment="too old")
    assert world.outcome() == "REJECTED"
    assert moto.endpoints() == before
    assert any("too old" in one["message"] for one in world.admin.every("notifications"))


def test_one_ticket_and_one_endpoint_through_kills(world, moto, proxy):
    before = moto.endpoints()
    world.server.kill()  # wherever it was
    world.server.start()
    world.admin = Rest.sign_in(world.server.url, "admin", PASSWORD)
    ticket = world.ticket()
    proxy.fault("hold", "CreateEndpoint", times=1)
    world.decide(ticket, "approve")
    proxy.wait_held()
    world.server.kill()
    proxy.restore()
    world.server.start()
    world.admin = Rest.sign_in(world.server.url, "admin", PASSWORD)
    assert world.outcome() == "DEPLOYED"
    assert len(moto.endpoints() - before) == 1 and len(world.tickets()) == 1


def test_a_restart_closes_the_ticket_and_asks_anew(world):
    first = world.ticket()
    path = f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/lifecycle"
    world.admin.refused("POST", path, 400, json={})
    started = world.admin.post(path, {"reason": "the data was renewed"})
    assert started["deployableModelId"] == world.snapshot
    wait_until(lambda: len(world.tickets()) == 2, "the second ticket", 60)
    closed = world.admin.get(f"{MODEL_MANAGE}/notifications/{first['id']}")
    assert closed["decision"]["decision"] == "CANCELLED" and "the data was renewed" in closed["decision"]["comment"]
    assert [(state, outcome) for state, outcome, _ in world.instances()] == [("cancelled", "CANCELLED"), ("active", "")]
    second = world.ticket()
    assert second["processInstanceId"] == started["processInstanceId"] and second["evidence"]["restartReason"] == "the data was renewed"
    stranger = world.admin.new_user(["other"])
    stranger.refused("POST", path, 404, json={"reason": "mine"})

    told = world.life_cycles()
    assert [("endTime" in one["processInstance"], one["processInstance"]["businessKey"]) for one in told] == [(True, world.snapshot), (False, world.snapshot)]
    assert told[1]["processInstance"]["id"] == started["processInstanceId"]
    # As before the registry told of them: the migration fills them in, whatever others came behind it.
    world.server.stop()
    migration = (Path(__file__).parents[2] / "db/migrations/0024_life_cycles_of_models.sql").read_text()
    with sqlite3.connect(world.server.data / "slipway.db") as database:
        database.execute("DELETE FROM model_mlcs")
        database.executescript("\n".join(line.removeprefix("{{sqlite}}") for line in migration.splitlines() if not line.startswith("{{postgres}}")))
    world.server.start()
    world.admin = Rest.sign_in(world.server.url, "admin", PASSWORD)
    for before, after in zip(told, world.life_cycles(), strict=True):
        assert before["storedModelId"] == after["storedModelId"]
        assert {**before["processInstance"], "processDefinitionName": None} == {**after["processInstance"], "processDefinitionName": None}


def test_a_cancelled_life_cycle_withdraws_its_ticket_once(world):
    ticket = world.ticket()
    instance = ticket["processInstanceId"]
    assert world.admin.get(f"/mlc-service/rest/process-instance/{instance}")["ticketId"] == ticket["id"]
    shown = world.server.cli("lifecycle", "show", instance, "-o", "json", token=world.admin.token)
    assert json.loads(shown.stdout)["ticketId"] == ticket["id"], shown.stderr
    assert ticket["id"] in world.server.cli("lifecycle", "show", instance, token=world.admin.token).stdout
    assert instance in world.server.cli("ticket", "show", ticket["id"], token=world.admin.token).stdout
    done = world.server.cli("lifecycle", "cancel", instance, "--reason", "the wrong model", token=world.admin.token)
    assert done.returncode == 0, done.stderr

    def closed():
        return world.admin.get(f"{MODEL_MANAGE}/notifications/{ticket['id']}").get("decision")
    decision = wait_until(closed, "the ticket is withdrawn", 20)
    assert decision["decision"] == "CANCELLED" and "the wrong model" in decision["comment"]
    world.admin.refused("POST", f"{MODEL_MANAGE}/notifications/{ticket['id']}/approve", 409, "ALREADY_DECIDED")
    assert world.instances()[-1][:2] == ("cancelled", "CANCELLED")


def test_no_life_cycle_where_none_is_wanted(make_server):
    assert World(make_server(config=ON), startLifecycles="none").instances() == []


def test_no_life_cycle_where_it_is_off_until_it_is_on(make_server):
    server = make_server(config={"lifecycle": {"sagemakerDeploy": {"enabled": False}}})
    world = World(server)
    assert world.instances() == []
    world.admin.post(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/lifecycle", {"reason": "by hand"})
    world.decide(world.ticket(), "reject")
    assert world.outcome() == "REJECTED"


def test_a_missing_asset_can_block(make_server, moto):
    before = moto.endpoints()
    world = World(make_server(config={"lifecycle": {"sagemakerDeploy": {"missingAssets": "block"}}}))
    assert world.outcome() == "FAILED"
    assert world.tickets() == [] and moto.endpoints() == before
    assert any("Missing" in one["message"] and "training-data" in one["message"] for one in world.admin.every("notifications"))
