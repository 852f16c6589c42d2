"""The S3 store of the Spark runtime against a real moto: the contract of every store, with signatures checked, and what S3 refuses."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.process import ROOT

CONTRACT = pathlib.Path(os.environ.get("SLIPWAY_BIN", ROOT / "build/release/bin")) / "slipway_object_store_contract"


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    server = Moto(tmp_path_factory.mktemp("moto"))
    server.client("s3").create_bucket(Bucket="contract", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield server
    server.stop()


def contract(moto, tests: str = "*/S3", **environment: str) -> subprocess.CompletedProcess:
    env = {"SLIPWAY_TEST_S3": moto.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "PATH": os.environ["PATH"], **environment}
    return subprocess.run([CONTRACT, f"--gtest_filter={tests}"], env=env, capture_output=True, text=True, timeout=300)


def test_the_contract_of_every_store(moto):
    done = contract(moto)
    assert done.returncode == 0 and "SKIPPED" not in done.stdout, done.stdout[-6000:]
    left = moto.client("s3").list_objects_v2(Bucket="contract", Prefix="")["KeyCount"]
    assert left > 0  # it wrote here, and not elsewhere


def user_keys(moto, *actions: str) -> dict[str, str]:
    iam = moto.client("iam")
    iam.create_user(UserName="store")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName="store", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="store")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_signatures_are_right_and_wrong_ones_are_told(moto):
    keys = user_keys(moto, "s3:*")
    moto.require_signatures(True)
    try:
        done = contract(moto, "*NamesArePlainText/S3:*AFileIsListedAsItself/S3:*GivesBackWhatWasWritten/S3", **keys)
        assert done.returncode == 0, done.stdout[-6000:]
        refused = contract(moto, "*AFileIsListedAsItself/S3", **{**keys, "AWS_SECRET_ACCESS_KEY": "wrong"})
        assert refused.returncode == 1 and "S3 refuses s3a://contract/" in refused.stdout, refused.stdout[-6000:]
        assert "wrong" not in refused.stdout
    finally:
        moto.require_signatures(False)
