"""The command line against a real server: sign in, import, lists, formats, filters, exit codes."""
import json
import re
import time

import pytest
import yaml

from sandbox.process import free_port
from sandbox.server import PASSWORD, clean_environment


@pytest.fixture
def cli(server, admin):
    """Runs `slipway …` as the administrator; `code` is asserted."""
    def run(*arguments: str, code: int = 0, stdin: str = "", token: str | None = admin.token):
        done = server.cli(*arguments, token=token, stdin=stdin)
        assert done.returncode == code, f"slipway {' '.join(arguments)} → {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done
    return run


def test_login_keeps_a_context(server, tmp_path):
    signed = server.cli("login", server.url, "-u", "admin", "--password-stdin", stdin=PASSWORD + "\n", home=tmp_path)
    assert signed.returncode == 0, signed.stderr
    assert PASSWORD not in signed.stdout + signed.stderr
    listed = server.cli("user", "list", "-o", "name", home=tmp_path)
    assert listed.returncode == 0 and "admin" in listed.stdout.split()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and all(path.stat().st_mode & 0o077 == 0 for path in files), "tokens are for their owner alone"
    assert not any(PASSWORD in path.read_text() for path in files)
    assert server.cli("logout", home=tmp_path).returncode == 0
    assert server.cli("model", "list", home=tmp_path).returncode == 4


def test_wrong_password_is_4(server, tmp_path):
    assert server.cli("login", server.url, "-u", "admin", "--password-stdin", stdin="wrong\n", home=tmp_path).returncode == 4


def test_import_and_look(cli):
    done = cli("model", "import", "customer-segments")
    assert "customer-segments" in done.stdout + done.stderr
    shown = json.loads(cli("model", "show", "customer-segments", "-o", "json").stdout)
    assert shown["modelMetaData"]["name"] == "customer-segments" and shown["sageMaker"]["arn"].endswith("model/customer-segments")
    assert yaml.safe_load(cli("model", "show", "customer-segments", "-o", "yaml").stdout) == shown
    names = cli("model", "list", "-o", "name").stdout.split()
    assert "customer-segments" in names
    table = cli("model", "list", "--filter", "name=customer-segments").stdout.splitlines()
    assert len(table) == 2 and "customer-segments" in table[1]
    for noun in ("snapshot", "runtime", "deployment", "job", "notification", "event"):
        assert isinstance(json.loads(cli(noun, "list", "-o", "json").stdout), (list, dict)), noun


def test_json_is_json_alone(cli):
    done = cli("model", "import", "customer-segments", "-o", "json")
    assert json.loads(done.stdout)["state"] == "COMPLETE"


@pytest.mark.parametrize("arguments, code", [
    (["nonsense"], 2), (["model", "list", "--nonsense"], 2), (["model", "list", "-o", "xml"], 2), (["model", "show"], 2),
    (["model", "show", "no-such-model"], 3), (["model", "import", "no-such-model"], 3), (["model", "list", "--filter", "nosuchfield:1"], 6),
])
def test_exit_codes(cli, arguments, code):
    done = cli(*arguments, code=code)
    assert done.stderr.strip() and not done.stdout.strip()


def test_not_signed_in_is_4(cli):
    cli("model", "list", token="no-token", code=4)


def test_not_reachable_is_7(server, admin):
    done = server.cli("model", "list", "--url", f"http://127.0.0.1:{free_port()}", token=admin.token)
    assert done.returncode == 7, done.stderr


def test_not_allowed_is_4_and_conflict_is_5(server, admin, team):
    assert server.cli("user", "add", "x", "--password-stdin", stdin="some-password-1\n", token=team.token).returncode == 4
    taken = server.cli("user", "add", "admin", "--password-stdin", stdin="some-password-1\n", token=admin.token)
    assert taken.returncode == 5, taken.stderr


def test_help_completion_and_man_page(cli):
    assert re.search(r"^  model +Business models$", cli("--help").stdout, re.MULTILINE)
    page = cli("man").stdout
    assert page.startswith(".TH SLIPWAY 1 ") and ".SH EXIT STATUS" in page and ".SS slipway model import" in page
    assert "--group" in cli("model", "import", "--help").stdout
    for shell in ("bash", "zsh", "fish"):
        assert "slipway" in cli("completion", shell).stdout
    assert re.search(r"\d+\.\d+\.\d+", cli("--version").stdout)


def test_secrets_are_not_taken_as_arguments(cli):
    """What stands in argv is seen by everybody on the machine."""
    cli("login", "http://127.0.0.1:1", "-u", "admin", "--password", "x", code=2)


def test_output_to_a_closed_pipe(server, admin):
    import subprocess
    from sandbox.server import BINARY
    done = subprocess.run(f"{BINARY} event list -n 1000 -o json | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60,
                          env=clean_environment(SLIPWAY_URL=server.url, SLIPWAY_TOKEN=admin.token))
    assert int(done.stdout.split()[-1]) in (0, 1, 141) and "terminate" not in done.stderr


@pytest.mark.parametrize("line", ["model list --watch", "event list --watch --after 0 -o json"])
def test_watching_ends_with_its_reader(server, admin, line):
    """Nothing happens that could be written: it must not stay for who has read enough."""
    import subprocess
    from sandbox.server import BINARY
    admin.new_model()
    done = subprocess.run(f"{BINARY} {line} | head -n 1; echo ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=20,
                          env=clean_environment(SLIPWAY_URL=server.url, SLIPWAY_TOKEN=admin.token))
    assert int(done.stdout.split()[-1]) in (0, 141) and done.stderr == "", done


def test_events_are_listed_and_done(cli, admin, tmp_path):
    model = admin.new_model()
    began = time.monotonic()
    listed = json.loads(cli("event", "list", "-o", "json", "--limit", "100000").stdout)
    assert time.monotonic() - began < 1.2, "it does not wait for more to happen"
    mine = [event for event in listed if event["id"] == model["id"]]
    assert [event["kind"] for event in mine] == ["created"]
    assert json.loads(cli("event", "show", str(mine[0]["seq"]), "-o", "json").stdout)["id"] == model["id"]
    cli("event", "show", str(listed[-1]["seq"] + 100_000), code=3)


@pytest.mark.parametrize("arguments", ["model list", "model list -o json", "--help"])
def test_output_onto_a_full_disk_is_a_failure(server, admin, arguments):
    import subprocess
    from sandbox.server import BINARY
    done = subprocess.run(f"{BINARY} {arguments} > /dev/full", shell=True, capture_output=True, text=True, timeout=60, env=clean_environment(SLIPWAY_URL=server.url, SLIPWAY_TOKEN=admin.token))
    assert done.returncode == 1 and "No space left" in done.stderr, done.stderr


def test_a_folder_leaves_its_keys_at_home(server, cli, tmp_path):
    folder = tmp_path / "keyed-churn"
    (folder / ".aws").mkdir(parents=True)
    (folder / "main.py").write_text("# modelop.score\ndef score(i, o, a):\n    pass\n")
    for name in ("id_rsa", "svc.keytab", ".netrc", ".aws/credentials", "notes.txt"):
        (folder / name).write_text("-----BEGIN PRIVATE KEY-----\nCANARY-OF-A-FOLDER\n")
    made = json.loads(cli("model", "add", str(folder), "-o", "json").stdout)
    assert [one["name"] for one in made["files"]["taken"]] == ["main.py"]
    assert [one["name"] for one in made["files"]["leftOut"]] == [".aws/", ".netrc", "id_rsa", "notes.txt", "svc.keytab"]
    stored = cli("model", "show", made["id"], "-o", "json").stdout
    assert [asset["name"] for asset in json.loads(stored)["modelAssets"]] == ["main.py"]
    assert b"CANARY-OF-A-FOLDER" not in server.stored()


def test_the_job_that_runs_is_found_behind_hundreds(cli, admin):
    """Jobs on Spark are called as their snapshot, each run as the one before."""
    api = "/model-manage/api"
    runtime = admin.post(f"{api}/runtimes", {"name": "spark-of-many", "engineType": "SPARK_RUNTIME", "group": "modelop"})
    model = admin.post(f"{api}/storedModels", {"group": "modelop", "modelMetaData": {"name": "many", "type": "PYSPARK"}})
    cli("snapshot", "create", model["id"], "--name", "many-1", "--runtime", "spark-of-many")
    snapshot = json.loads(cli("snapshot", "show", "many-1", "-o", "json").stdout)
    assert snapshot["targetRuntimes"] == [{"id": runtime["id"], "engineType": "SPARK_RUNTIME", "name": "spark-of-many"}]
    jobs = [admin.post(f"{api}/jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"id": snapshot["id"]}}) for _ in range(411)]
    assert jobs[0]["targetEngine"]["id"] == runtime["id"]
    for job in jobs[:205] + jobs[206:]:
        admin.post(f"{api}/jobs/{job['id']}/cancel", status=200)
    assert cli("job", "cancel", "many-1", "-o", "name").returncode == 0
    assert admin.get(f"{api}/jobs/{jobs[205]['id']}")["jobStatus"] == "CANCELLED"
