"""The proxy fails as its rules say, and lets everything else through as it came."""
import http.client

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from sandbox import account, seed
from sandbox.moto import REGION, Moto
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
