"""C++ programs that print their own rows: a bare group-commit loop beside the store, a bare Beast server beside ours."""
from __future__ import annotations

import pathlib
import subprocess
from typing import Iterator

from sandbox.postgres import Postgres
from sandbox.process import ROOT


def run(program: str, *arguments: str) -> Iterator[str]:
    done = subprocess.run([str(ROOT / "build/release/bin" / program), *arguments], capture_output=True, text=True, check=True)
    yield from done.stdout.splitlines()


def measure_store(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    yield from run("slipway_store_bench", str(folder))


def measure_http(_folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    yield from run("slipway_http_bench")


def measure_lifecycle(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    """On SQLite, then on a PostgreSQL of its own."""
    yield from run("slipway_lifecycle_bench", str(folder))
    peer = Postgres()
    try:
        yield "on PostgreSQL"
        yield from run("slipway_lifecycle_bench", peer.database(), "500", "10000")
    finally:
        peer.stop()
