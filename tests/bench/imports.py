"""Calls that importing the ten models of a large account costs, counted by moto's own recorder."""
from __future__ import annotations

import pathlib
import time
from typing import Iterator

from bench.rows import figure
from sandbox.moto import REGION, Moto
from sandbox.rest import Rest
from sandbox.seed import seed_scale
from sandbox.server import PASSWORD, Slipway
from sandbox.stack import CONFIG

BOTO3_SCRIPT = 22_270  # a well-written script, page size 100, measured on the same account: design page 9


def measure(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    moto = Moto(folder)
    server = Slipway(folder / "server", aws=moto.url, config=CONFIG)
    try:
        seed_scale(moto.url, 10, 1000)
        names = [f"bulk-model-{number:03d}" for number in range(10)]
        server.start()
        client = Rest.sign_in(server.url, "admin", PASSWORD)
        costs, began = [], time.monotonic()
        for name in names:
            moto.record()
            client.import_model(name, region=REGION)
            costs.append(sum(moto.calls().values()))
        yield figure("import of the first model", costs[0], "calls", "<= 1,300")
        yield figure("import of each next, the most", max(costs[1:]), "calls", "<= 40")
        yield figure("import of all ten", sum(costs), "calls", "<= 1,700", BOTO3_SCRIPT, "boto3 script")
        yield figure("wall clock of all ten", time.monotonic() - began, "s", "moto's speed, not ours")
        moto.record()
        client.import_model(names[0], region=REGION)
        yield figure("the first again, nothing changed", sum(moto.calls().values()), "calls", "<= 40")
    finally:
        server.stop()
        moto.stop()
