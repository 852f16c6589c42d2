"""Kills the server at random moments of writes and imports, starts it again, and counts what is there.

usage: python -m fault.campaign [ROUNDS] [SEED]     exits 1 when anything was lost or is there twice
"""
from __future__ import annotations

import collections
import concurrent.futures
import random
import sys
import tempfile
import pathlib
import time

import requests

from sandbox import account
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD
from sandbox.stack import Stack


class Campaign:
    def __init__(self, stack: Stack, dice: random.Random):
        self.stack, self.dice = stack, dice
        self.acknowledged: dict[str, str] = {}
        self.tried: list[str] = []
        self.imports: list[str] = []
        self.lost = self.doubled = 0

    def round(self, number: int) -> None:
        """One life of the server: writers and an import run until the kill."""
        server, admin = self.stack.server, Rest.sign_in(self.stack.server.url, "admin", PASSWORD)
        if self.dice.random() < 0.5:
            name = self.dice.choice(account.MODELS).name
            answer = admin.send("POST", "/sagemaker-service/api/imports", json={"modelName": name})
            assert answer.status_code in (202, 409), answer.text
            if answer.status_code == 202:
                self.imports.append(answer.json()["id"])
        keys = [f"{number}-{index}" for index in range(400)]
        self.tried += keys
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(self.write, admin.token, keys[part::4]) for part in range(4)]
            time.sleep(self.dice.uniform(0.0, 0.4))  # the fault itself: a random moment
            server.kill()
            concurrent.futures.wait(writers)
        server.start()

    def write(self, token: str, keys: list[str]) -> None:
        person = Rest(self.stack.server.url, token)
        for key in keys:
            try:
                answer = person.send("POST", f"{MODEL_MANAGE}/storedModels", json={"modelMetaData": {"name": key}, "group": "campaign"}, headers={"Idempotency-Key": key}, timeout=10)
            except requests.RequestException:
                return
            assert answer.status_code == 201, answer.text
            self.acknowledged[key] = answer.json()["id"]

    def settle(self) -> None:
        """Every import to its end, every write repeated with its key, then the count."""
        admin = Rest.sign_in(self.stack.server.url, "admin", PASSWORD)
        ended = [admin.wait_operation(identifier, 300) for identifier in self.imports]
        unfinished = [operation for operation in ended if operation["state"] != "COMPLETE" or operation["problems"]]
        for operation in unfinished:
            print(f"import {operation['id']} of {operation.get('modelName')}: {operation['state']} {operation['problems']}")
        before = {row["modelMetaData"]["name"]: row["id"] for row in admin.every("storedModels", filter="group=campaign", size=1000)}
        self.lost = sum(before.get(key) != identifier for key, identifier in self.acknowledged.items()) + len(unfinished)
        self.write(admin.token, self.tried)
        names = collections.Counter(row["modelMetaData"]["name"] for row in admin.every("storedModels", filter="group=campaign", size=1000))
        arns = collections.Counter((row["sageMaker"]["arn"], row["group"]) for name in ("storedModels", "runtimes", "jobs") for row in admin.every(name) if row.get("sageMaker"))
        self.doubled = sum(count - 1 for count in (names + arns).values() if count > 1)
        self.lost += len(set(self.tried) - set(names))


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slipway-fault-") as folder:
        stack = Stack(pathlib.Path(folder))
        try:
            stack.server.start()
            campaign = Campaign(stack, random.Random(seed))
            for number in range(rounds):
                campaign.round(number)
                print(f"\r{number + 1} of {rounds} kills, {len(campaign.acknowledged)} writes acknowledged, {len(campaign.imports)} imports", end="", flush=True)
            campaign.settle()
        finally:
            stack.stop()
    print(f"\nseed {seed}: {rounds} kills in {time.monotonic() - begin:.0f} s, {campaign.lost} lost, {campaign.doubled} doubled")
    return 1 if campaign.lost or campaign.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
