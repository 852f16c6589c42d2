"""What files of a model mean for its life cycle: which test data is read, and what the comparator says of what the test wrote."""
import base64

from integration import test_lifecycle
from integration.test_lifecycle import World
from sandbox.account import HOLDOUT_JSON, TEST_DATA
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE

tested = test_lifecycle.tested  # the fixture
COMPARATOR = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="Limits" name="Limits" namespace="limits">
  <decision id="limits" name="Limits">
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="i1"><inputExpression id="x1" typeRef="double"><text>auc</text></inputExpression></input>
      <output id="o1" name="passes" typeRef="boolean" />
      <output id="o2" name="reason" typeRef="string" />
      <rule id="good"><inputEntry id="a1"><text>&gt;= 0.9</text></inputEntry><outputEntry id="b1"><text>true</text></outputEntry><outputEntry id="c1"><text>"good enough"</text></outputEntry></rule>
      <rule id="weak"><inputEntry id="a2"><text>%s</text></inputEntry><outputEntry id="b2"><text>false</text></outputEntry><outputEntry id="c2"><text>"too weak"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""


def comparator(weak: str) -> dict:
    """Passes from 0.9 on; `weak` says what does not."""
    content = base64.b64encode((COMPARATOR % weak).encode()).decode()
    return {"assetType": "FILE", "assetRole": "TEST_RESULT_COMPARATOR", "filename": "limits.dmn", "fileContent": content}


def incident(world: World) -> dict:
    found, = wait_until(lambda: world.admin.get("/mlc-service/rest/incident"), "the incident", 60)
    return found


def retry(world: World, stuck: dict) -> None:
    done = world.server.cli("lifecycle", "retry", stuck["processInstanceId"], token=world.admin.token)
    assert done.returncode == 0, done.stderr


def test_an_ambiguous_comparator_is_mended_at_the_model(tested):
    world = tested([TEST_DATA | {"name": "holdout.json", "fileUrl": HOLDOUT_JSON}, comparator("&lt; 0.95")])
    stuck = incident(world)
    assert stuck["activityId"] == "T_Result" and "UNIQUE" in stuck["incidentMessage"] and "Mend the comparator of the model" in stuck["incidentMessage"]
    why = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}/why")
    assert [fact["message"].partition(": ")[0] for fact in why["facts"] if fact["code"] == "LIFE_CYCLE_INCIDENT"] == ['At "Record test result"'], why["facts"]
    model = world.admin.every("storedModels")[0]
    others = [one for one in model["modelAssets"] if one.get("assetRole") != "TEST_RESULT_COMPARATOR"]
    world.admin.send("PATCH", f"{MODEL_MANAGE}/storedModels/{model['id']}", json={"modelAssets": [*others, comparator("&lt; 0.9")]}).raise_for_status()
    retry(world, stuck)
    evidence = world.ticket()["evidence"]
    assert evidence["comparator"]["result"] == "PASSED" and "By the model's comparator of now" in evidence["comparator"]["reasons"][-1], evidence["comparator"]
    assert evidence["testResult"]["testResults"]["auc"] == 0.93 and evidence["testOutput"]["objects"] == evidence["testOutput"]["inputs"] == 1
    shown = world.server.cli("ticket", "show", world.ticket()["id"], token=world.admin.token).stdout
    assert "PASSED" in shown and "good enough" in shown and "1 object, " in shown, shown


def test_of_two_files_with_test_data_a_person_names_one(tested):
    world = tested([TEST_DATA, TEST_DATA | {"name": "other.json", "fileUrl": HOLDOUT_JSON}])
    stuck = incident(world)
    assert stuck["activityId"] == "T_Verify" and "holdout.csv and other.json" in stuck["incidentMessage"]
    snapshot = world.admin.get(f"{MODEL_MANAGE}/deployableModels/{world.snapshot}")
    custom = {"sageMaker": {"testTransform": {"testData": "other.json"}}}
    world.admin.send("PATCH", f"{MODEL_MANAGE}/deployableModels/{world.snapshot}", json={"metaData": snapshot["metaData"] | {"custom": custom}}).raise_for_status()
    retry(world, stuck)
    assert world.ticket()["evidence"]["testJob"]["status"] == "COMPLETE"
    job = world.admin.get(f"{MODEL_MANAGE}/jobs/{world.ticket()['evidence']['testJob']['id']}")
    assert job["jobParameters"]["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == HOLDOUT_JSON
