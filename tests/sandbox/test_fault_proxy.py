"""The proxy fails as its rules say, and lets everything else through as it came."""
import concurrent.futures
import http.client
import socket
import threading

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from sandbox import account, seed
from sandbox.aws_proxy import Proxy
from sandbox.aws_proxy.ledger import BODY, NAMES
from sandbox.moto import REGION, Moto
from sandbox.process import wait_until
from sandbox.proxy import FaultProxy


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    moto = Moto(folder)
    seed.seed(moto.url)
    proxy = FaultProxy(moto.url, folder)
    yield moto, proxy
    proxy.stop()
    moto.stop()


@pytest.fixture
def proxy(peers):
    peers[1].reset()
    yield peers[1]
    peers[1].reset()


def sagemaker(url, key="AKIAIOSFODNN7EXAMPLE", secret="s", timeout=5):
    return boto3.client("sagemaker", endpoint_url=url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret,
                        config=Config(retries={"max_attempts": 0}, read_timeout=timeout, connect_timeout=timeout))


def code_of(call) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def test_counts_by_operation(proxy):
    client = sagemaker(proxy.url)
    client.list_models()
    client.describe_model(ModelName="credit-risk-pd")
    client.describe_model(ModelName="churn-classifier-v2")
    assert proxy.calls() == {"ListModels": 1, "DescribeModel": 2}
    assert proxy.requests()[1]["body"] == '{"ModelName": "credit-risk-pd"}'


def test_errors_are_spelt_as_aws_does(proxy):
    client = sagemaker(proxy.url)
    proxy.fault("throttle", "ListModels", rate=0, burst=1)
    client.list_models()
    assert code_of(client.list_models) == "ThrottlingException"
    proxy.fault("denied", "ListTags")
    assert code_of(lambda: client.list_tags(ResourceArn="arn:aws:sagemaker:eu-west-1:123456789012:model/x")) == "AccessDeniedException"
    proxy.fault("error", "DescribeModel", status=500, code="InternalFailure", times=1)
    assert code_of(lambda: client.describe_model(ModelName="credit-risk-pd")) == "InternalFailure"
    assert client.describe_model(ModelName="credit-risk-pd")["ModelName"] == "credit-risk-pd"


def test_one_key_only(proxy):
    proxy.fault("unknown_key", key="AKIAREVOKED")
    assert code_of(sagemaker(proxy.url, "AKIAREVOKED").list_models) == "UnrecognizedClientException"
    assert sagemaker(proxy.url).list_models()["Models"]


def test_a_reset_connection(proxy):
    with proxy.faulting("reset", "ListModels"):
        with pytest.raises(botocore.exceptions.HTTPClientError):
            sagemaker(proxy.url).list_models()
    assert sagemaker(proxy.url).list_models()["Models"]


def test_half_an_answer(proxy):
    proxy.fault("half", "ListModels")
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1", "Authorization": "AWS4-HMAC-SHA256 Credential=A/20261001/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0"}
    link = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=5)
    link.request("POST", "/", b"{}", headers)
    with pytest.raises(http.client.IncompleteRead):
        link.getresponse().read()


def allowed(call) -> bool:
    try:
        call()
        return True
    except botocore.exceptions.ClientError:
        return False


def tags_of(client, name: str) -> dict[str, str]:
    found = client.list_tags(ResourceArn=f"arn:aws:sagemaker:eu-west-1:123456789012:model/{name}", MaxResults=50)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_a_lost_answer_was_carried_out(proxy):
    client = sagemaker(proxy.url)
    proxy.fault("lost", "CreateModel", times=1)
    with pytest.raises(botocore.exceptions.HTTPClientError):
        client.create_model(ModelName="lost", ExecutionRoleArn=account.ROLE, PrimaryContainer={"Image": account.XGBOOST}, Tags=[{"Key": "a", "Value": "b"}])
    assert tags_of(client, "lost") == {"a": "b"}
    (entry,) = proxy.carried_out("CreateModel")
    assert (entry["faults"], entry["upstream"], entry["answered"]) == (["lost"], 200, None)
    client.delete_model(ModelName="lost")


def test_an_error_after_the_effect_and_one_before_it(proxy):
    client = sagemaker(proxy.url)
    proxy.script("CreateModel", "throttle", {"fault": "error", "status": 500, "carried_out": True}, "pass")
    create = lambda: client.create_model(ModelName="twice", ExecutionRoleArn=account.ROLE, PrimaryContainer={"Image": account.XGBOOST})
    assert code_of(create) == "ThrottlingException"
    assert code_of(create) == "InternalFailure"
    assert len(proxy.carried_out("CreateModel")) == 1 and client.describe_model(ModelName="twice")
    create()
    assert [entry["answered"] for entry in proxy.requests() if entry["operation"] == "CreateModel"] == [400, 500, 200]
    client.delete_model(ModelName="twice")


def test_garbage_and_pages_are_no_answers(proxy):
    with proxy.faulting("garbage", "ListModels"), pytest.raises(botocore.exceptions.HTTPClientError):
        sagemaker(proxy.url).list_models()
    with proxy.faulting("html", "ListModels", status=200):
        answer = sagemaker(proxy.url).list_models()
        assert "Models" not in answer and answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "text/html"
    assert sagemaker(proxy.url).list_models()["Models"]


def test_a_stall_never_answers(proxy):
    rule = proxy.fault("stall", "ListModels")
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        sagemaker(proxy.url, timeout=0.3).list_models()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sagemaker(proxy.url).list_models)
        proxy.wait_held(2)
        proxy.restore(rule)
        with pytest.raises(botocore.exceptions.HTTPClientError):
            waiting.result()
    assert proxy.carried_out("ListModels") == []


def test_a_rate_for_each_operation(proxy):
    proxy.fault("throttle", "List*", rate=0, burst=2, each=True)
    client = sagemaker(proxy.url)
    for _ in range(2):
        client.list_models()
        client.list_endpoints()
    assert code_of(client.list_models) == code_of(client.list_endpoints) == "ThrottlingException"


def test_a_rate_lets_calls_through_again(proxy):
    proxy.fault("throttle", "ListModels", rate=20)
    client = sagemaker(proxy.url)
    client.list_models()
    wait_until(lambda: allowed(client.list_models), "a token has come back", 5)


def test_a_deleted_role_and_an_expired_session(proxy):
    client = sagemaker(proxy.url)
    proxy.fault("role_deleted", role=account.ROLE)
    with pytest.raises(botocore.exceptions.ClientError, match="Could not assume role"):
        client.create_model(ModelName="x", ExecutionRoleArn=account.ROLE, PrimaryContainer={"Image": account.XGBOOST})
    sts = boto3.client("sts", endpoint_url=proxy.url, region_name=REGION, aws_access_key_id="A", aws_secret_access_key="s")
    assert code_of(lambda: sts.assume_role_with_web_identity(RoleArn=account.ROLE, RoleSessionName="session", WebIdentityToken="t" * 20)) == "AccessDenied"
    assert client.list_models()["Models"]
    proxy.fault("expired", "ListModels", after=1)
    client.list_models()
    assert code_of(client.list_models) == "ExpiredTokenException"


def test_one_object_only(proxy):
    client = sagemaker(proxy.url)
    proxy.fault("error", "Describe*", name="credit-*", status=500)
    assert code_of(lambda: client.describe_model(ModelName="credit-risk-pd")) == "InternalFailure"
    assert client.describe_model(ModelName="churn-classifier-v2")


def test_files_go_through_whole(proxy):
    s3 = boto3.client("s3", endpoint_url=proxy.url, region_name=REGION, aws_access_key_id="A", aws_secret_access_key="s")
    content = bytes(range(256)) * 4096
    s3.put_object(Bucket=account.BUCKET, Key="proxy/é file", Body=content)
    assert s3.head_object(Bucket=account.BUCKET, Key="proxy/é file")["ContentLength"] == len(content)
    assert s3.get_object(Bucket=account.BUCKET, Key="proxy/é file")["Body"].read() == content
    s3.delete_object(Bucket=account.BUCKET, Key="proxy/é file")
    proxy.fault("throttle", "GET *")
    assert code_of(lambda: s3.get_object(Bucket=account.BUCKET, Key="x")) == "SlowDown"


def test_unknown_rules_are_refused(proxy):
    with pytest.raises(AssertionError, match="fault must be one of"):
        proxy.fault("earthquake")


def test_many_connections_and_one_kept(proxy):
    """Twelve threads with a connection each: every call is counted, none is answered with another's."""
    def ask(name: str) -> bool:
        client = sagemaker(proxy.url)
        return all(client.describe_model(ModelName=name)["ModelName"] == name for _ in range(5))
    names = [model.name for model in account.MODELS] + ["churn-classifier-v3"] * 4
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert all(pool.map(ask, names))
    assert proxy.calls() == {"DescribeModel": 60}
    link = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=5)
    sockets = set()
    for _ in range(3):
        link.request("POST", "/", b"{}", {"X-Amz-Target": "SageMaker.ListModels"})
        link.getresponse().read()
        sockets.add(link.sock)
    assert len(sockets) == 1 and None not in sockets


@pytest.fixture
def echo():
    """An upstream that answers {} to everything, without a moto."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link:
                link.recv(1 << 20)
                link.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{}")
    threading.Thread(target=answer, daemon=True).start()
    proxy = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}").start()
    yield proxy
    proxy.stop()
    listener.close()


def test_in_this_process_and_bounded(echo):
    link = http.client.HTTPConnection(echo.url.removeprefix("http://"), timeout=5)
    for number in range(NAMES + 50):
        link.request("GET", f"/bucket/{number}")
        link.getresponse().read()
    assert len(echo.control.calls()) == NAMES + 1 and echo.control.calls()["(others)"] == 50
    link.request("PUT", "/bucket/large", b"x" * (BODY + 10))
    link.getresponse().read()
    assert len(echo.control.requests()[-1]["body"]) == BODY
    echo.control.reset()
    assert echo.control.calls() == {} and echo.control.requests() == []


def test_the_control_is_on_a_port_of_its_own(echo):
    link = http.client.HTTPConnection(echo.url.removeprefix("http://"), timeout=5)
    link.request("GET", "/_proxy/calls")
    assert link.getresponse().read() == b"{}", "went upstream as any other path"
    wait_until(lambda: echo.control.calls() == {"GET /_proxy/calls": 1}, "counted")


def test_moto_is_away(echo):
    dead = Proxy("http://127.0.0.1:1").start()
    link = http.client.HTTPConnection(dead.url.removeprefix("http://"), timeout=5)
    link.request("GET", "/x")
    answer = link.getresponse()
    assert (answer.status, answer.read()[:12]) == (502, b"moto is away")
    dead.stop()


def test_hold_until_restored(proxy):
    rule = proxy.fault("hold", "ListModels")
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        sagemaker(proxy.url, timeout=0.3).list_models()
    proxy.wait_held()
    proxy.restore(rule)
    assert sagemaker(proxy.url).list_models()["Models"]


def test_skewed_clock_refuses_signatures(proxy):
    proxy.fault("skew", seconds=3600)
    assert code_of(sagemaker(proxy.url).list_models) == "InvalidSignatureException"


def test_an_empty_page_leads_on(proxy):
    proxy.fault("empty_page", "ListEndpoints", times=1)
    pages = list(sagemaker(proxy.url).get_paginator("list_endpoints").paginate())
    assert [len(page["Endpoints"]) for page in pages] == [0, 5]


def test_pages_like_aws(proxy):
    proxy.like_aws()
    client = sagemaker(proxy.url)
    pages = list(client.get_paginator("list_transform_jobs").paginate(NameContains="churn", MaxResults=20, SortBy="CreationTime", SortOrder="Descending"))
    names = [row["TransformJobName"] for page in pages for row in page["TransformJobSummaries"]]
    times = [row["CreationTime"] for page in pages for row in page["TransformJobSummaries"]]
    assert [len(page["TransformJobSummaries"]) for page in pages] == [20, 20, 8]
    assert len(set(names)) == 48 and times == sorted(times, reverse=True)
    failed = client.list_training_jobs(StatusEquals="Failed", MaxResults=100)["TrainingJobSummaries"]
    assert failed and all(row["TrainingJobStatus"] == "Failed" for row in failed)


def test_signatures_still_verify(peers, proxy):
    moto, _ = peers
    iam = moto.client("iam")
    iam.create_user(UserName="signed")
    iam.put_user_policy(UserName="signed", PolicyName="p", PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sagemaker:*","Resource":"*"}]}')
    key = iam.create_access_key(UserName="signed")["AccessKey"]
    moto.require_signatures(True)
    try:
        assert sagemaker(proxy.url, key["AccessKeyId"], key["SecretAccessKey"]).list_models()["Models"]
        with pytest.raises(botocore.exceptions.ClientError):
            sagemaker(proxy.url, key["AccessKeyId"], "wrong").list_models()
    finally:
        moto.require_signatures(False)


def test_the_account_is_what_it_promises(peers):
    client = sagemaker(peers[0].url)
    models = client.list_models()["Models"]
    assert len(models) == len(account.MODELS) >= 6
    assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 40
    assert len(client.list_transform_jobs()["TransformJobSummaries"]) == 120
    configs = [client.describe_endpoint_config(EndpointConfigName=row["EndpointConfigName"]) for row in client.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]]
    used = [{variant["ModelName"] for variant in config["ProductionVariants"]} for config in configs]
    assert len(configs) == 12 and any(len(names) == 2 for names in used)
    assert "document-classifier" not in set().union(*used)
    assert len(client.describe_model(ModelName="fraud-scoring-pipeline")["Containers"]) == 3
    assert len(client.list_endpoints()["Endpoints"]) == 5
    artifact = client.describe_model(ModelName="credit-risk-pd")["PrimaryContainer"]["ModelDataUrl"]
    job = artifact.split("/")[-3]
    assert client.describe_training_job(TrainingJobName=job)["ModelArtifacts"]["S3ModelArtifacts"] == artifact
