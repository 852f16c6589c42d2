"""Reads and durable writes of the whole server at 32 connections, by wrk; MLflow beside it with --peers."""
from __future__ import annotations

import json
import pathlib
import re
import subprocess
from typing import Iterator

from bench import mlflow
from bench.programs import run
from bench.rows import figure
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway

CONNECTIONS = 32
SECONDS = 8


def measure(folder: pathlib.Path, peers: bool) -> Iterator[str]:
    server = Slipway(folder).start()
    try:
        client = Rest.sign_in(server.url, "admin", PASSWORD)
        model = client.new_model("bench", group="modelop")
        auth = {"Authorization": f"Bearer {client.token}"}
        reads = wrk(f"{server.url}{MODEL_MANAGE}/storedModels/{model['id']}", folder, auth)
        writes = wrk(f"{server.url}{MODEL_MANAGE}/storedModels", folder, {**auth, "Content-Type": "application/json"},
                     json.dumps({"group": "modelop", "modelMetaData": {"name": "bench-write", "type": "PYSPARK", "tags": ["a=b"]}}))
    finally:
        server.stop()
    bare = bare_loop(folder / "store")
    peer = mlflow.measure(folder / "mlflow", CONNECTIONS, SECONDS, wrk) if peers else (None, None)
    yield figure("registry reads, 32 connections", reads, "/s", ">= 10,000/s, >= 80 x MLflow", peer[0], "MLflow")
    yield figure("registry durable writes, 32 connections", writes, "/s", ">= 6,000/s, >= 60 x MLflow", peer[1], "MLflow")
    yield figure("  beside a bare group-commit loop, same rows", writes, "/s", ">= half of it", bare, "sqlite3", met=writes >= bare / 2)


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
