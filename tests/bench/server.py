"""Reads and durable writes of the whole server at 32 connections, by wrk; MLflow beside it with --peers."""
from __future__ import annotations

import json
import pathlib
import re
import statistics
import subprocess
from typing import Iterator

from bench import mlflow
from bench.programs import run
from bench.rows import figure
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway

CONNECTIONS = 32
SECONDS = 5
ROUNDS = 5  # of server and bare loop in turns: what the disk does differs from one minute to the next


def measure(folder: pathlib.Path, peers: bool) -> Iterator[str]:
    server = Slipway(folder).start()
    try:
        client = Rest.sign_in(server.url, "admin", PASSWORD)
        model = client.new_model("bench", group="modelop")
        auth = {"Authorization": f"Bearer {client.token}"}
        reads = wrk(f"{server.url}{MODEL_MANAGE}/storedModels/{model['id']}", folder, auth)
        body = json.dumps({"group": "modelop", "modelMetaData": {"name": "bench-write", "type": "PYSPARK", "tags": ["a=b"]}})
        rounds = [(wrk(f"{server.url}{MODEL_MANAGE}/storedModels", folder, {**auth, "Content-Type": "application/json"}, body),
                   bare_loop(folder / f"store-{number}")) for number in range(ROUNDS)]
    finally:
        server.stop()
    writes = statistics.median(ours for ours, _ in rounds)
    shares = sorted(ours / bare for ours, bare in rounds)
    share = statistics.median(shares)
    peer = mlflow.measure(folder / "mlflow", CONNECTIONS, SECONDS, wrk) if peers else (None, None)
    yield figure("registry reads, 32 connections", reads, "/s", ">= 10,000/s, >= 80 x MLflow", peer[0], "MLflow")
    yield figure("registry durable writes, 32 connections", writes, "/s", ">= 6,000/s, >= 60 x MLflow", peer[1], "MLflow")
    yield figure("  beside a bare group-commit loop, same rows", share, f"({shares[0]:.2f} to {shares[-1]:.2f})", ">= half of it", met=share >= 0.5)


def bare_loop(folder: pathlib.Path) -> float:
    """Writes a second of a loop on SQLite that commits in groups of as many writers, each with the rows that one write of ours leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = "\n".join(run("slipway_store_bench", str(folder)))
    return float(re.search(rf"durable inserts, {CONNECTIONS} threads.*\n.*the same rows +([0-9]+) /s", shown).group(1))


def wrk(url: str, folder: pathlib.Path, headers: dict[str, str], body: str | None = None, script: str | None = None) -> float:
    """Good answers a second; an answer that is no 2xx stops the measurement."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "wrk.lua"
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()]
    if body is not None:
        lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
    file.write_text("\n".join(lines) + "\n" + (script or ""))
    done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(file), url], capture_output=True, text=True, check=True)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if bad:
        raise SystemExit(f"{bad.group(1)} answers of {url} were no success:\n{done.stdout}")
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout).group(1))
