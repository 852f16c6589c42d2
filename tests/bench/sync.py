"""What a look at an account costs that has not changed, how soon a change is seen, and how an import bears a limit of two calls a second."""
from __future__ import annotations

import pathlib
import time
from typing import Iterator

from bench.rows import figure
from sandbox.process import wait_until
from sandbox.proxy import FaultProxy
from sandbox.rest import SAGEMAKER, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.stack import CONFIG, TEST_CONFIG, Stack

MODEL, ENDPOINT = "churn-classifier-v3", "churn-staging"
INTERVAL = 20  # seconds; a cycle is up to a tenth longer
CHANGES = 3
LIMIT = {"rate": 2, "burst": 2, "each": True}  # calls a second, for every operation apart
FOUND_AFTER = 10  # seconds in which the pace is found


def measure(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    stack = Stack(folder)
    proxy = stack.proxy
    try:
        yield from idle(stack.server.start())
        stack.server.stop()
        seeing = Slipway(folder / "seeing", aws=stack.account.url, config=CONFIG | {"sagemaker-service": {"syncInterval": f"{INTERVAL}s"}})
        try:
            yield from changes(seeing.start(), stack)
        finally:
            seeing.stop()
        limited = Slipway(folder / "limited", aws=stack.account.url, config=TEST_CONFIG)
        try:
            yield from under_a_limit(limited.start(), proxy)
        finally:
            limited.stop()
    finally:
        stack.stop()


def rows(admin: Rest) -> dict:
    """What a cycle could write, with its version."""
    found = {row["id"]: row["version"] for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs") for row in admin.every(name)}
    return {**found, "audited": len(admin.every("auditRecords"))}


def idle(server: Slipway) -> Iterator[str]:
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL)
    look(admin)
    before = rows(admin)
    operation = look(admin)
    calls, after = operation["awsCalls"]["total"], rows(admin)
    written = admin.get(f"{SAGEMAKER}/sync")["accounts"][0]["written"] + sum(before.get(key) != value for key, value in after.items())
    yield figure("idle sync cycle", calls, "calls", "<= 16", met=calls <= 16)
    yield figure("  rows that it writes", written, "rows", "0", met=written == 0)


def look(admin: Rest) -> dict:
    return admin.wait_operation(admin.post(f"{SAGEMAKER}/sync", None, 202)["id"])


def changes(server: Slipway, stack: Stack) -> Iterator[str]:
    """Of an endpoint, by somebody else, without a word to us."""
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model(MODEL)
    took = []
    for number in range(CHANGES):
        wanted = "OutOfService" if number % 2 == 0 else "InService"
        time.sleep(INTERVAL * 0.3 * (number + 1))  # another moment of the cycle each time
        begin = time.monotonic()
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        stack.moto.adjust([{"kind": "endpoint", "name": ENDPOINT, "set": {"endpoint_status": wanted, "last_modified_time": now}}])
        wait_until(lambda: any(row["name"] == ENDPOINT and row["sageMaker"]["status"] == wanted for row in admin.every("runtimes")), "the change is seen", 4 * INTERVAL)
        took.append(time.monotonic() - begin)
    yield figure(f"a changed endpoint is seen, the longest of {CHANGES}", max(took), "s", f"<= a cycle of {INTERVAL} s ± 10 % + 5 s", met=max(took) <= INTERVAL * 1.1 + 5)


def under_a_limit(server: Slipway, proxy: FaultProxy) -> Iterator[str]:
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    proxy.reset()
    proxy.fault("throttle", "*", **LIMIT)
    begin = time.monotonic()
    identifier = admin.start_import(MODEL)["id"]
    time.sleep(FOUND_AFTER)
    before = len(proxy.requests())
    operation = admin.wait_operation(identifier, 300)
    took, later = time.monotonic() - begin, proxy.requests()[before:]
    throttled = sum("throttle" in entry["faults"] for entry in later)
    share = 100 * throttled / len(later)
    yield figure("import under 2/s of each operation", took, "s", f"it ends: {operation['state']}, {len(operation['problems'])} problems")
    yield figure(f"  throttled after {FOUND_AFTER} s, {throttled} of {len(later)}", share, "%", "<= 2 %", met=share <= 2)
    proxy.reset()
