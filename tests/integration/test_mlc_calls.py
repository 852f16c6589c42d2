"""A process that another one calls and is stuck: told at each caller, as Camunda 7 does, by REST, on the command line and by `why`."""
import json

import pytest

from sandbox.mlc import MLC, Mlc
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest, show
from sandbox.server import PASSWORD

HEAD = '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">'


def process(key: str, step: str) -> str:
    return f"""{HEAD}<bpmn:process id="{key}" isExecutable="true"><bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="step"/>
{step}<bpmn:sequenceFlow id="f2" sourceRef="step" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process></bpmn:definitions>"""


def calling(key: str, called: str, loop: str = "") -> str:
    return process(key, f'<bpmn:callActivity id="step" name="Call {called[:3]}" calledElement="{called}">{loop}</bpmn:callActivity>')


class Calls:
    """top calls mid, mid calls three of leaf at once, each of which works on a topic."""

    def __init__(self, rest: Rest, top: str = "", **fields):
        self.mlc = Mlc(rest)
        self.leaf, self.mid, self.top = (f"{name}-{self.mlc.key}" for name in ("leaf", "mid", "top"))
        self.top = top or self.top
        loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
        for file in (process(self.leaf, f'<bpmn:serviceTask id="step" name="Score" camunda:type="external" camunda:topic="{self.mlc.topic}"/>'),
                     calling(self.mid, self.leaf, loop), calling(self.top, self.mid)):
            answer = self.mlc.deploy(file, **fields)
            assert answer.status_code == 200, show(answer)

    def start(self, business_key: str = "b") -> str:
        return self.mlc.post(f"process-definition/key/{self.top}/start", {"businessKey": business_key}, 200)["id"]

    def called(self, caller: str) -> list[str]:
        return [one["id"] for one in self.mlc.get("history/process-instance", superProcessInstanceId=caller)]

    def fetch(self, most: int) -> list:
        return self.mlc.post("external-task/fetchAndLock", {"workerId": "w", "maxTasks": most, "topics": [{"topicName": self.mlc.topic, "lockDuration": 60_000}]}, 200)

    def fail(self, most: int) -> list:
        tasks = self.fetch(most)
        for task in tasks:
            self.mlc.post(f"external-task/{task['id']}/failure", {"workerId": "w", "errorMessage": "no such table", "retries": 0})
        return tasks


@pytest.fixture()
def own(make_server):
    server = make_server()
    rest = Rest.sign_in(server.url, "admin", PASSWORD)
    rest.server = server
    return rest


def test_each_caller_tells_what_it_is_stuck_on_over_a_restart(own):
    calls = Calls(own)
    top = calls.start()
    mid, = calls.called(top)
    leaves = calls.called(mid)
    assert len(leaves) == 3 and len(calls.fail(2)) == 2
    own.server.kill()
    own.server.start()
    shown = calls.mlc.get("incident", processInstanceId=top)
    assert len(shown) == 2 and {one["rootCauseIncidentProcessInstanceId"] for one in shown} < set(leaves), shown
    for one in shown:
        cause, = calls.mlc.get("incident", incidentId=one["causeIncidentId"])
        assert (one["activityId"], one["incidentMessage"], one["configuration"], one["calledProcessInstanceId"]) == ("step", None, None, mid)
        assert cause["processInstanceId"] == mid and cause["causeIncidentId"] == cause["rootCauseIncidentId"] == one["rootCauseIncidentId"]
        root, = calls.mlc.get("incident", incidentId=one["rootCauseIncidentId"])
        assert root["incidentMessage"] == one["rootCauseIncidentMessage"] == "no such table" and root["causeIncidentId"] == root["id"]
    assert calls.mlc.get("process-instance/count", processDefinitionKey=calls.top, withIncident="true") == {"count": 1}
    assert calls.mlc.get(f"history/process-instance/{top}")["incidents"] == 2
    body, = calls.mlc.get(f"process-instance/{mid}/activity-instances")["childActivityInstances"]
    repeated = body["childActivityInstances"]
    assert (body["activityType"], body["loopCounter"], sorted(one["loopCounter"] for one in repeated)) == ("multiInstanceBody", None, [0, 1, 2])
    assert {one["calledProcessInstanceId"] for one in repeated} == set(leaves)
    assert sorted(len(one["incidentIds"]) for one in repeated) == [0, 1, 1], "which of them it is"
    visits = calls.mlc.get("history/activity-instance", processInstanceId=top)
    assert [one["calledProcessInstanceId"] for one in visits] == [None, mid]
    assert {calls.mlc.get(f"history/process-instance/{one}")["rootProcessInstanceId"] for one in (top, mid, *leaves)} == {top}
    stranger = own.new_user(["elsewhere"])
    assert stranger.get(f"{MLC}/incident") == []
    assert stranger.send("POST", f"{MLC}/incident/{shown[0]['id']}/retry", json={}).status_code == 404
    calls.mlc.post(f"incident/{shown[0]['id']}/retry", {})
    assert len(calls.mlc.get("incident", processInstanceId=top)) == 1
    deleted = own.send("DELETE", f"{MLC}/process-instance/{top}")
    assert deleted.status_code == 204, show(deleted)
    assert calls.mlc.get("incident") == [] and all(one["resolved"] for one in calls.mlc.get("history/incident", processInstanceId=top))


def test_the_command_line_leads_from_the_caller_to_what_is_stuck_and_tries_it_again(own):
    calls = Calls(own)
    top = calls.start()
    mid, = calls.called(top)
    stuck = calls.fail(1)[0]["processInstanceId"]

    def cli(*arguments: str):
        done = own.server.cli(*arguments, token=own.token)
        assert done.returncode == 0, done.stderr
        return done

    listed = {one["id"]: one for one in json.loads(cli("lifecycle", "instances", "--stuck", "-o", "json").stdout)}
    assert set(listed) == {top, mid, stuck} and listed[top]["incidents"] == 1
    told = cli("lifecycle", "show", top).stdout
    assert mid in told and stuck in told and "no such table" in told, told
    assert top in cli("lifecycle", "show", mid).stdout, "who called it"
    again = cli("lifecycle", "retry", top)
    assert "1 tried again." in again.stderr and "stuck on nothing" not in again.stderr, again.stderr
    for task in wait_until(lambda: calls.fetch(5), "it can be worked on again"):
        calls.mlc.post(f"external-task/{task['id']}/complete", {"workerId": "w"})
    assert calls.mlc.ended(top)["state"] == "COMPLETED"


def test_why_names_the_called_process_that_is_stuck(own):
    own.import_model("customer-segments")
    snapshot = own.every("deployableModels")[0]
    calls = Calls(own, "SageMaker_Deploy_Model", tenant_id=snapshot["group"])
    top = calls.start(snapshot["id"])
    stuck = calls.fail(1)[0]["processInstanceId"]
    why = own.get(f"{MODEL_MANAGE}/deployableModels/{snapshot['id']}/why")
    assert "is stuck" in why["answer"], why
    fact = next(one for one in why["facts"] if one["code"] == "LIFE_CYCLE_INCIDENT")
    assert fact["ref"] == {"kind": "processInstance", "id": stuck} and stuck in fact["message"] and "no such table" in fact["message"], fact
    assert f"slipway lifecycle retry {top}" in [one.get("cli") for one in why["next"]]
