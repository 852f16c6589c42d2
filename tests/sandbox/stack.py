"""Moto with the sandbox account, a fault proxy before it, and a server on both."""
from __future__ import annotations

import datetime
import pathlib

from sandbox import seed
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.proxy import FaultProxy
from sandbox.server import Slipway

# What the server must be told to reach the sandbox account.
CONFIG = {"sagemaker-credentials": {"storedCredentials": [
    {"authenticationType": "BASIC", "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "region": REGION}]}}


class Stack:
    """Starts peers first, then `server.start()`; `stop` ends all of it, and nothing else."""

    def __init__(self, folder: pathlib.Path, now: datetime.datetime = seed.FIXED_NOW, **server):
        folder.mkdir(parents=True, exist_ok=True)
        self.moto = Moto(folder)
        self.counts = seed.seed(self.moto.url, now)
        self.proxy = FaultProxy(self.moto.url, folder)
        self.server = Slipway(folder, aws=self.proxy.url, config=CONFIG | server.pop("config", {}), **server)

    def stop(self) -> None:
        self.server.stop()
        self.proxy.stop()
        self.moto.stop()
