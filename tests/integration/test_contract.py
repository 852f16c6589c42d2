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
LEFT_OUT = ("streamEvents", "getSession", "deleteSession", "createSession", "issueToken", "changePassword")


@pytest.fixture(scope="module")
def report(stack, tmp_path_factory):
    """One run against a server of its own. SLIPWAY_EXAMPLES makes it larger."""
    from sandbox.server import Slipway
    from sandbox.stack import CONFIG
    folder = tmp_path_factory.mktemp("contract")
    server = Slipway(folder, aws=stack.moto.url, config=CONFIG).start()
    token = Rest.sign_in(server.url, "admin", PASSWORD).token
    contract = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
    contract["paths"] = {path: {method: item for method, item in methods.items() if method == "parameters" or item["operationId"] not in LEFT_OUT} for path, methods in contract["paths"].items()}
    # The sandbox account lives in one region; moto answers others with a crash of its own.
    contract["components"]["schemas"]["AwsRegion"] = {"type": "string", "enum": ["eu-west-1"]}
    (folder / "openapi.yaml").write_text(yaml.safe_dump(contract))
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(folder / "openapi.yaml"), "--url", server.url, "-H", f"Authorization: Bearer {token}",
               "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance", "--phases", "examples,coverage,fuzzing",
               "--max-examples", os.environ.get("SLIPWAY_EXAMPLES", "12"), "--seed", "7", "--workers", "2", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
               "--request-timeout", "60", "--output-sanitize", "true", "--no-color"]
    command[1:3] = ["-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=folder, stdin=subprocess.DEVNULL)
    alive = server.process.running()
    log = server.log()
    server.stop()
    return done, alive, log


def test_no_surprise(report):
    done, alive, _ = report
    assert alive, "the server has ended"
    assert done.returncode == 0, done.stdout[max(done.stdout.find("FAILURES"), 0):][:12000] + done.stderr[-2000:]


def test_nothing_unexpected_was_logged(report):
    _, _, log = report
    assert "Sanitizer" not in log and "terminate called" not in log and "assertion failed" not in log.lower()
