"""Child processes: who is ended with a folder, and who is not."""
import sys

from sandbox.process import Process, end_all_of


def test_what_runs_in_a_folder_ends_with_it_and_nothing_else(tmp_path):
    sleep = "import time; time.sleep(60)"
    inside = Process([sys.executable, "-c", sleep, str(tmp_path / "jobs/1/driver.py")], tmp_path / "inside.log")
    beside = Process([sys.executable, "-c", sleep, str(tmp_path / "jobs-of-others/1")], tmp_path / "beside.log")
    try:
        assert end_all_of(tmp_path / "jobs") == 1
        assert inside.child.wait(10) == -9 and beside.running()
    finally:
        inside.kill()
        beside.kill()
