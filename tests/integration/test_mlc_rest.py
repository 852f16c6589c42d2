"""/mlc-service/rest in the shape of Camunda 7: files, instances, messages, signals, workers (npm's external-task client), incidents, history."""
import json
import os
import subprocess
import uuid

import pytest

from sandbox.process import ROOT, wait_until
from sandbox.rest import Rest, show

MLC = "/mlc-service/rest"
NODE = ROOT / "build/tools/bin/node"
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:error id="Old" errorCode="TOO_OLD"/>
  <bpmn:message id="Go" name="go"><bpmn:extensionElements><camunda:properties><camunda:property name="mlc.correlationKey" value="${KEY}"/></camunda:properties></bpmn:extensionElements></bpmn:message>
  <bpmn:process id="KEY" name="Score daily" isExecutable="true" camunda:versionTag="1.2">
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
    <bpmn:serviceTask id="work" name="Score" camunda:type="external" camunda:topic="TOPIC"/>
    <bpmn:boundaryEvent id="old" attachedToRef="work"><bpmn:errorEventDefinition errorRef="Old"/></bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="f2" sourceRef="work" targetRef="end"/>
    <bpmn:sequenceFlow id="f3" sourceRef="old" targetRef="stale"/>
    <bpmn:endEvent id="end"/>
    <bpmn:endEvent id="stale"/>
  </bpmn:process>
</bpmn:definitions>
"""


class Mlc:
    """The REST API as one person uses it, with a process of their own."""

    def __init__(self, rest: Rest):
        self.rest = rest
        self.key = f"score-{uuid.uuid4().hex[:8]}"
        self.topic = f"topic-{self.key}"

    def file(self) -> str:
        return BPMN.replace('"KEY"', f'"{self.key}"').replace("TOPIC", self.topic)

    def deploy(self, content: str, name: str = "score.bpmn", **fields):
        boundary = "----form"
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key.replace("_", "-")}"\r\n\r\n{value}\r\n' for key, value in {"deployment_name": self.key, **fields}.items()]
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="data"; filename="{name}"\r\nContent-Type: text/xml\r\n\r\n{content}\r\n--{boundary}--\r\n')
        return self.rest.send("POST", f"{MLC}/deployment/create", data="".join(parts).encode(), headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def get(self, path: str, **params):
        return self.rest.get(f"{MLC}/{path}", params=params)

    def post(self, path: str, body: dict, status: int = 204):
        answer = self.rest.send("POST", f"{MLC}/{path}", json=body)
        assert answer.status_code == status, show(answer)
        return answer.json() if answer.content else None

    def start(self, business_key: str, **variables) -> dict:
        typed = {name: value if isinstance(value, dict) else {"value": value} for name, value in variables.items()}
        return self.post(f"process-definition/key/{self.key}/start", {"businessKey": business_key, "variables": typed}, 200)

    def ended(self, instance: str) -> dict:
        def look():
            past = self.get(f"history/process-instance/{instance}")
            return past if past["state"] != "ACTIVE" else None
        return wait_until(look, "the instance has ended")

    def variable(self, instance: str, name: str):
        found = self.get("history/variable-instance", processInstanceId=instance, variableName=name)
        return found[0] if found else None


@pytest.fixture(scope="module")
def person(admin):
    return admin.new_user(["mlc-group"])


@pytest.fixture()
def mlc(person):
    door = Mlc(person)
    answer = door.deploy(door.file())
    assert answer.status_code == 200, show(answer)
    return door


def test_a_file_is_kept_byte_for_byte_and_its_versions_count(mlc):
    first = mlc.get("process-definition", key=mlc.key, latestVersion="true")
    assert [(one["version"], one["versionTag"], one["name"], one["tenantId"]) for one in first] == [(1, "1.2", "Score daily", "mlc-group")]
    assert mlc.get(f"process-definition/key/{mlc.key}/xml")["bpmn20Xml"] == mlc.file()
    same = mlc.deploy(mlc.file(), enable_duplicate_filtering="true").json()
    assert same["id"] == first[0]["deploymentId"]
    changed = mlc.file().replace("Score daily", "Score nightly")
    assert mlc.deploy(changed, enable_duplicate_filtering="true").json()["id"] != same["id"]
    assert [one["version"] for one in mlc.get("process-definition", key=mlc.key)] == [2, 1]
    assert mlc.get("process-definition/count", key=mlc.key) == {"count": 2}
    resource = mlc.get(f"deployment/{same['id']}/resources")[0]
    data = mlc.rest.send("GET", f"{MLC}/deployment/{same['id']}/resources/{resource['id']}/data")
    assert data.content.decode() == mlc.file()


def test_what_cannot_run_is_refused_with_its_element(person):
    door = Mlc(person)
    answer = door.deploy(door.file().replace('camunda:type="external" camunda:topic="TOPIC"'.replace("TOPIC", door.topic), 'camunda:class="com.example.Own"'))
    assert answer.status_code == 400, show(answer)
    told = answer.json()
    assert told["type"] == "ParseException" and "work" in [one["pointer"] for one in told["errors"]], told
    assert door.get("process-definition", key=door.key) == []
    error = told["details"]["score.bpmn"]["errors"][0]
    at = door.file().splitlines().index(next(line for line in door.file().splitlines() if "serviceTask" in line)) + 1
    assert (error["mainElementId"], error["line"], error["column"]) == ("work", at, 5) and "com.example.Own" in error["message"], told
    assert told["details"]["score.bpmn"]["warnings"] == []
    nothing = person.send("POST", f"{MLC}/deployment/create", json={})
    assert nothing.status_code == 415 and nothing.json()["type"] == "InvalidRequestException", show(nothing)


def test_a_deployment_is_deleted_with_what_runs_of_it(mlc, admin):
    first = mlc.get("process-definition", key=mlc.key)[0]
    second = mlc.deploy(mlc.file().replace("Score daily", "Score nightly")).json()["id"]
    running = mlc.start("one")["id"]
    refused = mlc.rest.send("DELETE", f"{MLC}/deployment/{second}")
    assert refused.json()["reason"] == "INSTANCES_RUN", show(refused)
    other = admin.new_user(["mlc-group"])
    assert other.send("DELETE", f"{MLC}/deployment/{second}", params={"cascade": "true"}).status_code == 403
    gone = mlc.rest.send("DELETE", f"{MLC}/deployment/{second}", params={"cascade": "true", "skipCustomListeners": "true"})
    assert gone.status_code == 204, show(gone)
    ended = mlc.get(f"history/process-instance/{running}")
    assert ended["state"] == "EXTERNALLY_TERMINATED" and "was deleted" in ended["deleteReason"], ended
    assert [one["activityId"] for one in mlc.get("history/activity-instance", processInstanceId=running)][0]
    assert mlc.get(f"process-definition/key/{mlc.key}")["id"] == first["id"]
    built_in = admin.get(f"{MLC}/process-definition/key/SageMaker_Deploy_Model")["deploymentId"]
    stays = admin.send("DELETE", f"{MLC}/deployment/{built_in}")
    assert stays.json()["reason"] == "BUILT_IN", show(stays)


def test_the_npm_client_works_on_tasks(mlc):
    """Completes, throws a BPMN error, and fails once before it completes."""
    rows = {"value": json.dumps({"rows": [7]}), "type": "Json"}
    good, stale, again = (mlc.start(what, WHAT=what, ROWS=rows)["id"] for what in ("good", "error", "failure"))
    worker = subprocess.run([str(NODE), "external_task_worker.mjs", f"{mlc.rest.url}{MLC}", mlc.topic, "4"], cwd=ROOT / "tests/node", env={**os.environ, "TOKEN": mlc.rest.token},
                            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    seen = [json.loads(line) for line in worker.stdout.splitlines() if line.startswith('{"id"')]
    assert sorted(one["what"] for one in seen) == ["error", "failure", "failure", "good"], worker.stdout + worker.stderr
    assert all(one["rows"] == {"rows": [7]} for one in seen)
    for instance, end in ((good, "end"), (stale, "stale"), (again, "end")):
        assert mlc.ended(instance)["state"] == "COMPLETED"
        visits = mlc.get("history/activity-instance", processInstanceId=instance)
        assert end in [one["activityId"] for one in visits]
        assert {one["parentActivityInstanceId"] for one in visits} == {instance}
    assert {name: (mlc.variable(good, name)["type"], mlc.variable(good, name)["value"]) for name in ("SCORE", "COUNT", "OK", "NAME")} == {
        "SCORE": ("Double", 0.9), "COUNT": ("Integer", 3), "OK": ("Boolean", True), "NAME": ("String", "churn")}
    assert json.loads(mlc.variable(good, "REPORT")["value"]) == {"rows": [1, 2]}


def fetch(mlc: Mlc, worker: str, lock: int = 10_000) -> list:
    return mlc.post("external-task/fetchAndLock", {"workerId": worker, "maxTasks": 5, "topics": [{"topicName": mlc.topic, "lockDuration": lock}]}, 200)


def test_workers_send_what_they_know_though_it_is_empty(mlc):
    """The bodies of Camunda's client for Java, and of the one for Python."""
    topic = {"topicName": mlc.topic, "lockDuration": 10_000}
    for body in ({"workerId": "java", "maxTasks": 1, "usePriority": True, "sorting": [], "topics": [topic]},
                 {"workerId": "python", "maxTasks": 1, "topics": [topic | {"processVariables": {}, "variables": None}], "asyncResponseTimeout": 0, "usePriority": True}):
        assert mlc.post("external-task/fetchAndLock", body, 200) == []
    fetch_sorted = {"workerId": "java", "maxTasks": 1, "topics": [topic]}
    for wrong in ([{"sortBy": "createTime"}], [{"sortBy": "priority", "sortOrder": "asc"}], [{"sortBy": "createTime", "sortOrder": "asc"}] * 2):
        mlc.post("external-task/fetchAndLock", {**fetch_sorted, "sorting": wrong}, 400)
    first, second = mlc.start("first")["id"], mlc.start("second")["id"]
    got = mlc.post("external-task/fetchAndLock", {**fetch_sorted, "sorting": [{"sortBy": "createTime", "sortOrder": "desc"}]}, 200)
    assert [one["processInstanceId"] for one in got] == [second], first


def test_a_task_is_its_worker_s_alone(mlc):
    instance = mlc.start("one")["id"]
    task = fetch(mlc, "ann")[0]
    assert fetch(mlc, "bob") == []
    told = mlc.post(f"external-task/{task['id']}/complete", {"workerId": "bob"}, 400)
    assert told["type"] == "BadUserRequestException" and told["reason"] == "NOT_LOCKED"
    assert mlc.get(f"process-instance/{instance}/activity-instances")["childActivityInstances"][0]["activityId"] == "work"
    mlc.post(f"external-task/{task['id']}/complete", {"workerId": "ann", "variables": {"OUTCOME": {"value": "DONE", "type": "String"}}})
    assert mlc.ended(instance)["outcome"] == "DONE"
    mlc.post(f"external-task/{task['id']}/complete", {"workerId": "ann"}, 404)


def test_no_retries_left_is_an_incident_that_a_person_ends(mlc):
    instance = mlc.start("stuck")["id"]
    task = fetch(mlc, "ann")[0]
    mlc.post(f"external-task/{task['id']}/failure", {"workerId": "ann", "errorMessage": "no such table", "retries": 0})
    incident = mlc.get("incident", processInstanceId=instance)[0]
    assert (incident["activityId"], incident["configuration"]) == ("work", task["id"]) and "no such table" in incident["incidentMessage"]
    assert fetch(mlc, "ann") == []
    answer = mlc.rest.send("PUT", f"{MLC}/external-task/{task['id']}/retries", json={"retries": 1})
    assert answer.status_code == 204, show(answer)
    assert mlc.get("incident", processInstanceId=instance) == []
    mlc.post(f"external-task/{fetch(mlc, 'ann')[0]['id']}/complete", {"workerId": "ann"})
    assert mlc.ended(instance)["state"] == "COMPLETED"


def test_an_error_that_nothing_catches_is_an_incident_and_its_task_comes_again_by_a_retry(mlc):
    other = mlc.file().replace('<bpmn:boundaryEvent id="old" attachedToRef="work"><bpmn:errorEventDefinition errorRef="Old"/></bpmn:boundaryEvent>', "")
    other = other.replace('<bpmn:sequenceFlow id="f3" sourceRef="old" targetRef="stale"/>', "").replace('<bpmn:endEvent id="stale"/>', "")
    assert mlc.deploy(other).status_code == 200
    instance = mlc.start("uncaught")["id"]
    task, = fetch(mlc, "ann")
    mlc.post(f"external-task/{task['id']}/bpmnError", {"workerId": "ann", "errorCode": "NOBODY", "errorMessage": "no room"})
    incident, = mlc.get("incident", processInstanceId=instance)
    assert incident["incidentType"] == "uncaughtError" and "NOBODY" in incident["incidentMessage"], incident
    mlc.post(f"external-task/{task['id']}/bpmnError", {"workerId": "ann", "errorCode": "NOBODY"}, 400)
    assert fetch(mlc, "bob") == []
    mlc.post(f"incident/{incident['id']}/retry", {})
    assert mlc.get("incident", processInstanceId=instance) == []
    again, = fetch(mlc, "bob")
    mlc.post(f"external-task/{again['id']}/bpmnError", {"workerId": "bob", "errorCode": "NOBODY"})
    assert mlc.rest.send("PUT", f"{MLC}/external-task/{again['id']}/retries", json={"retries": 1}).status_code == 204
    mlc.post(f"external-task/{fetch(mlc, 'bob')[0]['id']}/complete", {"workerId": "bob"})
    assert mlc.ended(instance)["state"] == "COMPLETED", "the worker was mended"


def test_fetching_waits_for_a_task_that_comes(mlc):
    """The answer comes with the task, long before its time-out."""
    import threading
    found = []
    body = {"workerId": "ann", "maxTasks": 1, "asyncResponseTimeout": 20_000, "topics": [{"topicName": mlc.topic, "lockDuration": 10_000}]}
    waiting = threading.Thread(target=lambda: found.extend(mlc.post("external-task/fetchAndLock", body, 200)))
    waiting.start()
    instance = mlc.start("late")["id"]
    waiting.join(15)
    if not found:  # it was answered before the task was there
        found = fetch(mlc, "ann")
    assert [one["processInstanceId"] for one in found] == [instance]


def test_an_instance_is_cancelled_with_a_reason_and_its_variables_change(mlc):
    instance = mlc.start("cancel", A=1)["id"]
    assert mlc.get(f"process-instance/{instance}/variables")["A"] == {"type": "Integer", "value": 1, "valueInfo": {}}
    mlc.post(f"process-instance/{instance}/variables", {"modifications": {"B": {"value": "two"}}, "deletions": ["A"]})
    assert sorted(mlc.get(f"process-instance/{instance}/variables")) == ["B"]
    assert mlc.get("process-instance/count", processDefinitionKey=mlc.key) == {"count": 1}
    gone = mlc.rest.send("DELETE", f"{MLC}/process-instance/{instance}", params={"reason": "not needed"})
    assert gone.status_code == 204, show(gone)
    past = mlc.get(f"history/process-instance/{instance}")
    assert (past["state"], past["deleteReason"]) == ("EXTERNALLY_TERMINATED", "not needed")
    assert mlc.get("process-instance/count", processDefinitionKey=mlc.key) == {"count": 0}


def test_what_people_do_is_audited_with_its_reason(mlc):
    instance = mlc.start("audited", LIMIT=1, API_KEY="hush")["id"]
    mlc.post(f"process-instance/{instance}/variables", {"modifications": {"LIMIT": {"value": 2}, "API_KEY": {"value": "shout"}, "NOTE": {"value": "n"}}, "reason": "the limit was wrong"})
    assert mlc.rest.send("DELETE", f"{MLC}/process-instance/{instance}", params={"skipSubprocesses": "true"}).status_code == 400
    assert mlc.rest.send("DELETE", f"{MLC}/process-instance/{instance}", json={"reason": "not needed"}).status_code == 204
    assert mlc.get(f"history/process-instance/{instance}")["deleteReason"] == "not needed"
    assert mlc.rest.send("GET", f"{MLC}/process-instance/{instance}").status_code == 404, "clients of Camunda ask until it is no more"
    found = mlc.rest.get("/model-manage/api/auditRecords", params={"filter": f"entityId:{instance}"})["_embedded"]["auditRecords"]
    by_action = {one["metaData"]["action"]: one for one in found}
    assert by_action["edited"]["metaData"]["reason"] == "the limit was wrong" and by_action["cancelled_by"]["metaData"]["reason"] == "not needed"
    changes = {one["path"]: one for one in by_action["edited"]["changes"]}
    assert changes["/variables/LIMIT"] == {"op": "replace", "path": "/variables/LIMIT", "value": 2, "oldValue": 1}
    assert changes["/variables/NOTE"] == {"op": "add", "path": "/variables/NOTE", "value": "n"}
    assert changes["/variables/API_KEY"]["op"] == "replace" and "hush" not in str(found) and "shout" not in str(found), found


def test_messages_without_receiver_and_unknown_things_are_told_as_camunda_does(mlc):
    told = mlc.post("message", {"messageName": f"nobody-{mlc.key}"}, 400)
    assert told["type"] == "MismatchingMessageCorrelationException" and told["code"] == 0 and told["message"]
    mlc.post("signal", {"name": f"nothing-{mlc.key}", "variables": {"A": {"value": "1", "type": "String"}}})
    assert mlc.rest.send("GET", f"{MLC}/process-instance/{uuid.uuid4()}").json()["type"] == "InvalidRequestException"
    for body, pointer in (({}, "/name"), ({"name": "x", "variables": []}, "/variables"), ({"name": "x", "variables": {"A": {"value": 1, "type": "String"}}}, "/variables/A/value"),
                          ({"name": "x", "variables": {"A": {"value": "<", "type": "Json"}}}, "/variables/A/value"),
                          ({"name": "x", "variables": {"A": {"value": "r0", "type": "Object", "valueInfo": {"serializationDataFormat": "application/x-java-serialized-object"}}}},
                           "/variables/A/valueInfo/serializationDataFormat")):
        told = mlc.post("signal", body, 400)
        assert told["errors"][0]["pointer"] == pointer, told


LISTS = ("process-instance", "process-instance/count", "process-definition", "process-definition/count", "decision-definition", "deployment", "external-task", "task", "job", "incident",
         "history/incident", "history/process-instance", "history/process-instance/count", "history/activity-instance?processInstanceId=ID", "history/variable-instance?processInstanceId=ID")


def test_no_filter_is_ignored(mlc):
    """A client that filters by an ignored parameter acts on everything."""
    instance = mlc.start("filtered", A_COUNT=7)["id"]
    other = mlc.start("other", A_COUNT=8)["id"]
    for path in LISTS:
        path = path.replace("ID", instance)
        refused = mlc.rest.send("GET", f"{MLC}/{path}{'&' if '?' in path else '?'}caseInstanceId=x")
        assert refused.status_code == 400, (path, show(refused))
        assert refused.json()["type"] == "InvalidRequestException" and "caseInstanceId" in refused.json()["message"], (path, show(refused))
    for path, member in (("process-instance", "businessKey"), ("history/process-instance", "processInstanceBusinessKey")):
        found = mlc.post(path, {"processDefinitionKey": mlc.key, "orQueries": [{member: "filtered", "processInstanceIds": [other]}]}, 200)
        assert sorted(one["id"] for one in found) == sorted([instance, other]), path
        told = mlc.post(path, {"orQueries": [{member: "filtered", "variables": [{"name": "A_COUNT", "operator": "eq", "value": 7}]}]}, 400)
        assert told["errors"][0]["pointer"] == "/orQueries/0/variables", told
    assert mlc.post("task", {"orQueries": [{"processDefinitionKey": mlc.key, "assignee": "nobody"}]}, 200) == []
    assert mlc.rest.send("GET", f"{MLC}/external-task", params={"orQueries": "x"}).status_code == 400
    assert mlc.post("task", {"candidateUser": "somebody else"}, 400)["errors"][0]["pointer"] == "?candidateUser"
    for wrong in ({"sortBy": "businessKey"}, {"sortBy": "shoeSize", "sortOrder": "asc"}, {"variables": "A_COUNT"}, {"active": "maybe"}):
        assert mlc.rest.send("GET", f"{MLC}/process-instance", params=wrong).status_code == 400, wrong
    assert [one["id"] for one in mlc.get("process-instance", processDefinitionKey=mlc.key, variables="A_COUNT_gt_7")] == [other]
    query = {"processDefinitionKey": mlc.key, "processInstanceIds": [instance, other], "sorting": [{"sortBy": "businessKey", "sortOrder": "desc"}], "businessKeyLike": None}
    assert [one["id"] for one in mlc.post("process-instance", query, 200)] == [other, instance]
    assert [one["id"] for one in mlc.post("process-instance", {**query, "variables": [{"name": "A_COUNT", "operator": "eq", "value": 7}]}, 200)] == [instance]
    visits = mlc.get("history/activity-instance", processInstanceId=instance, sortBy="activityId", sortOrder="desc", maxResults=1)
    assert [one["activityId"] for one in visits] == ["work"]
    assert [one["activityId"] for one in mlc.get("history/activity-instance", processInstanceId=instance, unfinished="true")] == ["work"]
    topics = [{"topicName": mlc.topic, "lockDuration": 1000, "processVariables": {"A_COUNT": 7}}]
    assert mlc.post("external-task/fetchAndLock", {"workerId": "ann", "maxTasks": 5, "topics": topics}, 400)["errors"][0]["pointer"] == "/topics/0/processVariables"


USER = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="KEY" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:extensionElements><camunda:properties><camunda:property name="mlc.timeZone" value="ZONE"/></camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="review"/>
    <bpmn:userTask id="review" name="Review" camunda:candidateGroups="mlc-group"/>
    <bpmn:sequenceFlow id="f2" sourceRef="review" targetRef="later"/>
    <bpmn:intermediateCatchEvent id="later"><bpmn:timerEventDefinition><bpmn:timeDate>2031-03-30T02:30:00</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f3" sourceRef="later" targetRef="work"/>
    <bpmn:serviceTask id="work" camunda:class="com.modelop.mlc.delegate.modelop.DeployModel"/>
    <bpmn:sequenceFlow id="f4" sourceRef="work" targetRef="end"/>
    <bpmn:endEvent id="end"/>
  </bpmn:process>
</bpmn:definitions>
"""


@pytest.fixture()
def reviewed(person):
    door = Mlc(person)
    answer = door.deploy(USER.replace("KEY", door.key).replace("ZONE", "Europe/Berlin"))
    assert answer.status_code == 200, show(answer)
    door.deployed = answer.json()
    return door


def test_people_claim_and_complete_their_tasks(admin, reviewed):
    instance = reviewed.start("review")["id"]
    task, = reviewed.get("task", processInstanceId=instance)
    assert (task["name"], task["taskDefinitionKey"], task["assignee"], task["candidateGroups"]) == ("Review", "review", None, ["mlc-group"])
    assert reviewed.get("task", candidateGroup="mlc-group", processDefinitionKey=reviewed.key) == [task]
    reviewed.post(f"task/{task['id']}/claim", {})
    name = reviewed.get(f"task/{task['id']}")["assignee"]
    assert name and reviewed.get("task", processInstanceId=instance, unassigned="true") == []
    assert reviewed.get("task", candidateUser=name, processDefinitionKey=reviewed.key) == [], "somebody has it"
    reviewed.post(f"task/{task['id']}/unclaim", {})
    assert reviewed.get("task", candidateUser=name, processDefinitionKey=reviewed.key) == [task], "offered to the group"
    reviewed.post(f"task/{task['id']}/claim", {"userId": "x" * 256}, 400)
    reviewed.post(f"task/{task['id']}/claim", {})
    reviewed.post(f"task/{task['id']}/complete", {"variables": {"reviewResult": {"value": "APPROVED", "type": "String"}}})
    assert reviewed.get("task", processInstanceId=instance) == []
    assert reviewed.get(f"process-instance/{instance}/variables")["reviewResult"]["value"] == "APPROVED"
    assert reviewed.rest.send("POST", f"{MLC}/task/{task['id']}/complete", json={}).status_code == 404
    ended, = reviewed.rest.get("/model-manage/api/auditRecords", params={"filter": f"entityId:{instance}"})["_embedded"]["auditRecords"]
    told = ended["metaData"]
    assert (told["action"], told["taskDefinitionKey"], told["businessKey"], ended["createdBy"]) == ("completed", "review", "review", name), ended
    assert [one["path"] for one in ended["changes"]] == ["/variables/reviewResult", "/tasks/review"] and ended["createdDate"], ended
    stranger = admin.new_user(["elsewhere"])
    assert stranger.get(f"{MLC}/task", params={"processDefinitionKey": reviewed.key}) == []


def test_a_wall_clock_of_a_named_zone_is_set_over_the_hour_that_is_not(reviewed):
    instance = reviewed.start("zone")["id"]
    task, = reviewed.get("task", processInstanceId=instance)
    reviewed.post(f"task/{task['id']}/complete", {})
    job, = reviewed.get("job", processInstanceId=instance)
    assert job["dueDate"] == "2031-03-30T01:00:00.000+0000", "at 02:30 of that night no clock in Berlin stands"
    answer = Mlc(reviewed.rest).deploy(USER.replace("ZONE", "Mars/Olympus"))
    assert answer.status_code == 400 and "Mars/Olympus" in answer.text, show(answer)


def test_a_job_without_retries_is_an_incident_that_retries_end(reviewed):
    instance = reviewed.start("stopped")["id"]
    task, = reviewed.get("task", processInstanceId=instance)
    reviewed.post(f"task/{task['id']}/complete", {})
    job, = reviewed.get("job", processInstanceId=instance)

    def retries(count: int):
        answer = reviewed.rest.send("PUT", f"{MLC}/job/{job['id']}/retries", json={"retries": count})
        assert answer.status_code == 204, show(answer)

    retries(0)
    retries(0)
    incident, = reviewed.get("incident", processInstanceId=instance)
    assert (incident["incidentType"], incident["activityId"], incident["configuration"]) == ("failedJob", "later", job["id"]), incident
    stopped = reviewed.get(f"job/{job['id']}")
    assert (stopped["retries"], stopped["dueDate"]) == (0, job["dueDate"]) and "to 0" in stopped["exceptionMessage"], stopped
    retries(2)
    assert reviewed.get("incident", processInstanceId=instance) == []
    tried = reviewed.get(f"job/{job['id']}")
    assert (tried["retries"], tried["dueDate"]) == (2, job["dueDate"]), "a timer of 2031 is not due by that"


def test_tokens_are_moved_by_hand_as_a_whole_or_not_at_all(reviewed):
    instance = reviewed.start("move")["id"]
    path = f"process-instance/{instance}/modification"
    reviewed.post(path, {"instructions": [{"type": "startBeforeActivity", "activityId": "nowhere"}, {"type": "cancel", "activityId": "review"}]}, 400)
    reviewed.post(path, {"instructions": []}, 400)
    child, = reviewed.get(f"process-instance/{instance}/activity-instances")["childActivityInstances"]
    assert child["activityId"] == "review"
    reviewed.post(path, {"instructions": [{"type": "startBeforeActivity", "activityId": "work", "variables": {"WHY": {"value": "by hand"}}},
                                          {"type": "cancel", "activityInstanceId": child["id"]}], "annotation": "the reviewer is away"})
    child, = reviewed.get(f"process-instance/{instance}/activity-instances")["childActivityInstances"]
    assert child["activityId"] == "work" and reviewed.get("task", processInstanceId=instance) == []
    assert reviewed.get(f"process-instance/{instance}/variables")["WHY"]["value"] == "by hand"


def test_what_nobody_works_is_named_and_what_is_kept_is_told(reviewed):
    remark, = [one for one in reviewed.deployed["remarks"] if one["rule"] == "DELEGATE"]
    assert remark["elementId"] == "work" and "modelop.DeployModel" in remark["message"]
    assert reviewed.get(f"process-definition/key/{reviewed.key}")["historyTimeToLive"] == 180


def test_a_conditional_start_is_asked_over_given_variables(admin, mlc):
    condition = '<startEvent id="Start_Drift"><conditionalEventDefinition><condition>${DRIFT > 0.5}</condition></conditionalEventDefinition></startEvent>'
    process = f'<process id="{mlc.key}-drift" isExecutable="true">{condition}<sequenceFlow id="f" sourceRef="Start_Drift" targetRef="end"/><endEvent id="end"/></process>'
    told = mlc.deploy(f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">{process}</definitions>', "drift.bpmn")
    assert told.status_code == 200, show(told)
    assert [(one["elementId"], one["rule"]) for one in told.json()["remarks"]] == [("Start_Drift", "CONDITIONAL_START")]
    drift = {"variables": {"DRIFT": {"value": 0.7, "type": "Double"}}, "businessKey": "drifting"}
    started, = mlc.post("condition", drift, 200)
    assert (started["definitionId"], started["businessKey"]) == (mlc.get("process-definition", key=f"{mlc.key}-drift")[0]["id"], "drifting")
    assert mlc.post("condition", {"variables": {"DRIFT": {"value": 0.2}}}, 200) == []
    assert mlc.post("condition", {**drift, "caseInstanceId": "x"}, 400)["errors"][0]["pointer"] == "/caseInstanceId"
    stranger = Mlc(admin.new_user(["elsewhere"]))
    assert stranger.post("condition", drift, 200) == []
    stranger.post("condition", {**drift, "processDefinitionId": started["definitionId"]}, 404)


def test_other_groups_see_nothing(admin, mlc):
    instance = mlc.start("secret")["id"]
    task = fetch(mlc, "ann", 1)
    stranger = Mlc(admin.new_user(["elsewhere"]))
    assert stranger.get("process-definition", key=mlc.key) == []
    assert stranger.rest.send("GET", f"{MLC}/process-instance/{instance}").status_code == 404
    assert stranger.rest.send("GET", f"{MLC}/external-task/{task[0]['id']}").status_code == 404
    stranger.topic = mlc.topic
    assert fetch(stranger, "thief") == []
    assert stranger.rest.send("DELETE", f"{MLC}/process-instance/{instance}").status_code == 404
