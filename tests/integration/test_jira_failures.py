"""Failures that an issue in Jira tells of: one each, told anew when they happen again, and settled with their cause."""
import json

from sandbox.account import TEST_DATA
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest
from sandbox.server import PASSWORD

MODEL = "customer-segments"  # no endpoint in the account


def test_a_failed_test_is_one_issue_with_its_reason(make_server, cloud, life):
    life.script("transform-job", "mlc-*", "Failed", reason="AlgorithmError: no such column")
    cloud.fault("lost", "createIssue", times=1)
    server = make_server(config={"tickets": cloud.config(pollInterval="1s", indexDelay="6s"), "lifecycle": {"sagemakerDeploy": {"enabled": True}}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL, assets=[TEST_DATA])
    told = wait_until(lambda: [one for one in admin.every("notifications") if one.get("assignment", {}).get("issueKey")], "the issue is made and found again", 90)
    made, = cloud.issues()
    text = json.dumps(made["description"])
    assert [one["assignment"]["issueKey"] for one in told] == [made["key"]] and cloud.calls()["createIssue"] == 1
    assert "The test transform job of" in made["summary"] and "FailureReason: AlgorithmError: no such column" in text and told[0]["id"] in text, text
    admin.post(f"{MODEL_MANAGE}/deployableModels/{told[0]['deployableModelId']}/lifecycle", {"reason": "the column is there"})
    wait_until(lambda: len(cloud.issues()) > 1, "a life cycle that passes its test asks for a decision", 90)
    wait_until(lambda: [one for one in cloud.issues()[0]["comments"] if "Settled in Slipway" in json.dumps(one)], "the issue of the failure is told", 30)
    assert not admin.get(f"{MODEL_MANAGE}/notifications/{told[0]['id']}")["open"]


def test_a_deployment_that_fails_again_is_a_comment_in_the_issue_of_its_life_cycle(make_server, cloud, life, moto):
    before = moto.endpoints()
    try:
        life.script("endpoint", "*", "Failed", reason="InsufficientInstanceCapacity: none is left", times=1)
        server = make_server(config={"server": {"publicUrl": "https://models.example.com"}, "tickets": cloud.config(pollInterval="1s", indexDelay="6s"), "lifecycle": {"sagemakerDeploy": {"enabled": True}}})
        admin = Rest.sign_in(server.url, "admin", PASSWORD)
        admin.import_model(MODEL)
        wait_until(cloud.issues, "a decision is asked for", 60)
        cloud.decide(cloud.issues()[0]["key"], "Approved")
        wait_until(lambda: len(cloud.issues()) > 1, "the failure is an issue", 90)
        failure, = [one for one in admin.every("notifications") if "none is left" in one["message"]]
        issue = cloud.issues()[1]
        assert f"#/instances/{failure['processInstanceId']}" in json.dumps(issue["description"]), issue["description"]

        def comments(words: str) -> int:
            return sum(words in json.dumps(one) for one in cloud.issues()[1]["comments"])
        life.script("endpoint", "*", "Failed", reason="The container did not pass the ping health check.", times=1)
        wish = {"deployableModelId": failure["deployableModelId"]}
        assert admin.wait_operation(admin.post(f"{SAGEMAKER}/deployments", wish, 202)["id"])["state"] == "ERROR"
        wait_until(lambda: comments("ping health check"), "the issue is told of the second failure", 30)
        assert admin.wait_operation(admin.post(f"{SAGEMAKER}/deployments", wish, 202)["id"])["state"] == "COMPLETE"
        wait_until(lambda: comments("Settled in Slipway"), "the issue is told of the end", 30)
        assert (comments("ping health check"), comments("none is left"), len(cloud.issues())) == (1, 0, 2), cloud.issues()[1]["comments"]
    finally:
        moto.remove_endpoints(*moto.endpoints() - before)
