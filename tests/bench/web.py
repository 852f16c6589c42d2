"""Weight of the page: what a browser loads for the first route, compressed as it is sent."""
from __future__ import annotations

import gzip
import pathlib
import re
from typing import Iterator

from bench.rows import figure
from sandbox.process import ROOT


def measure(_folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    build = ROOT / "build/web"
    index = (build / "index.html").read_text()
    for title, pattern, aim in (("first route: JavaScript", r'(?:src|href)="\.?/?([^"]+\.js)"', "<= 240 kB"), ("first route: CSS", r'href="\.?/?([^"]+\.css)"', "<= 60 kB")):
        size = sum(len(gzip.compress((build / name).read_bytes(), 9)) for name in set(re.findall(pattern, index)))
        yield figure(title + ", gzip -9", size / 1000, "kB", aim)
