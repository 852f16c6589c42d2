"""Kills the server at each step of deployments and undeployments, before, while and after AWS does what was asked for, and counts what AWS did.

usage: python -m fault.deployments [ROUNDS] [SEED]     exits 1 when a configuration, endpoint or removal was there twice, or something ended wrong
"""
from __future__ import annotations

import collections
import itertools
import json
import pathlib
import random
import sys
import tempfile
import time

from sandbox.account import ROLE, XGBOOST
from sandbox.life import TESTS
from sandbox.process import wait_until
from sandbox.rest import SAGEMAKER, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.stack import Account, Stack

# When the server dies, seen from AWS: it never hears of the request; it does what is asked for when nobody waits any more, or when the next server has asked for it
# already; it has done it, and its answer reaches nobody.
MOMENTS = {"before": {"fault": "stall"}, "while": {"fault": "hold"}, "late": {"fault": "hold"}, "after": {"fault": "hold", "carried_out": True}}
WRITES = ("CreateEndpointConfig", "CreateEndpoint", "DeleteEndpoint")
FAULTS = ("throttle", "reset", "lost", "html", "error")
CONFIG = {"deployments": {"requireApproval": "none"}}
DEPLOYMENTS = f"{SAGEMAKER}/deployments"


class DeploymentCampaign:
    """Of models without a configuration, so that each deployment makes one."""

    def __init__(self, server: Slipway, account: Account, dice: random.Random):
        self.server, self.proxy, self.dice = server, account.proxy, dice
        self.life = account.life
        self.life.plan(**TESTS)
        self.aws = account.moto.client("sagemaker")
        self.admin: Rest | None = None
        self.models: list[str] = []
        self.snapshots: dict[str, str] = {}  # model → its snapshot
        self.deployed: dict[str, str] = {}  # model → its deployment
        self.removed: set[str] = set()
        self.operations: dict[str, str] = {}  # operation → the model
        self.wrong: list[str] = []

    def start(self) -> None:
        self.server.start()
        self.admin = Rest.sign_in(self.server.url, "admin", PASSWORD)

    def round(self, moments: tuple[str, ...], faults: bool = False) -> None:
        """One life of the server: a run at each write and moment, one that waits for its endpoint, one for its removal, and one that has just begun."""
        self.settle([self.deploy() for _ in range(len(moments) + 1 - len(self.standing()))])
        *deleted, leaving = self.standing()[:len(moments) + 1]
        made = [(self.new_model(), self.new_model()) for _ in moments]
        waiting, begun = self.new_model(), self.new_model()
        passing = []
        for moment, models in zip(moments, [(*pair, old) for pair, old in zip(made, deleted)]):
            rules = self.proxy.add([{**MOMENTS[moment], "operation": operation, "name": f"{model}-*", "times": 1} for operation, model in zip(WRITES, models)])
            passing += [] if moment == "late" else rules
        passing += self.proxy.add([{"fault": "stall", "operation": "DescribeEndpoint", "name": f"{model}-*", "after": 1, "times": 1} for model in (waiting, leaving)])
        for operation in self.dice.sample(WRITES, 2) if faults else ():
            self.proxy.fault(self.dice.choice(FAULTS), operation, times=1)
        operations = [self.undeploy(model) for model in (*deleted, leaving)] + [self.deploy(model) for model in (*itertools.chain(*made), waiting)]
        self.proxy.wait_held(3 * len(moments) + 2)
        operations.append(self.deploy(begun))
        self.server.kill()
        for rule in passing:
            self.proxy.restore(rule)
        self.start()
        self.settle(operations)
        self.proxy.restore()

    def standing(self) -> list[str]:
        return [model for model in self.deployed if model not in self.removed]

    def new_model(self) -> str:
        name = f"strike-{len(self.models)}"
        self.models.append(name)
        self.aws.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"})
        stored = self.admin.import_model(name)["storedModelId"]
        self.snapshots[name], = (row["id"] for row in self.admin.every(f"deployableModels/search/findAllByStoredModelId?storedModelId={stored}"))
        return name

    def deploy(self, model: str | None = None) -> str:
        model = model or self.new_model()
        operation = self.admin.post(DEPLOYMENTS, {"deployableModelId": self.snapshots[model]}, 202)
        self.deployed[model] = operation["deployedModelId"]
        self.operations[operation["id"]] = model
        return operation["id"]

    def undeploy(self, model: str) -> str:
        operation = self.admin.post(f"{DEPLOYMENTS}/{self.deployed[model]}/undeploy", {"reason": "a strike"}, 202)
        self.removed.add(model)
        self.operations[operation["id"]] = model
        return operation["id"]

    def settle(self, operations: list[str]) -> None:
        for identifier in operations:
            ended = self.admin.wait_operation(identifier, 240)
            if ended["state"] != "COMPLETE":
                self.wrong.append(f"{ended['kind']} of {self.operations[identifier]}: {ended['state']} {ended['problems']}")

    def effects(self) -> collections.Counter:
        """(operation, model) of the requests that AWS has carried out; those that are late have come to their end."""
        wait_until(lambda: all(entry["upstream"] for entry in self.asked() if entry["faults"] == ["hold"]), "nothing is late")
        done = [(entry["operation"], json.loads(entry["body"])) for entry in self.asked() if entry["upstream"] == 200]
        return collections.Counter((operation, model_of(body.get("EndpointName", body.get("EndpointConfigName")))) for operation, body in done)

    def asked(self) -> list[dict]:
        return [entry for entry in self.proxy.requests() if entry["operation"] in WRITES]

    def faults(self):
        """A line for each thing that is not as it must be."""
        yield from self.wrong
        effects = self.effects()
        rows = {row["id"]: row for row in self.admin.every("deployedModels")}
        deployments = collections.Counter(row["deployableModel"]["id"] for row in rows.values())
        names = self.names("endpoint")
        for model, deployment in self.deployed.items():
            gone = model in self.removed
            done = [effects[operation, model] for operation in WRITES]
            if done != [1, 1, int(gone)]:
                yield f"{model}: AWS carried out {dict(zip(WRITES, done))}"
            wanted = ("UNDEPLOYED", []) if gone else ("DEPLOYED", [("InService", model)])
            shown = (rows[deployment]["state"], [self.served(name) for name in names if name.startswith(f"{model}-")])
            if shown != wanted or deployments[self.snapshots[model]] != 1:
                yield f"{model}: {shown} with {deployments[self.snapshots[model]]} deployments, not {wanted}"
        configurations = collections.Counter(map(model_of, self.names("endpoint_config")))
        if configurations != collections.Counter(list(self.deployed)):
            yield f"configurations of {configurations}"

    def names(self, kind: str) -> list[str]:
        """Of objects that were made for a model of this campaign."""
        member = "".join(word.capitalize() for word in kind.split("_"))
        pages = self.aws.get_paginator(f"list_{kind}s").paginate()
        return [row[f"{member}Name"] for page in pages for row in page[f"{member}s"] if model_of(row[f"{member}Name"]) in self.deployed]

    def served(self, endpoint: str) -> tuple[str, str]:
        shown = self.aws.describe_endpoint(EndpointName=endpoint)
        configuration = self.aws.describe_endpoint_config(EndpointConfigName=shown["EndpointConfigName"])
        return shown["EndpointStatus"], configuration["ProductionVariants"][0]["ModelName"]

    def clean(self) -> None:
        """Leaves the account as it was found."""
        wait_until(lambda: not self.life.moving(), "nothing moves in the account")
        for kind in ("endpoint", "endpoint_config"):
            for name in self.names(kind):
                getattr(self.aws, f"delete_{kind}")(**{"".join(word.capitalize() for word in kind.split("_")) + "Name": name})
        for name in self.models:
            self.aws.delete_model(ModelName=name)


def model_of(name: str) -> str:
    """Names that are made begin with that of the model."""
    return "-".join(name.split("-")[:2])


def run(server: Slipway, account: Account, rounds: int, seed: int) -> list[str]:
    """On a server with CONFIG that does not run yet. The first two rounds are one of each moment, the later ones anything with faults around it."""
    campaign = DeploymentCampaign(server, account, random.Random(seed))
    campaign.start()
    try:
        for number in range(rounds):
            moments = list(MOMENTS) if number < 2 else campaign.dice.sample(list(MOMENTS), 4)
            campaign.round(tuple(moments[number % 2 * 2:][:2]), faults=number >= 2)
            print(f"\r{number + 1} of {rounds} kills, {len(campaign.deployed)} deployments, {len(campaign.removed)} removed", end="", flush=True)
        return list(campaign.faults())
    finally:
        campaign.proxy.restore()
        campaign.clean()


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slipway-fault-") as folder:
        stack = Stack(pathlib.Path(folder), config=CONFIG)
        try:
            faults = run(stack.server, stack.account, rounds, seed)
        finally:
            stack.stop()
    print("", *faults, sep="\n")
    print(f"seed {seed}: {rounds} kills in {time.monotonic() - begin:.0f} s, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
