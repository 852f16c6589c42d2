"""A property-based client made from api/openapi.yaml finds no 5xx and no answer that the file does not describe."""
import os
import subprocess
import sys

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.rest import Rest
from sandbox.server import PASSWORD

# A stream without an end, and the calls by which the client would take away the token that all others use (it tries all methods of a path).
# What of it is open to everybody is tried by the run of strangers.
LEFT_OUT = ("streamEvents", "getSession", "deleteSession", "createSession", "issueToken", "changePassword")


@pytest.fixture(scope="module")
def contract_server(stack, tmp_path_factory):
    """A server of its own; runs go one behind the other."""
    from sandbox.server import Slipway
    from sandbox.stack import CONFIG
    server = Slipway(tmp_path_factory.mktemp("contract"), aws=stack.moto.url, config=CONFIG).start()
    yield server
    server.stop()


def schemathesis(server, name: str, kept, *more: str):
    """A run over the operations that `kept` holds for: how it ended, whether the server lives, and its log."""
    contract = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
    contract["paths"] = {path: {method: item for method, item in methods.items() if method == "parameters" or kept(item)} for path, methods in contract["paths"].items()}
    contract["paths"] = {path: methods for path, methods in contract["paths"].items() if methods.keys() - {"parameters"}}
    # The sandbox account lives in one region; moto answers others with a crash of its own.
    contract["components"]["schemas"]["AwsRegion"] = {"type": "string", "enum": ["eu-west-1"]}
    file = server.folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(contract))
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", str(file), "--url", server.url,
               "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance", "--phases", "examples,coverage,fuzzing",
               "--max-examples", os.environ.get("SLIPWAY_EXAMPLES", "12"), "--seed", "7", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
               # One worker: Python before 3.11.5 fails where two threads read sources into trees (gh-106905), and Hypothesis does so for each lambda.
               "--workers", "1", "--request-timeout", "60", "--output-sanitize", "true", "--no-color", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=server.folder, stdin=subprocess.DEVNULL)
    return done, server.process.running(), server.log()


@pytest.fixture(scope="module")
def report(contract_server):
    """All as an administrator. SLIPWAY_EXAMPLES makes it larger."""
    token = Rest.sign_in(contract_server.url, "admin", PASSWORD).token
    return schemathesis(contract_server, "openapi", lambda item: item["operationId"] not in LEFT_OUT, "-H", f"Authorization: Bearer {token}")


@pytest.fixture(scope="module")
def strangers_report(contract_server, report):
    """What is open to everybody, without a token; last, since guessed passwords lock names and addresses for a while."""
    return schemathesis(contract_server, "open", lambda item: item["x-slipway-guard"] == "open")


def fine(report) -> None:
    done, alive, _ = report
    assert alive, "the server has ended"
    assert done.returncode == 0, done.stdout[max(done.stdout.find("FAILURES"), 0):][:12000] + done.stderr[-2000:]


def test_no_surprise(report):
    fine(report)


def test_no_surprise_for_strangers(strangers_report):
    fine(strangers_report)


def test_nothing_unexpected_was_logged(report, strangers_report):
    for _, _, log in (report, strangers_report):
        assert "Sanitizer" not in log and "terminate called" not in log and "assertion failed" not in log.lower()
