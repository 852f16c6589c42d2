"""Tickets that are decided in Jira, Cloud and Data Center: one issue whatever happens, decisions, what is unclear, webhooks, kills."""
import hashlib
import hmac
import json
import random

import pytest
import requests

from sandbox.jira.site import TOKEN
from sandbox.jira_fake import JiraFake
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem
from sandbox.server import PASSWORD

MODEL = "customer-segments"  # no endpoint in the account
SECRET = "hook-secret-of-the-test"


@pytest.fixture(params=["cloud", "datacenter"])
def jira(jira_sites, request):
    jira_sites[request.param].reset()
    yield jira_sites[request.param]
    jira_sites[request.param].reset()


class Desk:
    """A server whose tickets are decided at `jira`, with a snapshot to be deployed."""

    def __init__(self, make_server, jira: JiraFake, settings: dict | None = None, **more):
        self.jira = jira
        tickets = jira.config(**({"pollInterval": "1s", "indexDelay": "6s", "webhookSecret": SECRET} | (settings or {}))) | more
        self.server = make_server(config={"tickets": tickets})
        self.admin = Rest.sign_in(self.server.url, "admin", PASSWORD)
        self.admin.import_model(MODEL)
        self.snapshot = self.admin.every("deployableModels")[0]["id"]

    def ask(self, endpoint: str = "segments-jira") -> str:
        """The id of the ticket that a wish to deploy opens."""
        wish = {"deployableModelId": self.snapshot, "endpointName": endpoint, "reason": "release 12"}
        return problem(self.admin.send("POST", f"{SAGEMAKER}/deployments", json=wish), 403, "APPROVAL_REQUIRED")["ticketId"]

    def why(self) -> dict:
        return self.admin.get(f"{MODEL_MANAGE}/deployableModels/{self.snapshot}/why")

    def ticket(self, ticket: str) -> dict:
        return self.admin.get(f"{MODEL_MANAGE}/notifications/{ticket}")

    def wait(self, ticket: str, is_so, what: str, timeout: float = 30) -> dict:
        seen = {}

        def look():
            seen.update(now=self.ticket(ticket))
            return is_so(seen["now"]) and seen["now"]
        try:
            return wait_until(look, what, timeout)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{json.dumps(seen['now'], indent=1)}\n{self.server.log()[-3000:]}") from fault

    def issue_of(self, ticket: str, timeout: float = 30) -> str:
        return self.wait(ticket, lambda one: one["assignment"].get("issueId"), "the issue is made", timeout)["assignment"]["issueId"]

    def decided(self, ticket: str) -> dict:
        return self.wait(ticket, lambda one: one.get("decision"), "the ticket is decided")["decision"]

    def problem(self, ticket: str, code: str) -> dict:
        return self.wait(ticket, lambda one: one["assignment"].get("problem", {}).get("code") == code, f"the ticket says {code}")

    def restart(self) -> None:
        self.server.kill()
        self.server.restart()
        self.admin = Rest.sign_in(self.server.url, "admin", PASSWORD)


@pytest.fixture
def desk(make_server, jira):
    return Desk(make_server, jira)


def test_from_the_wish_to_the_endpoint(desk, moto):
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    made, = desk.jira.issues()
    shown = desk.ticket(ticket)["assignment"]
    assert shown["assignmentType"] == "JIRA_NOTIFICATION_ASSIGNMENT" and shown["issueKey"] == made["key"] and shown["issueLink"].endswith(f"/browse/{made['key']}")
    assert made["labels"][0] == "slipway" and made["properties"]["slipway.ticket"] == {"id": ticket} and "\n" not in made["summary"]
    text = json.dumps(made["description"])
    for wanted in ("segments-jira", "release 12", "test data: MISSING", "Last job of the model", "set the status Done or Approved"):
        assert wanted in text, text
    for verb in ("approve", "reject"):
        assert desk.jira.url in desk.admin.refused("POST", f"{MODEL_MANAGE}/notifications/{ticket}/{verb}", 409, "DECIDED_ELSEWHERE")["detail"]
    desk.jira.decide(issue, "Approved")
    decision = desk.decided(ticket)
    assert decision["decision"] == "APPROVED" and decision["decidedBy"] == "Ravi Lead" and decision["approvedHash"]
    wish = {"deployableModelId": desk.snapshot, "endpointName": "segments-jira", "reason": "release 12"}
    assert desk.admin.wait_operation(desk.admin.post(f"{SAGEMAKER}/deployments", wish, 202)["id"])["state"] == "COMPLETE"
    moto.remove_endpoints("segments-jira")
    assert TOKEN not in desk.server.log() and TOKEN.encode() not in desk.server.stored() and SECRET not in desk.server.log()


def test_what_is_unclear_approves_nothing(desk):
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    desk.jira.decide(issue, "Approved", resolution="Won't Do")
    assert "go together" in desk.problem(ticket, "AMBIGUOUS")["assignment"]["problem"]["message"]
    desk.jira.decide(issue, "Closed")
    desk.wait(ticket, lambda one: "Closed" in one["assignment"]["problem"]["message"], "the problem names the status")
    desk.jira.decide(issue, "To Do")
    desk.jira.act("move", issue, project="OPS")
    desk.jira.decide(issue, "Approved")
    moved = desk.problem(ticket, "MOVED")
    assert moved["assignment"]["issueKey"] == "OPS-1" and moved["open"]
    told = [one for one in desk.admin.every("notifications") if one["notificationType"] == "TICKET_NOTIFICATION" and one["open"]]
    assert len(told) == 1 and told[0]["ticketId"] == ticket
    desk.jira.decide(issue, "To Do")
    desk.jira.act("move", issue, project="MRM")
    desk.jira.decide(issue, "Rejected", by="risk.second")
    decision = desk.decided(ticket)
    assert (decision["decision"], decision["decidedBy"]) == ("REJECTED", "Sena Second")
    assert not [one for one in desk.admin.every("notifications") if one["notificationType"] == "TICKET_NOTIFICATION" and one["open"]]


def test_rejected_and_then_approved_is_no_approval(make_server, cloud):
    desk = Desk(make_server, cloud)
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    with cloud.faulting("status", "bulkFetch"):  # both happen between two looks
        cloud.decide(issue, "Rejected")
        cloud.decide(issue, "Approved", by="risk.second")
    assert "Ravi Lead" in desk.problem(ticket, "CONTRADICTED")["assignment"]["problem"]["message"]
    cloud.decide(issue, "To Do")
    cloud.decide(issue, "Approved")
    assert desk.decided(ticket)["decision"] == "APPROVED"


def test_who_makes_it_a_decision_by_its_resolution_decides(desk):
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    desk.jira.decide(issue, "Approved", resolution="Won't Do")
    desk.problem(ticket, "AMBIGUOUS")
    desk.jira.act("resolve", issue, by="risk.second", resolution="Done")
    decision = desk.decided(ticket)
    assert (decision["decision"], decision["decidedBy"]) == ("APPROVED", "Sena Second")


def test_a_deleted_issue(desk):
    ticket = desk.ask()
    desk.jira.act("delete", desk.issue_of(ticket))
    assert desk.problem(ticket, "GONE")["open"]
    desk.admin.post(f"{MODEL_MANAGE}/notifications/{ticket}/recheck", None, 200)
    again = desk.wait(ticket, lambda one: one["assignment"]["issueKey"] == "MRM-2", "another issue is made")
    assert "problem" not in again["assignment"]
    desk.jira.decide("MRM-2", "Approved")
    assert desk.decided(ticket)["decision"] == "APPROVED"


def test_a_reopened_issue(make_server, cloud):
    desk = Desk(make_server, cloud)
    cloud.webhook(f"{desk.server.url}/model-manage/api/hooks/jira", SECRET)
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    cloud.decide(issue, "Rejected")
    desk.decided(ticket)
    cloud.decide(issue, "Approved")
    seen = desk.problem(ticket, "DECIDED_ALREADY")
    assert seen["decision"]["decision"] == "REJECTED" and not seen["open"]
    wait_until(lambda: cloud.issues()[0]["comments"], "the issue is told")
    assert "taken already: REJECTED by Ravi Lead" in json.dumps(cloud.issues()[0]["comments"])


@pytest.mark.parametrize("fault", [{"fault": "lost"}, {"fault": "status", "status": 500, "carried_out": True}, {"fault": "html", "carried_out": True}, {"fault": "garbage", "carried_out": True},
                                   {"fault": "status", "status": 500}, {"fault": "reset"}, {"fault": "throttle", "retry_after": 1}, {"fault": "slow", "seconds": 2},
                                   {"fault": "status", "status": 403}], ids=lambda one: "-".join(str(value) for value in one.values()))
def test_one_issue_whatever_becomes_of_the_call(make_server, cloud, fault):
    desk = Desk(make_server, cloud)
    cloud.fault(operation="createIssue", times=1, **fault)
    ticket = desk.ask()
    issue = desk.issue_of(ticket, 90)
    assert len(cloud.issues()) == 1 and "problem" not in desk.ticket(ticket)["assignment"]
    cloud.decide(issue, "Approved")
    assert desk.decided(ticket)["decision"] == "APPROVED"


def test_a_search_that_is_behind_makes_no_second_issue(make_server, cloud):
    desk = Desk(make_server, cloud)
    cloud.settings(index_delay=4)
    cloud.fault("lost", "createIssue", times=1)
    desk.issue_of(desk.ask(), 60)
    assert len(cloud.issues()) == 1 and cloud.calls()["createIssue"] == 1


def test_while_jira_is_away(make_server, cloud):
    desk = Desk(make_server, cloud)
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    for fault in ({"fault": "html"}, {"fault": "status", "status": 503}, {"fault": "garbage"}, {"fault": "empty_page"}, {"fault": "status", "status": 401}):
        rule = cloud.fault(**fault)
        other = None if fault["fault"] == "empty_page" else desk.ask(f"away-{fault.get('status', fault['fault'])}")
        wait_until(lambda: cloud.requests()[-1]["faults"], "Jira is asked")
        assert desk.ticket(ticket)["open"] and not desk.ticket(ticket).get("decision")
        assert other is None or desk.ticket(other)["open"]
        if fault["fault"] == "html":  # whoever waits is told why nothing that is decided there is heard of
            away = wait_until(lambda: [one for one in desk.why()["facts"] if one["code"] == "TICKETS_AWAY"], "why tells of it")
            assert "has not served us since" in away[0]["message"], away
        cloud.restore(rule)
        break_of = cloud.calls()["bulkFetch"]
        wait_until(lambda: cloud.calls()["bulkFetch"] > break_of, "it goes on by itself", 90)
        wait_until(lambda: "TICKETS_AWAY" not in [one["code"] for one in desk.why()["facts"]], "and is told no more")
    cloud.decide(issue, "Approved")
    assert desk.decided(ticket)["decision"] == "APPROVED"


def test_webhooks_are_hints(make_server, cloud):
    desk = Desk(make_server, cloud, settings={"pollInterval": "1h"})
    hook = f"{desk.server.url}/model-manage/api/hooks/jira"
    ticket = desk.ask()
    issue = desk.issue_of(ticket)
    lie = {"webhookEvent": "jira:issue_updated", "issue": {"id": issue, "key": "MRM-1", "fields": {"status": {"id": "10003", "name": "Approved"}}}}
    body = json.dumps(lie).encode()

    def post(signature=None, sent=body):
        return requests.post(hook, sent, headers={"Content-Type": "application/json", **({"X-Hub-Signature": signature} if signature else {})}, timeout=10)
    good = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for signature in (None, "", "sha256=", "sha256=00", "sha1=" + good[7:], good.upper(), good[:-1]):
        assert problem(post(signature), 403, "BAD_SIGNATURE")
    assert post(good, b"x" * (65 << 10)).status_code == 413, "whoever calls has said nothing that is to be believed yet"
    before = cloud.calls()["bulkFetch"]
    assert problem(post(good, body + b" "), 403)
    assert post(good).status_code == 204
    wait_until(lambda: cloud.calls()["bulkFetch"] > before, "the issue is read")
    assert desk.ticket(ticket)["open"], "the body of a signed call is not believed either"
    cloud.webhook(hook, SECRET)
    with cloud.faulting("forged", "webhook"):
        cloud.decide(issue, "In Review")
        wait_until(lambda: cloud.deliveries() and cloud.deliveries()[-1]["status"] == 403, "the forged one is refused")
    assert desk.ticket(ticket)["assignment"]["currentStatus"] != "In Review"
    with cloud.faulting("duplicate", "webhook"):
        cloud.decide(issue, "Approved")
        assert desk.decided(ticket)["decision"] == "APPROVED"


def test_no_webhook_without_a_secret(make_server):
    server = make_server()
    assert requests.post(f"{server.url}/model-manage/api/hooks/jira", b"{}", timeout=10).status_code == 404


def test_required_fields_of_the_site_are_told(make_server, cloud):
    desk = Desk(make_server, cloud)
    cloud.settings(required={"customfield_10042": "Risk owner"})
    ticket = desk.ask()
    assert "Risk owner is required" in desk.problem(ticket, "REFUSED")["assignment"]["problem"]["message"]
    assert not cloud.issues()


@pytest.mark.parametrize("moment", ["before", "held", "after"])
def test_a_kill_around_the_creation_makes_no_second_issue(make_server, cloud, moment):
    desk = Desk(make_server, cloud)
    if moment == "after":
        rule = cloud.fault("hold", "createIssue", carried_out=True)
    elif moment == "held":
        rule = cloud.fault("hold", "createIssue")  # carried out once the server is dead
    else:
        rule = cloud.fault("stall", "createIssue")
    ticket = desk.ask()
    cloud.wait_held()
    desk.server.kill()
    cloud.restore(rule)
    desk.server.restart()
    desk.admin = Rest.sign_in(desk.server.url, "admin", PASSWORD)
    issue = desk.issue_of(ticket, 60)
    assert [one["id"] for one in cloud.issues()] == [issue]
    cloud.decide(issue, "Approved")
    assert desk.decided(ticket)["decision"] == "APPROVED"


def test_kills_at_random_points_make_one_issue_for_each_ticket(make_server, cloud):
    desk = Desk(make_server, cloud)
    dice = random.Random(6)
    cloud.fault("slow", "*", seconds=0.05)
    tickets = []
    for number in range(6):
        tickets.append(desk.ask(f"kill-{number}"))
        wait_until(lambda: True, "", dice.random())
        desk.restart()
    issues = {desk.issue_of(ticket, 90) for ticket in tickets}
    assert len(issues) == len(tickets) == len(cloud.issues())
    for issue in issues:
        cloud.decide(issue, "Approved")
    assert {desk.decided(ticket)["decision"] for ticket in tickets} == {"APPROVED"}


def test_reminders_come_as_comments_and_expiry_ends_it(make_server, cloud):
    desk = Desk(make_server, cloud, remindEvery="4s", expireAfter="10s")
    ticket = desk.ask()
    desk.issue_of(ticket)
    assert desk.decided(ticket)["decision"] == "EXPIRED"
    wait_until(lambda: "needs no decision any more" in json.dumps(cloud.issues()[0]["comments"]), "the issue is told")
    reminders = [one for one in cloud.issues()[0]["comments"] if "waited" in json.dumps(one)]
    assert 1 <= len(reminders) <= 2, "one in each period"


def test_a_cancelled_life_cycle_tells_its_issue_once(make_server, cloud):
    server = make_server(config={"tickets": cloud.config(pollInterval="1s", indexDelay="6s"), "lifecycle": {"sagemakerDeploy": {"enabled": True}}})
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL)
    issue = wait_until(lambda: cloud.issues() and cloud.issues()[0], "the issue is made", 60)
    ticket = next(one for one in admin.every("notifications") if one["notificationType"] == "MODEL_APPROVAL_NOTIFICATION")
    cloud.decide(issue["id"], "Approved", resolution="Won't Do")
    stuck, = wait_until(lambda: admin.get("/mlc-service/rest/incident"), "what decides nothing is what it is stuck on", 30)
    assert stuck["incidentType"] == "ambiguousDecision" and stuck["processInstanceId"] == ticket["processInstanceId"] and "go together" in stuck["incidentMessage"]
    assert ticket["processInstanceId"] in server.cli("lifecycle", "instances", "--stuck", token=admin.token).stdout
    told = server.cli("why", ticket["deployableModelId"], token=admin.token).stdout
    assert told.count("go together") == 1, told
    cloud.decide(issue["id"], "To Do")
    wait_until(lambda: admin.get("/mlc-service/rest/incident") == [], "it is stuck no more", 30)
    gone = admin.send("DELETE", f"/mlc-service/rest/process-instance/{ticket['processInstanceId']}", params={"reason": "the wrong model"})
    assert gone.status_code == 204, gone.text

    def comments():
        return [one for one in cloud.issues()[0]["comments"] if "needs no decision any more" in json.dumps(one)]
    wait_until(comments, "the issue is told", 30)
    server.kill()
    server.restart()
    cloud.decide(issue["id"], "Approved")
    wait_until(lambda: cloud.calls()["bulkFetch"] + cloud.calls()["search"] > 0, "Jira is asked again", 30)
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    assert admin.get(f"{MODEL_MANAGE}/notifications/{ticket['id']}")["decision"]["decision"] == "CANCELLED", "an approval after the end approves nothing"
    assert len(comments()) == 1 and len(cloud.issues()) == 1


def test_what_was_asked_in_jira_is_decided_here_once_tickets_are(make_server, cloud):
    desk = Desk(make_server, cloud)
    ticket = desk.ask("segments-switched")
    cloud.decide(desk.issue_of(ticket), "Closed")
    wait_until(lambda: "problem" in desk.ticket(ticket)["assignment"], "the issue has a problem")
    assert desk.ticket(ticket)["decidedHere"] is False
    assert [one["decidedHere"] for one in desk.admin.every("notifications") if one["id"] == ticket] == [False]
    stale = desk.admin.send("GET", f"{MODEL_MANAGE}/notifications/{ticket}").headers["ETag"]
    desk.server.stop()
    desk.server.config.write_text(json.dumps({**json.loads(desk.server.config.read_text()), "tickets": {"system": "builtin"}}))
    desk.server.start()
    admin = Rest.sign_in(desk.server.url, "admin", PASSWORD)
    path = f"{MODEL_MANAGE}/notifications/{ticket}"
    again = admin.send("GET", path, headers={"If-None-Match": stale})
    assert again.status_code == 200 and again.json()["decidedHere"] is True and again.json()["open"], "the same version, and not the same"
    told = admin.get(f"{MODEL_MANAGE}/deployableModels/{desk.snapshot}/why")
    assert told["answer"] == "It waits for an approval." and told["next"][0]["cli"] == f"slipway ticket approve {ticket}", "what its issue says counts no more"
    admin.send("PATCH", path, json={"decidedHere": False})
    decided = admin.post(f"{path}/approve", None, 200)
    assert decided["decision"]["decision"] == "APPROVED" and "decidedHere" not in decided
    other = admin.post(f"{MODEL_MANAGE}/notifications", {"notificationType": "MODEL_NOTIFICATION", "message": "m", "severity": "INFO", "decidedHere": True})
    assert "decidedHere" not in other and "decidedHere" not in admin.get(f"{MODEL_MANAGE}/notifications/{other['id']}")


def test_what_the_configuration_needs(make_server, cloud):
    server = make_server(start=False, config={"tickets": {"system": "jira", "jira": {"baseUrl": cloud.url, "flavor": "datacenter", "approved": {"statuses": ["Done"]}, "rejected": {"statuses": ["Done"]}}}})
    done = server.cli("config", "check", "--config", str(server.config))
    assert done.returncode == 2
    for wanted in ("tickets.jira.personalAccessToken", "tickets.jira.project", "is among approved.statuses as well"):
        assert wanted in done.stdout + done.stderr, done.stdout + done.stderr
