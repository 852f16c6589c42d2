"""The AWS client against a real moto: signatures checked, policies applied, sessions made, odd answers survived."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from integration.check_requests import recorded_faults
from sandbox.moto import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY, Moto
from sandbox.process import ROOT

PROBE = pathlib.Path(os.environ.get("SLIPWAY_BIN", ROOT / "build/release/bin")) / "slipway_aws_probe"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    server = Moto(tmp_path_factory.mktemp("moto"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def fresh(moto):
    moto.require_signatures(False)
    moto.reset()


def probe(moto, *arguments: str, **environment: str) -> dict:
    env = {"AWS_ENDPOINT_URL": moto.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "PATH": os.environ["PATH"], **environment}
    done = subprocess.run([PROBE, *arguments], env={k: v for k, v in env.items() if v}, capture_output=True, text=True, timeout=120)
    answer = json.loads(done.stdout)
    assert done.returncode == (1 if "error" in answer else 0), done.stderr
    return answer


def make_model(moto, name: str = "churn") -> None:
    moto.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "1.dkr.ecr.eu-west-1.amazonaws.com/x:1"})


def user_with(moto, *actions: str) -> dict[str, str]:
    """Keys of a new user who may do `actions` and nothing else."""
    iam = moto.client("iam")
    iam.create_user(UserName="u")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="u")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_calls_and_requests_fit_the_service_model(moto):
    make_model(moto)
    moto.record()
    assert probe(moto, "DescribeModel", '{"ModelName":"churn"}')["ModelName"] == "churn"
    assert [m["ModelName"] for m in probe(moto, "ListModels", '{"MaxResults":100}')["Models"]] == ["churn"]
    assert moto.calls() == {"DescribeModel": 1, "ListModels": 1}
    assert recorded_faults({"op": r["operation"], "body": json.loads(r["body"])} for r in moto.recorded()) == []


def test_absence_is_not_found(moto):
    error = probe(moto, "DescribeModel", '{"ModelName":"none"}')["error"]
    assert (error["kind"], error["code"]) == ("NOT_FOUND", "ValidationException")


def test_signatures_are_right(moto):
    make_model(moto)
    keys = user_with(moto, "sagemaker:ListModels", "sts:GetCallerIdentity")
    moto.require_signatures(True)
    assert probe(moto, "ListModels", '{"NameContains":"é \\u0001"}', **keys)["Models"] is not None
    assert probe(moto, "identify", **keys) == {"account": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/u"}


def test_a_wrong_secret_is_told_apart_from_a_missing_permission(moto):
    keys = user_with(moto, "sagemaker:ListModels")
    moto.require_signatures(True)
    wrong = probe(moto, "ListModels", **{**keys, "AWS_SECRET_ACCESS_KEY": "wrong"})["error"]
    assert (wrong["reason"], wrong["code"]) == ("AWS_CREDENTIALS", "SignatureDoesNotMatch")
    unknown = probe(moto, "ListModels", **{**keys, "AWS_ACCESS_KEY_ID": "AKIANOBODY"})["error"]
    assert unknown["reason"] == "AWS_CREDENTIALS"
    denied = probe(moto, "ListTags", '{"ResourceArn":"arn:aws:sagemaker:eu-west-1:123456789012:model/m"}', **keys)["error"]
    assert (denied["reason"], denied["permission"]) == ("AWS_ACCESS_DENIED", "sagemaker:ListTags")
    assert "sagemaker:ListTags" in denied["message"]


def test_web_identity(moto, tmp_path):
    token = tmp_path / "token"
    token.write_text("a.b.c\n")
    make_model(moto)
    moto.record()
    answer = probe(moto, "ListModels", AWS_ACCESS_KEY_ID="", AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN=ROLE)
    assert [m["ModelName"] for m in answer["Models"]] == ["churn"]
    calls = moto.recorded()
    assert [c["operation"] for c in calls] == ["AssumeRoleWithWebIdentity", "ListModels"]
    assert not any(name.lower() == "authorization" for name in calls[0]["headers"])
    assert any(name.lower() == "x-amz-security-token" for name in calls[1]["headers"])


def test_the_html_of_a_crash_is_unavailable(moto):
    moto.record()
    error = probe(moto, "StopTransformJob", '{"TransformJobName":"x"}')["error"]
    assert (error["kind"], error["code"]) == ("UNAVAILABLE", "Garbled")
    assert moto.calls() == {"StopTransformJob": 5}


def test_nobody_listens():
    class Dead:
        url = "http://127.0.0.1:1"
    error = probe(Dead, "ListModels")["error"]
    assert (error["kind"], error["code"]) == ("UNAVAILABLE", "Network")
