"""People who do the same at the same moment: one endpoint, one decision, and a true answer for each of them. On SQLite and on PostgreSQL."""
import collections
import concurrent.futures
import json
import threading

import pytest

from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem, show
from sandbox.server import PASSWORD

DEPLOYMENTS = f"{SAGEMAKER}/deployments"
MODEL = "customer-segments"
ROUNDS = 12


def at_once(*calls) -> list:
    """The answers of calls that begin together, in the order in which the calls are given."""
    barrier = threading.Barrier(len(calls))

    def call(one):
        barrier.wait()
        return one()
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call, one) for one in calls]]


def one_of(answers: list, won: int) -> tuple[dict, dict]:
    """The answer of the one that came first, and the problem of the other, which is a conflict."""
    first, last = sorted(answers, key=lambda answer: answer.status_code)
    assert first.status_code == won, show(first)
    return first.json(), problem(last, 409)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, make_server, moto, proxy):
    """A server with two people and a snapshot for each round, whose endpoints are gone afterwards."""
    aws = moto.client("sagemaker")
    for number in range(ROUNDS):
        aws.create_endpoint_config(EndpointConfigName=f"at-once-{number}", ProductionVariants=[
            {"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    try:
        yield lambda **config: Place(make_server(config=config | ({"database": {"url": request.getfixturevalue("postgres").database()}} if request.param == "postgres" else {})), proxy)
    finally:
        moto.remove_endpoints(*(name for name in moto.endpoints() if aws.describe_endpoint(EndpointName=name)["EndpointConfigName"].startswith("at-once-")))
        for number in range(ROUNDS):
            aws.delete_endpoint_config(EndpointConfigName=f"at-once-{number}")


class Place:
    def __init__(self, server, proxy):
        self.proxy = proxy
        self.admin = Rest.sign_in(server.url, "admin", PASSWORD)
        self.people = [self.admin.new_user(["risk"]) for _ in range(2)]
        self.people[0].import_model(MODEL, group="risk")
        self.snapshots = {row["sageMaker"]["name"]: row["id"] for row in self.people[0].every("deployableModels")}
        assert len([name for name in self.snapshots if name.startswith("at-once-")]) == ROUNDS

    def deploy(self, person: Rest, number: int, **more):
        return lambda: person.send("POST", DEPLOYMENTS, json={"deployableModelId": self.snapshots[f"at-once-{number}"], **more})

    def decide(self, person: Rest, ticket: str, decision: str):
        return lambda: person.send("POST", f"{MODEL_MANAGE}/notifications/{ticket}/{decision}", json={"comment": decision})

    def finish(self, operations: list[dict]) -> None:
        for operation in operations:
            assert self.admin.wait_operation(operation["id"])["state"] == "COMPLETE"

    def made(self) -> collections.Counter:
        """Endpoints that AWS made, by the number of their configuration."""
        return collections.Counter(int(json.loads(entry["body"])["EndpointConfigName"].removeprefix("at-once-")) for entry in self.proxy.carried_out("CreateEndpoint"))


def test_two_people_deploy_one_snapshot_or_want_one_name(place):
    """The name in letters that AWS does not tell apart, for two snapshots."""
    own = place(deployments={"requireApproval": "none"})
    operations = []
    for number in range(ROUNDS - 4):
        operation, other = one_of(at_once(*(own.deploy(person, number) for person in own.people)), 202)
        assert other["code"] == "ALREADY_RUNNING" and other["operation"]["id"] == operation["id"], other
        operations.append(operation)
    for number in range(ROUNDS - 4, ROUNDS, 2):
        names = (f"at-once-name-{number}", f"At-Once-NAME-{number}")
        calls = [own.deploy(person, number + index, endpointName=name) for index, (person, name) in enumerate(zip(own.people, names))]
        operation, other = one_of(at_once(*calls), 202)
        assert other["code"] == "ALREADY_RUNNING" and other["operation"]["id"] == operation["id"], other
        operations.append(operation)
    own.finish(operations)
    assert sorted(own.made().values()) == [1] * len(operations) and set(range(ROUNDS - 4)) < set(own.made())
    assert [row["state"] for row in own.admin.every("deployedModels")] == ["DEPLOYED"] * len(operations)
    undone, other = one_of(at_once(*(lambda person=person: person.send("POST", f"{DEPLOYMENTS}/{operations[0]['deployedModelId']}/undeploy") for person in own.people)), 202)
    assert other["operation"]["id"] == undone["id"]
    own.finish([undone])
    assert len(own.proxy.carried_out("DeleteEndpoint")) == 1


def test_two_people_ask_decide_and_deploy(place):
    own = place(deployments={"requireApproval": "all"})
    approved, operations = [], []
    for number in range(ROUNDS):
        tickets = {problem(answer, 403, "APPROVAL_REQUIRED")["ticketId"] for answer in at_once(*(own.deploy(person, number) for person in own.people))}
        assert len(tickets) == 1, "one question, one ticket"
        ticket, = tickets
        second = "approve" if number % 2 else "reject"
        shown, other = one_of(at_once(own.decide(own.people[0], ticket, "approve"), own.decide(own.people[1], ticket, second)), 200)
        stored = own.admin.get(f"{MODEL_MANAGE}/notifications/{ticket}")
        assert other["code"] == "ALREADY_DECIDED" and shown["decision"] == other["decision"] == stored["decision"], (shown, other, stored)
        answers = at_once(*(own.deploy(person, number) for person in own.people))
        if stored["decision"]["decision"] == "APPROVED":
            approved.append(number)
            operations.append(one_of(answers, 202)[0])
        else:
            anew = {problem(answer, 403, "APPROVAL_REQUIRED")["ticketId"] for answer in answers}
            assert len(anew) == 1 and ticket not in anew
    own.finish(operations)
    assert own.made() == {number: 1 for number in approved} and approved


def test_a_person_deploys_what_a_life_cycle_deploys(place):
    """The life cycle adopts what the person asked for, or the person is told of what it asked for: one approval, one endpoint."""
    own = place(deployments={"requireApproval": "all"}, lifecycle={"sagemakerDeploy": {"enabled": True}})

    def open_tickets() -> dict:
        return {row["deployableModelId"]: row["id"] for row in own.admin.every("notifications") if row["notificationType"] == "MODEL_APPROVAL_NOTIFICATION" and row["open"]}
    tickets = wait_until(lambda: (found := open_tickets()) and len(found) > ROUNDS and found, "every snapshot has its ticket", 60)
    answers = []
    for number in range(ROUNDS):
        ticket = tickets[own.snapshots[f"at-once-{number}"]]
        approved, answer = at_once(own.decide(own.people[0], ticket, "approve"), own.deploy(own.people[1], number))
        assert approved.status_code == 200, show(approved)
        answers.append(answer if answer.status_code != 403 else own.deploy(own.people[1], number)())
    assert all(answer.status_code == 202 or problem(answer, 409)["code"] in ("ALREADY_RUNNING", "ALREADY_DEPLOYED") for answer in answers)
    instances = "/mlc-service/rest/history/process-instance?finished=true"
    ended = wait_until(lambda: len(found := own.admin.get(instances)) == ROUNDS and found, "the life cycles have ended", 90)
    outcomes = [own.admin.get(f"/mlc-service/rest/history/variable-instance?processInstanceId={one['id']}&variableName=OUTCOME")[0]["value"] for one in ended]
    assert outcomes == ["DEPLOYED"] * ROUNDS and own.made() == {number: 1 for number in range(ROUNDS)}
