"""Moto with the sandbox account, a fault proxy before it, and a server on both."""
from __future__ import annotations

import datetime
import pathlib

from sandbox import life, seed
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.proxy import FaultProxy
from sandbox.server import Slipway

# What the server must be told to reach the sandbox account.
CONFIG = {"sagemaker-credentials": {"storedCredentials": [
    {"authenticationType": "BASIC", "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "region": REGION}]}}
# Tests count calls and rows and script faults: a look at the account comes when they ask for it, and a life cycle where it is what they are about.
TEST_CONFIG = CONFIG | {"sagemaker-service": {"syncInterval": "24h"}, "lifecycle": {"sagemakerDeploy": {"enabled": False}}}


class Account:
    """The sandbox account at `url`: behind a proxy that can fail, and alive, so that what is made in it takes its time. `plan` says how much: sandbox.life."""

    def __init__(self, folder: pathlib.Path, now: datetime.datetime = seed.FIXED_NOW, plan: dict = life.TESTS):
        folder.mkdir(parents=True, exist_ok=True)
        self.moto = Moto(folder)
        self.counts = seed.seed(self.moto.url, now)
        self.life, self.plan = self.moto.life, plan
        self.live()
        self.proxy = FaultProxy(self.moto.url, folder)
        self.url = self.proxy.url

    def live(self) -> None:
        """Nothing is scripted and nothing moves; what is made from now on takes its time as at the start."""
        self.life.off()
        self.life.plan(**self.plan)

    def stop(self) -> None:
        self.proxy.stop()
        self.moto.stop()


class Stack:
    """Starts peers first, then `server.start()`; `stop` ends all of it, and nothing else."""

    def __init__(self, folder: pathlib.Path, now: datetime.datetime = seed.FIXED_NOW, **server):
        self.account = Account(folder, now)
        self.moto, self.proxy, self.life, self.counts = self.account.moto, self.account.proxy, self.account.life, self.account.counts
        self.server = Slipway(folder, aws=self.account.url, config=TEST_CONFIG | server.pop("config", {}), **server)

    def stop(self) -> None:
        self.server.stop()
        self.account.stop()
