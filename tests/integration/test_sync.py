"""Sync on moto: few calls when nothing changes, changes seen, deletions after two listings, one snapshot through restarts."""
import json
import time

import pytest

from sandbox.process import wait_until
from sandbox.rest import SAGEMAKER, Rest
from sandbox.server import PASSWORD

SYNC = f"{SAGEMAKER}/sync"
MODEL = "customer-segments"


@pytest.fixture
def own(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.model = admin.import_model(MODEL)["storedModelId"]
    admin.server = server
    sync(admin)
    return admin


def sync(rest: Rest) -> dict:
    operation = rest.wait_operation(rest.post(SYNC, None, 202)["id"])
    assert operation["state"] == "COMPLETE" and operation["kind"] == "SYNC", operation
    return operation


def versions(rest: Rest) -> dict:
    return {row["id"]: row["version"] for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs") for row in rest.every(name)}


def test_an_idle_cycle_is_cheap_and_writes_nothing(own, moto):
    before, records = versions(own), len(own.every("auditRecords"))
    operation = sync(own)
    assert operation["awsCalls"]["total"] <= 16, operation["awsCalls"]
    assert versions(own) == before and len(own.every("auditRecords")) == records
    account = own.get(SYNC)["accounts"][0]
    assert account["written"] == 0 and account["lastSucceeded"] and account["models"] == 1 and account["problems"] == []


def test_a_new_configuration_becomes_one_snapshot(own, moto):
    before = len(own.every("deployableModels"))
    aws = moto.client("sagemaker")
    aws.create_endpoint_config(EndpointConfigName="by-hand", ProductionVariants=[
        {"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    try:
        sync(own)
        assert len(own.every("deployableModels")) == before + 1
        own.server.kill()
        own.server.start()
        again = Rest.sign_in(own.server.url, "admin", PASSWORD)
        sync(again)
        again.import_model(MODEL)
        assert len(again.every("deployableModels")) == before + 1
    finally:
        aws.delete_endpoint_config(EndpointConfigName="by-hand")
    sync(again)
    assert not any(row["sageMaker"].get("gone") for row in again.every("deployableModels"))
    sync(again)
    assert [row["sageMaker"]["name"] for row in again.every("deployableModels") if row["sageMaker"].get("gone")] == ["by-hand"]


def test_endpoints_come_and_go(own, moto):
    aws = moto.client("sagemaker")
    name = own.every("deployableModels")[0]["sageMaker"]["name"]
    aws.create_endpoint(EndpointName="by-hand", EndpointConfigName=name)
    try:
        def online():
            sync(own)
            return any(row["name"] == "by-hand" and row["state"] == "ONLINE" for row in own.every("runtimes"))
        wait_until(online, "the endpoint is a runtime", 60)
        assert [row["state"] for row in own.every("deployedModels")] == ["DEPLOYED"]
    finally:
        aws.delete_endpoint(EndpointName="by-hand")

    def removed():
        sync(own)
        return any(row["name"] == "by-hand" and row["state"] == "REMOVED" and row["sageMaker"]["gone"] for row in own.every("runtimes"))
    wait_until(removed, "the runtime is removed", 60)
    deployment = own.every("deployedModels")[0]
    assert deployment["state"] == "UNDEPLOYED" and deployment["undeployTime"]


def test_a_configuration_made_again_under_its_name_is_another_snapshot(own, moto):
    aws = moto.client("sagemaker")

    def make() -> float:
        aws.create_endpoint_config(EndpointConfigName="again", ProductionVariants=[
            {"VariantName": "v", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
        return aws.describe_endpoint_config(EndpointConfigName="again")["CreationTime"].timestamp()

    def snapshots() -> list[dict]:
        return [row for row in own.every("deployableModels") if row["sageMaker"]["name"] == "again"]
    born = make()
    try:
        sync(own)
        first, = snapshots()
        aws.delete_endpoint_config(EndpointConfigName="again")
        wait_until(lambda: time.time() > born + 1.1, "another second")  # AWS tells times to the second
        make()
        sync(own)
        sync(own)
        assert {row["id"]: bool(row["sageMaker"].get("gone")) for row in snapshots()} == {first["id"]: True, **{row["id"]: False for row in snapshots() if row["id"] != first["id"]}}
        assert len(snapshots()) == 2
    finally:
        aws.delete_endpoint_config(EndpointConfigName="again")


def test_what_aws_refuses_is_named_and_nothing_is_gone(own, proxy):
    before = versions(own)
    with proxy.faulting("denied", "ListEndpoints"):
        operation = sync(own)
        sync(own)
    assert any(problem["permission"] == "sagemaker:ListEndpoints" for problem in operation["problems"])
    assert versions(own) == before


def test_a_key_that_aws_refuses_is_shown_with_its_credential(own, proxy):
    def check() -> dict:
        return own.get(f"{SAGEMAKER}/credentials")["credentials"][0]["lastCheck"]

    def listed(*more: str) -> str:
        return own.server.cli("credential", *more, token=own.token).stdout
    assert check()["ok"] and "since" not in check() and " ok " in listed("list")
    with proxy.faulting("unknown_key"):
        own.wait_operation(own.post(SYNC, None, 202)["id"])
        refused = check()
        assert not refused["ok"] and refused["error"]["code"] == "UnrecognizedClientException" and refused["since"], refused
        assert " failed " in listed("list") and refused["error"]["message"] in listed("show", own.get(f"{SAGEMAKER}/credentials")["credentials"][0]["id"])
        own.wait_operation(own.post(SYNC, None, 202)["id"])
        assert check()["since"] == refused["since"]
    sync(own)
    assert check()["ok"] and "since" not in check() and "error" not in check() and " ok " in listed("list")


def test_without_a_model_there_is_nothing_to_look_at(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.refused("POST", SYNC, 422, "NOTHING_TO_SYNC")
    assert admin.get(SYNC) == {"accounts": []}


def test_by_the_command_line(own):
    done = own.server.cli("sync", "-o", "json", token=own.token)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["kind"] == "SYNC"
    shown = own.server.cli("sync", "--status", token=own.token)
    assert shown.returncode == 0 and shown.stdout.split()[2] == "last" and "next in" in shown.stdout
