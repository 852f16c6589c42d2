"""Signed and parsed SageMaker calls a second, ours and botocore's against one stub."""
from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Iterator

from sandbox.process import ROOT


def measure(_folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    done = subprocess.run([sys.executable, str(ROOT / "tests/bench/botocore_bench.py"), str(ROOT / "build/release/bin/slipway_aws_client_bench")],
                          capture_output=True, text=True, check=True)
    yield from done.stdout.splitlines()
