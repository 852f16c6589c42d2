"""Kills the server at random moments of life cycles with a test job, which may fail, whose tickets are decided in Jira, with faults of AWS and Jira around
them, and counts what was made.

usage: python -m fault.lifecycle [ROUNDS] [SEED]     exits 1 when a ticket, job, endpoint or event is there twice, or a life cycle ended wrong
"""
from __future__ import annotations

import collections
import json
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

import requests

from fault.deployments import MOMENTS
from sandbox.account import TEST_DATA
from sandbox.jira_fake import JiraFake
from sandbox.rest import SAGEMAKER, Rest
from sandbox.server import PASSWORD
from sandbox.stack import Stack

MODEL = "customer-segments"
PREFIX = "kill-"
AWS_FAULTS = [("lost", "CreateEndpoint"), ("reset", "CreateEndpoint"), ("throttle", "CreateEndpoint"), ("lost", "CreateTransformJob"), ("html", "DescribeEndpoint")]
STRIKES = ["before", None, "late", "after", None, "while"]  # round by round: where the test job stands when the server dies; None: anywhere
JIRA_FAULTS = [("lost", "createIssue"), ("reset", "createIssue"), ("throttle", "createIssue"), ("html", "*")]


class LifeCycleCampaign:
    def __init__(self, folder: pathlib.Path, dice: random.Random):
        self.dice = dice
        self.jira = JiraFake(folder)
        self.jira.settings(index_delay=1)
        self.stack = Stack(folder, config={"lifecycle": {"sagemakerDeploy": {"enabled": True}}, "tickets": self.jira.config(pollInterval="1s", indexDelay="4s")})
        self.decisions: dict[str, str] = {}  # issue → how it was decided, the first time
        self.configurations: list[str] = []
        self.existing: set[str] = set()

    def start(self) -> None:
        self.stack.server.start()
        self.existing = self.endpoints()
        self.admin().import_model(MODEL, assets=[TEST_DATA])

    def admin(self) -> Rest:
        return Rest.sign_in(self.stack.server.url, "admin", PASSWORD)

    def endpoints(self) -> set[str]:
        return {one["EndpointName"] for one in self.stack.moto.client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]}

    def round(self) -> None:
        """One life of the server: a new configuration appears, faults happen, people decide, and then it is killed."""
        name = f"{PREFIX}{len(self.configurations)}"
        self.stack.moto.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
            {"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
        moment = STRIKES[len(self.configurations) % len(STRIKES)]
        self.configurations.append(name)
        strike = self.stack.proxy.fault(operation="CreateTransformJob", times=1, **MOMENTS[moment]) if moment else None
        if not moment and self.dice.random() < 0.7:
            fault, operation = self.dice.choice(AWS_FAULTS)
            self.stack.proxy.fault(fault, operation, times=1)
        if self.dice.random() < 0.3:
            self.stack.life.script("transform-job", "mlc-*", "Failed", reason="AlgorithmError: no such column", times=1)
        if self.dice.random() < 0.7:
            fault, operation = self.dice.choice(JIRA_FAULTS)
            self.jira.fault(fault, operation, times=1)
        self.look()
        held = self.stack.proxy.held()
        until = time.monotonic() + (20 if moment else self.dice.uniform(0.0, 4.0))  # the fault itself: a random moment
        while time.monotonic() < until and not (moment and self.stack.proxy.held() > held):
            self.decide(0.5)
            time.sleep(0.2)
        self.stack.server.kill()
        if strike and moment != "late":
            self.stack.proxy.restore(strike)
        self.stack.server.start()

    def look(self) -> None:
        """A look at the account; one that is under way already is as good."""
        try:
            answer = self.admin().send("POST", f"{SAGEMAKER}/sync", timeout=20)
            assert answer.status_code in (202, 409), answer.text
        except requests.RequestException:
            pass

    def decide(self, share: float) -> None:
        for issue in self.jira.issues():
            if issue["id"] not in self.decisions and self.dice.random() < share:
                self.decisions[issue["id"]] = self.dice.choice(["Approved", "Approved", "Rejected"])
                self.jira.decide(issue["id"], self.decisions[issue["id"]])

    def settle(self, timeout: float = 240) -> None:
        """The faults stop; every life cycle goes to its end."""
        self.stack.proxy.restore()
        self.jira.restore()
        until = time.monotonic() + timeout
        while time.monotonic() < until and (len(self.instances()) <= len(self.configurations) or any(state == "active" for _, state, _ in self.instances()) or self.unmade()):
            if len(self.instances()) <= len(self.configurations):
                self.look()
            self.decide(1.0)
            time.sleep(0.5)

    def unmade(self) -> list[tuple]:
        """Issues that are not made yet."""
        return self.rows("SELECT ticket_id FROM ticket_issues WHERE state IN ('PLANNED', 'SENT')")

    def rows(self, sql: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self.stack.server.data / 'slipway.db'}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def instances(self) -> list[tuple[str, str, str]]:
        return self.rows("SELECT business_key, state, outcome FROM lifecycle_instances ORDER BY row_id")

    def faults(self):
        """A line for each thing that is not as it must be."""
        admin = self.admin()
        snapshots = {row["id"]: row["sageMaker"]["name"] for row in admin.every("deployableModels")}
        for name, count in collections.Counter(snapshots.values()).items():
            if count > 1:
                yield f"{count} snapshots of the configuration {name}"
        yield from (f"no snapshot of the configuration {name}" for name in set(self.configurations) - set(snapshots.values()))
        for identifier, count in self.rows("SELECT entity_id, count(*) FROM outbox WHERE type = 'DeployableModel' AND kind = 'created' GROUP BY entity_id"):
            if count > 1:
                yield f"{count} events tell of the snapshot {snapshots.get(identifier)}"
        yield from self.wrong_life_cycles(admin, snapshots)
        yield from self.wrong_jobs(admin, snapshots)

    def wrong_jobs(self, admin: Rest, snapshots: dict[str, str]):
        """AWS has carried out one request for each snapshot, and each has the job of its own, ended as AWS says."""
        made = [json.loads(entry["body"])["TransformJobName"] for entry in self.stack.proxy.carried_out("CreateTransformJob")]
        told = collections.defaultdict(list)
        for row in admin.every("jobs"):
            if row["model"].get("id") in snapshots and row["sageMaker"]["name"].startswith("mlc-"):
                told[row["model"]["id"]].append((row["sageMaker"]["name"], row["jobStatus"]))
        for snapshot, name in snapshots.items():
            if len(told[snapshot]) != 1 or made.count(told[snapshot][0][0]) != 1 or told[snapshot][0][1] != ("ERROR" if self.has_failed(told[snapshot][0][0]) else "COMPLETE"):
                yield f"{name}: test jobs {told[snapshot]}, of those that AWS made: {made}"
        if len(made) != len(snapshots):
            yield f"{len(made)} test jobs were made for {len(snapshots)} snapshots: {made}"

    def has_failed(self, job: str) -> bool:
        return self.stack.moto.client("sagemaker").describe_transform_job(TransformJobName=job)["TransformJobStatus"] == "Failed"

    def failed_tests(self, admin: Rest) -> set[str]:
        """Snapshots whose test job has failed in AWS."""
        return {row["model"]["id"] for row in admin.every("jobs")
                if row["model"].get("id") and row["sageMaker"]["name"].startswith("mlc-") and self.has_failed(row["sageMaker"]["name"])}

    def wrong_life_cycles(self, admin: Rest, snapshots: dict[str, str]):
        by_snapshot = collections.defaultdict(list)
        for snapshot, state, outcome in self.instances():
            by_snapshot[snapshot].append((state, outcome))
        issues = collections.Counter(issue["properties"]["slipway.ticket"]["id"] for issue in self.jira.issues())
        tickets = collections.defaultdict(list)
        told = collections.Counter()
        for row in admin.every("notifications", size=1000):
            if row["notificationType"] == "MODEL_APPROVAL_NOTIFICATION":
                tickets[row["deployableModelId"]].append(row)
            elif row["notificationType"] == "MODEL_NOTIFICATION" and "test transform job" in row["message"]:
                told[row["deployableModelId"]] += issues[row["id"]]
        failed = self.failed_tests(admin)
        served = collections.Counter(self.served())
        asked = collections.Counter(json.loads(entry["body"])["EndpointConfigName"] for entry in self.stack.proxy.carried_out("CreateEndpoint"))
        if asked != served:
            yield f"AWS made endpoints of {asked}, and there are those of {served}"
        for snapshot, name in snapshots.items():
            if snapshot in failed:
                if [outcome for _, outcome in by_snapshot[snapshot]] != ["TRANSFORM_FAILED"] or tickets[snapshot] or served[name] or told[snapshot] != 1:
                    yield f"{name}: its test failed; life cycles {by_snapshot[snapshot]}, {len(tickets[snapshot])} tickets, {served[name]} endpoints, {told[snapshot]} issues"
                continue
            if len(by_snapshot[snapshot]) != 1 or len(tickets[snapshot]) != 1:
                yield f"{name}: life cycles {by_snapshot[snapshot]}, {len(tickets[snapshot])} tickets"
                continue
            ticket, (_, outcome) = tickets[snapshot][0], by_snapshot[snapshot][0]
            wanted = {"APPROVED": ("DEPLOYED", 1), "REJECTED": ("REJECTED", 0)}.get((ticket.get("decision") or {}).get("decision"))
            if wanted != (outcome, served[name]) or issues[ticket["id"]] != 1:
                yield f"{name}: decided {ticket.get('decision')}, outcome {outcome}, {served[name]} endpoints, {issues[ticket['id']]} issues"

    def served(self) -> list[str]:
        aws = self.stack.moto.client("sagemaker")
        return [aws.describe_endpoint(EndpointName=name)["EndpointConfigName"] for name in self.endpoints() - self.existing]

    def stop(self) -> None:
        self.stack.stop()
        self.jira.stop()


def run(folder: pathlib.Path, rounds: int, seed: int) -> list[str]:
    campaign = LifeCycleCampaign(folder, random.Random(seed))
    try:
        campaign.start()
        for number in range(rounds):
            campaign.round()
            print(f"\r{number + 1} of {rounds} kills, {len(campaign.instances())} life cycles, {len(campaign.decisions)} decisions", end="", flush=True)
        campaign.settle()
        return list(campaign.faults())
    finally:
        campaign.stop()


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slipway-fault-") as folder:
        faults = run(pathlib.Path(folder), rounds, seed)
    print("", *faults, sep="\n")
    print(f"seed {seed}: {rounds} kills in {time.monotonic() - begin:.0f} s, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
