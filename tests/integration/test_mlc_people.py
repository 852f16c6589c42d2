"""/mlc-service/rest: tasks for people, and what a person does to an instance by hand."""
import pytest

from sandbox.mlc import MLC, Mlc
from sandbox.rest import show

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


TASKS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="KEY" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="fork"/>
    <bpmn:parallelGateway id="fork"/>
    <bpmn:sequenceFlow id="f1" sourceRef="fork" targetRef="anybody"/>
    <bpmn:userTask id="anybody" name="Look at it"/>
    <bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="given"/>
    <bpmn:userTask id="given" name="Review the model" camunda:assignee="${REVIEWER}" camunda:dueDate="2026-01-31T12:00:00Z">
      <bpmn:documentation>Is the drift explained?</bpmn:documentation>
      <bpmn:extensionElements><camunda:formData><camunda:formField id="approved" label="Approved" type="boolean"/></camunda:formData></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="offered"/>
    <bpmn:userTask id="offered" name="Sign" camunda:candidateUsers="${REVIEWER}, somebody" camunda:candidateGroups="signers-of-none"/>
  </bpmn:process>
</bpmn:definitions>
"""


@pytest.fixture()
def reviewed(admin):
    door = Mlc(admin.new_user(["mlc-group"]))
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


def test_a_person_finds_what_waits_for_them(admin):
    owner = Mlc(admin.new_user(["mlc-group"]))
    answer = owner.deploy(TASKS.replace("KEY", owner.key))
    assert answer.status_code == 200 and answer.json()["remarks"] == [], show(answer)
    reviewer, mate = (Mlc(admin.new_user(["mlc-group"])) for _ in range(2))
    instance = owner.start("k", REVIEWER=reviewer.rest.username)["id"]
    of = {"processDefinitionKey": owner.key}

    def elements(door: Mlc, **query) -> list[str]:
        return sorted(one["taskDefinitionKey"] for one in door.get("task", **of, **query))
    assert elements(mate) == ["anybody", "given", "offered"] and elements(mate, mine="true") == ["anybody"]
    assert elements(reviewer, mine="true") == ["anybody", "given", "offered"] and elements(reviewer, mine="false") == ["anybody", "given", "offered"]
    assert reviewer.get("task/count", **of, mine="true") == {"count": 3} and mate.get("task/count", **of, mine="true") == {"count": 1}
    assert reviewer.rest.post(f"{MLC}/task/count", {**of, "mine": True}, 200) == {"count": 3}
    assert reviewer.rest.send("POST", f"{MLC}/task", json={"orQueries": [{"mine": ["user:somebody"]}]}).status_code == 400, "names are the caller's alone"
    assert reviewer.rest.send("GET", f"{MLC}/task", params={"mine": "perhaps"}).status_code == 400
    given, = reviewer.get("task", **of, taskDefinitionKey="given")
    assert (given["assignee"], given["due"], given["description"]) == (reviewer.rest.username, "2026-01-31T12:00:00.000+0000", "Is the drift explained?"), given
    offered, = mate.get("task", **of, taskDefinitionKey="offered")
    assert offered["candidateUsers"] == [reviewer.rest.username, "somebody"], offered
    assert owner.get(f"history/process-instance/{instance}")["openTasks"] == 3
    for task, status, reason in ((given, 409, "CLAIMED"), (offered, 403, "NOT_A_CANDIDATE")):
        refused = mate.rest.send("POST", f"{MLC}/task/{task['id']}/complete", json={})
        assert (refused.status_code, refused.json()["reason"]) == (status, reason), show(refused)
    reviewer.post(f"task/{given['id']}/complete", {"variables": {"approved": {"value": True}}})
    assert elements(reviewer, mine="true") == ["anybody", "offered"]
    listed, = owner.get("history/process-instance", processInstanceId=instance)
    assert listed["openTasks"] == 2


def test_a_task_that_is_due_after_all_time_hides_no_other(admin):
    owner = Mlc(admin.new_user(["mlc-group"]))
    answer = owner.deploy(TASKS.replace("KEY", owner.key).replace("2026-01-31T12:00:00Z", "9999-12-31T23:59:59-12:00"))
    assert answer.status_code == 200, show(answer)
    owner.start("far", REVIEWER="rita")
    dues = {one["taskDefinitionKey"]: one["due"] for one in owner.get("task", processDefinitionKey=owner.key)}
    assert dues == {"anybody": None, "given": None, "offered": None}


def test_a_person_in_hundreds_of_groups_finds_their_tasks(admin):
    many = Mlc(admin.new_user(["mlc-group", "signers-of-none", *(f"group-{number}" for number in range(700))]))
    assert many.deploy(TASKS.replace("KEY", many.key)).status_code == 200
    many.start("many", REVIEWER="rita")
    of = {"processDefinitionKey": many.key}
    assert sorted(one["taskDefinitionKey"] for one in many.get("task", **of, mine="true")) == ["anybody", "offered"]
    assert [one["taskDefinitionKey"] for one in many.get("task", **of, candidateUser=many.rest.username)] == ["offered"]
