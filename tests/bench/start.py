"""From exec to ready, and what an idle server holds."""
from __future__ import annotations

import pathlib
import re
import statistics
import time
from typing import Iterator

from bench.rows import figure
from sandbox.server import Slipway

ROUNDS = 15


def measure(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    server = Slipway(folder)
    server.start()  # the first start makes schema and administrator; the figure is of the later ones
    server.stop()
    times = []
    for _ in range(ROUNDS):
        server.start()
        times.append(ready_after(server))
        server.stop()
    yield figure("start to ready, median of 15", statistics.median(times), "ms", "<= 100 ms")
    server.start()
    time.sleep(5)  # idle is a state, not an event
    yield figure("idle: proportional set size", memory(server.process.child.pid, "Pss"), "KiB", "<= 30,720 KiB")
    yield figure("idle: resident set size", memory(server.process.child.pid, "Rss"), "KiB", "<= 30,720 KiB")
    server.stop()


def ready_after(server: Slipway) -> float:
    """What the last `ready` line of the log says, in ms since the process began."""
    return float(re.findall(r'"event":"ready"[^\n]*"ms":([0-9.]+)', server.log())[-1])


def memory(pid: int, member: str) -> int:
    return int(re.search(rf"^{member}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE).group(1))
