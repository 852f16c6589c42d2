"""Start, stop and configuration of the server."""
import json
import re
import shutil
import subprocess

import pytest
import requests

from sandbox.process import free_port
from sandbox.rest import Rest
from sandbox.server import PASSWORD, Slipway, clean_environment


def run(server: Slipway, *more: str, timeout: float = 20) -> subprocess.CompletedProcess:
    """Runs `serve` to its end."""
    return subprocess.run([*server.command(), *more], capture_output=True, text=True, timeout=timeout, env=server.environment, stdin=subprocess.DEVNULL)


def test_ready_names_the_address(server):
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    ready = [line for line in lines if "ready" in json.dumps(line)]
    assert ready and str(server.port) in json.dumps(ready)


def test_health_is_open_and_says_little(server):
    answer = requests.get(f"{server.url}/actuator/health", timeout=5)
    assert answer.status_code == 200 and answer.json()["status"] == "UP"
    for part in ("liveness", "readiness"):
        assert requests.get(f"{server.url}/actuator/health/{part}", timeout=5).json()["status"] == "UP"


def test_a_full_disk_makes_the_service_down_and_leaves_it_alive_and_ready(make_server):
    server = make_server(start=False)
    server.data.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "none", str(server.data)], check=True)
    try:
        admin = Rest.sign_in(server.start().url, "admin", PASSWORD)
        component = admin.get("/actuator/health")["components"]["diskSpace"]
        assert component["status"] == "UP" and component["details"]["path"] == str(server.data) and component["details"]["threshold"] == 10 << 20
        ballast = server.data / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(server.data).free - (5 << 20)))
        full = admin.send("GET", "/actuator/health")
        assert full.status_code == 503 and full.json()["status"] == full.json()["components"]["diskSpace"]["status"] == "DOWN"
        for part in ("liveness", "readiness"):
            assert requests.get(f"{server.url}/actuator/health/{part}", timeout=5).status_code == 200
        ballast.unlink()
        assert admin.send("GET", "/actuator/health").status_code == 200
    finally:
        server.stop()
        subprocess.run(["umount", "-l", str(server.data)], check=True)


def test_first_password_is_generated_printed_once_and_not_kept(make_server):
    server = make_server(password=None)
    found = re.findall(r"admin with the password (\S+)", server.log())
    assert len(found) == 1 and len(found[0]) >= 16 and server.log().count(found[0]) == 1
    Rest.sign_in(server.url, "admin", found[0])
    server.kill()
    server.start()
    assert server.log().count(found[0]) == 1 and found[0].encode() not in server.stored()
    Rest.sign_in(server.url, "admin", found[0])


def test_given_password_is_not_printed(make_server):
    server = make_server()
    assert PASSWORD not in server.log() and PASSWORD.encode() not in server.stored()
    Rest.sign_in(server.url, "admin", PASSWORD)


def test_terminate_ends_cleanly_and_data_stays(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    model = admin.new_model()
    assert server.stop() == 0
    server.start()
    assert admin.get(f"/model-manage/api/storedModels/{model['id']}")["id"] == model["id"]


def test_a_second_server_on_the_same_data_is_refused(make_server):
    first = make_server()
    second = make_server(start=False)
    second.data, second.port = first.data, free_port()
    ended = run(second)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert str(first.data) in ended.stdout + ended.stderr
    assert requests.get(f"{first.url}/actuator/health", timeout=5).status_code == 200


def test_a_taken_port_is_named(make_server):
    first = make_server()
    second = make_server(start=False)
    second.port = first.port
    ended = run(second)
    assert ended.returncode != 0
    assert str(first.port) in ended.stdout + ended.stderr


def test_a_taken_port_costs_no_password(make_server):
    first = make_server()
    second = make_server(start=False, password=None)
    second.port, port = first.port, second.port
    ended = run(second)
    assert ended.returncode == 2 and "password" not in ended.stdout + ended.stderr, ended.stderr
    second.port = port
    second.start()
    assert len(re.findall(r"admin with the password (\S+)", second.log())) == 1


@pytest.mark.parametrize("text, expected", [
    ("server: {lissten: '127.0.0.1:1'}\n", ["server.lissten", "server.listen"]),
    ("sagemaker-credentials:\n  storedCredentials:\n    - {authenticationType: MAGIC, region: eu-west-1}\n", ["authenticationType", "MAGIC"]),
    ("server:\n  listen: nowhere\n", ["server.listen", "nowhere"]),
    ("server: [1, 2\n", ["slipway.yaml"]),
    ("retention: {operations: soon}\n", ["retention.operations", "soon"]),
    ("server: {listen: '127.0.0.1:1'}\nserver: {listen: '127.0.0.1:2'}\n", ["server"]),
])
def test_wrong_configuration_exits_2_with_key_and_nearest(make_server, text, expected):
    server = make_server(start=False)
    server.config.write_text(text)
    ended = run(server)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 2, said
    assert all(word in said for word in expected), said
    assert not server.data.exists() or not any(server.data.iterdir()), "nothing is made before the configuration is right"


def test_each_fault_has_a_line(make_server):
    server = make_server(start=False)
    server.config.write_text("server: {lissten: x}\nretention: {operations: soon}\ndatabse: {url: x}\n")
    ended = run(server)
    lines = (ended.stdout + ended.stderr).splitlines()
    for word in ("lissten", "retention.operations", "databse"):
        assert sum(word in line for line in lines) == 1, lines


def test_a_secret_in_a_faulty_configuration_is_not_repeated(make_server):
    server = make_server(start=False)
    server.config.write_text("sagemaker-credentials:\n  storedCredentials:\n    - {accessKeyId: AKIAX, secretAcessKey: canary-config-secret, region: eu-west-1}\n")
    ended = run(server)
    assert ended.returncode == 2 and "canary-config-secret" not in ended.stdout + ended.stderr


def test_keys_in_kebab_case_and_with_tabs(make_server):
    server = make_server(start=False)
    server.config.write_text("sagemaker-credentials:\n\tstored-credentials:\n\t\t- group:\n\t\t  authentication-type: BASIC\n\t\t  access-key-id: AKIAIOSFODNN7EXAMPLE\n"
                             "\t\t  secret-access-key: abc\n\t\t  region: eu-west-1\n")
    server.start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    assert [entry["region"] for entry in admin.get("/sagemaker-service/api/credentials")["credentials"]] == ["eu-west-1"]


def test_environment_lays_over_the_file(make_server):
    server = make_server(start=False, config={"server": {"listen": "127.0.0.1:1"}})
    command = [part for part in server.command() if part not in ("--listen", f"127.0.0.1:{server.port}")]
    server.command = lambda: command
    server.environment["SLIPWAY_SERVER__LISTEN"] = f"127.0.0.1:{server.port}"
    server.start()


def test_config_show_hides_secrets(make_server):
    server = make_server(start=False)
    shown = subprocess.run([*server.command()[:1], "config", "show", "--origin", "--config", str(server.config)], capture_output=True, text=True, env=clean_environment(), timeout=20)
    assert shown.returncode == 0, shown.stderr
    assert "wJalrXUtnFEMI" not in shown.stdout and "storedCredentials" in shown.stdout
    checked = subprocess.run([*server.command()[:1], "config", "check", "--config", str(server.config)], capture_output=True, text=True, env=clean_environment(), timeout=20)
    assert checked.returncode == 0, checked.stderr


def test_a_corrupt_database_is_said_and_left_alone(make_server):
    server = make_server(start=False)
    server.start()
    server.stop()
    database = max((path for path in server.data.rglob("*") if path.is_file() and path.read_bytes()[:6] == b"SQLite"), key=lambda path: path.stat().st_size)
    for beside in server.data.glob(database.name + "-*"):
        beside.unlink()
    database.write_bytes(b"this is no database at all" * 100)
    ended = run(server)
    assert ended.returncode not in (0, -6, -11)
    assert database.read_bytes().startswith(b"this is no database")
