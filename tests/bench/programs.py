"""C++ programs that print their own rows: a bare group-commit loop beside the store, a bare Beast server beside ours."""
from __future__ import annotations

import pathlib
import subprocess
from typing import Iterator

from bench import operaton
from sandbox.postgres import Postgres
from sandbox.process import ROOT


def run(program: str, *arguments: str) -> Iterator[str]:
    done = subprocess.run([str(ROOT / "build/release/bin" / program), *arguments], capture_output=True, text=True, check=True)
    yield from done.stdout.splitlines()


def measure_store(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    yield from run("slipway_store_bench", str(folder))


def measure_http(_folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    yield from run("slipway_http_bench")


def measure_lifecycle(folder: pathlib.Path, peers: bool) -> Iterator[str]:
    """On SQLite, then on a PostgreSQL of its own; Operaton on a database beside it."""
    yield from run("slipway_lifecycle_bench", str(folder))
    server = Postgres()
    try:
        yield "on PostgreSQL"
        ours = list(run("slipway_lifecycle_bench", server.database(), "500", "100000", "10000"))
        yield from ours
        if peers:
            own = float(ours[0].split("(aim:")[0].split()[-2])
            for kind, rate in operaton.measure(server.database()).items():
                yield f"Operaton {operaton.VERSION}, {kind} tasks".ljust(52) + f" {rate:>10.2f} /s   ratio {own / rate:.1f}"
    finally:
        server.stop()
