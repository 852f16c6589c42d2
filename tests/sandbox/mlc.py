"""/mlc-service/rest as one person uses it."""
import uuid

from sandbox.process import wait_until
from sandbox.rest import Rest, show

MLC = "/mlc-service/rest"
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
