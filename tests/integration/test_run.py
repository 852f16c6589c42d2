"""`./dev run`: what it never deletes."""
import re
import subprocess
import sys

import pytest

from sandbox.process import ROOT, Process, free_port, wait_until
from sandbox.up import MARK


def command(folder, port) -> list[str]:
    return [sys.executable, "-m", "sandbox.up", "--port", str(port), "--data-dir", str(folder)]


def run(folder, port) -> subprocess.CompletedProcess:
    return subprocess.run(command(folder, port), capture_output=True, text=True, timeout=60, cwd=ROOT / "tests", stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "sandbox"
    process = Process(command(folder, free_port()), folder.parent / "run.log", cwd=ROOT / "tests")
    process.folder = folder
    process.port = int(process.child.args[4])
    wait_until(lambda: "Ctrl-C stops" in process.output(), "the sandbox runs", 60)
    yield process
    process.stop()


def test_a_second_run_leaves_the_first_one_alone(first):
    kept = sorted(path for path in (first.folder / "data").iterdir())
    for port in (first.port, free_port()):
        second = run(first.folder, port)
        assert second.returncode == 2 and str(first.pid) in second.stderr and "--data-dir" in second.stderr, second.stderr
    assert first.running() and sorted((first.folder / "data").iterdir()) == kept


def test_a_taken_port_is_noticed_before_anything_is_deleted(first, tmp_path):
    (tmp_path / MARK).touch()
    (tmp_path / "kept").write_text("x")
    second = run(tmp_path, first.port)
    assert second.returncode == 2 and str(first.port) in second.stderr, second.stderr
    assert (tmp_path / "kept").exists()


def test_what_no_sandbox_made_is_never_emptied(tmp_path):
    (tmp_path / "mine").write_text("x")
    ended = run(tmp_path, free_port())
    assert ended.returncode == 2 and (tmp_path / "mine").exists(), ended.stderr


def test_the_file_with_the_keys_is_for_its_owner_alone(first):
    assert (first.folder / "slipway.yaml").stat().st_mode & 0o077 == 0


def test_it_prints_the_lines_of_the_readme(first):
    readme = [line.removeprefix("build/release/bin/slipway ") for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("build/release/bin/slipway ")]
    printed = re.sub(r"[^\s(]*/slipway ", "build/release/bin/slipway ", first.output().replace(f"127.0.0.1:{first.port}", "127.0.0.1:8080"))
    assert len(readme) == 3 and [line for line in readme if f"slipway {line}" not in printed and f"{line}" not in printed] == []
