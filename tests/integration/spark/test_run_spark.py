"""`./dev run --spark`: the lines that it prints to be tried do what they say, as they are printed."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

from sandbox.process import ROOT, Process, free_port, wait_until


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run-spark")
    process = Process([sys.executable, "-m", "sandbox.up", "--spark", "--no-sandbox", "--port", str(free_port()), "--data-dir", str(folder / "sandbox")], folder / "run.log", cwd=ROOT / "tests")
    try:
        wait_until(lambda: "Ctrl-C stops" in process.output() or not process.running(), "all of it runs", 240)
        assert process.running(), process.output()
        yield process
    finally:
        process.stop()


def test_the_printed_lines_are_tried_as_printed(demo, tmp_path: pathlib.Path):
    said = demo.output()
    password = re.search(r"sign in   admin / (\S+)", said)[1]
    lines = re.findall(r"^    (\S*slipway .+)$", said, re.MULTILINE)
    tried = [line for line in lines if "MODEL" not in line]
    assert [re.search(r"slipway (\w+ \w+)", line)[1] for line in tried[-3:]] == ["job logs", "job retry", "runtime show"] and "slipway login" in tried[0], lines
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "SLIPWAY_PASSWORD": password}
    told = {}
    for line in tried:
        ended = subprocess.run(line, shell=True, input=password + "\n", capture_output=True, text=True, timeout=60, cwd=ROOT / "tests", env=home)
        assert ended.returncode == 0, f"{line}: {ended.stdout}{ended.stderr}"
        told[re.search(r"slipway (\w+ \w+|login)", line)[1]] = ended.stdout
    assert "trained on 600 applications" in told["job logs"]
    assert "spark-runtime-1" in told["runtime show"]
