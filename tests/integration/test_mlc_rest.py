"""/mlc-service/rest in the shape of Camunda 7: files, instances, messages, signals, workers (npm's external-task client), incidents, history."""
import json
import os
import subprocess
import uuid

import pytest

from sandbox.mlc import MLC, Mlc
from sandbox.process import ROOT
from sandbox.rest import show

NODE = ROOT / "build/tools/bin/node"


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


def test_a_start_that_is_refused_names_the_element(person):
    door = Mlc(person)
    answer = door.deploy(door.file().replace('camunda:topic="' + door.topic, 'camunda:topic="${NOWHERE}'))
    assert answer.status_code == 200, show(answer)
    refused = person.send("POST", f"{MLC}/process-definition/key/{door.key}/start", json={})
    assert refused.status_code == 422 and refused.json()["message"].startswith("At work: "), show(refused)


def test_what_a_start_a_message_or_a_signal_does_not_take_is_named(mlc):
    """Left out without a word it would start somewhere else, under no key, or reach others."""
    start = f"process-definition/key/{mlc.key}/start"
    for path, body, place in ((start, {"startInstructions": [{"type": "startBeforeActivity", "activityId": "end"}]}, "/startInstructions"), (start, {"businessKey": 5}, "/businessKey"),
                              ("message", {"messageName": "news", "businessKey": 5, "all": True}, "/businessKey"), ("message", {"messageName": "news", "processInstanceId": [1], "all": True}, "/processInstanceId"),
                              ("signal", {"name": "go", "executionId": 5}, "/executionId"), ("condition", {"variables": {}, "tenantId": True}, "/tenantId")):
        refused = mlc.rest.send("POST", f"{MLC}/{path}", json=body)
        assert refused.status_code == 400 and place in json.dumps(refused.json()), show(refused)
    assert mlc.get("process-instance", processDefinitionKey=mlc.key) == []
    # What clients of Camunda fill in with nothing counts as left out.
    mlc.post(start, {"businessKey": None, "startInstructions": [], "skipIoMappings": False, "caseInstanceId": None}, 200)


def test_a_deployment_is_deleted_with_what_runs_of_it(mlc, admin):
    first = mlc.get("process-definition", key=mlc.key)[0]
    second = mlc.deploy(mlc.file().replace("Score daily", "Score nightly")).json()["id"]
    running = mlc.start("one")["id"]
    refused = mlc.rest.send("DELETE", f"{MLC}/deployment/{second}")
    assert refused.json()["reason"] == "INSTANCES_RUN" and "--cascade" in refused.json()["message"], show(refused)
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
