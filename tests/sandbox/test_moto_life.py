"""Objects of the sandbox account take their time, fail as scripted, and answer in AWS's shapes and words."""
import http.client
import json

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from integration.check_requests import answer_faults
from sandbox import account, life, seed
from sandbox.moto import REGION, Moto
from sandbox.moto_life.plan import ENDS
from sandbox.stack import Account

ARN = f"arn:aws:sagemaker:{REGION}:{account.ACCOUNT}:"
CONFIG, OTHER = "churn-classifier-v3-canary", "churn-ab-2026q4"


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    moto = Moto(tmp_path_factory.mktemp("life"))
    seed.seed(moto.url)
    yield moto
    moto.stop()


@pytest.fixture
def moto(peer):
    """With a life in which steps take a thousand seconds of a clock that only `advance` moves noticeably."""
    peer.life.plan(seconds=dict.fromkeys(ENDS, 1000))
    yield peer
    peer.life.off()


@pytest.fixture
def aws(moto):
    return Checked(moto.url)


class Checked:
    """boto3's SageMaker client; the raw JSON of every answer is held against AWS's service model."""

    def __init__(self, url: str):
        self.client = boto3.client("sagemaker", endpoint_url=url, region_name=REGION, aws_access_key_id="A", aws_secret_access_key="s", config=Config(retries={"max_attempts": 0}))
        self.client.meta.events.register("before-parse.sagemaker.*", self.check)

    @staticmethod
    def check(response_dict, operation_model, **_):
        if response_dict["status_code"] == 200 and response_dict["body"]:
            faults = answer_faults(operation_model.name, json.loads(response_dict["body"]))
            assert faults == [], faults

    def __getattr__(self, name):
        return getattr(self.client, name)

    def refused(self, operation: str, **given) -> tuple[str, str]:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            getattr(self.client, operation)(**given)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def endpoint(self, name: str) -> dict:
        return self.client.describe_endpoint(EndpointName=name)

    def make_endpoint(self, name: str, config: str = CONFIG) -> None:
        self.client.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=[])

    def make_transform(self, name: str, model: str = "churn-classifier-v3", source: str = "churn-score-daily/in/") -> None:
        self.client.create_transform_job(
            TransformJobName=name, ModelName=model, Tags=[], TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{account.BUCKET}/batch/{source}"}}},
            TransformOutput={"S3OutputPath": f"s3://{account.BUCKET}/life/{name}/"})

    def transform(self, name: str) -> dict:
        return self.client.describe_transform_job(TransformJobName=name)

    def make_training(self, name: str) -> None:
        self.client.create_training_job(
            TrainingJobName=name, RoleArn=account.ROLE, AlgorithmSpecification={"TrainingImage": account.XGBOOST, "TrainingInputMode": "File"}, Tags=[], InputDataConfig=[seed.Seeder.channel("train", "life")],
            OutputDataConfig={"S3OutputPath": f"s3://{account.BUCKET}/life"}, ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 60})

    def training(self, name: str) -> dict:
        return self.client.describe_training_job(TrainingJobName=name)


def test_an_endpoint_is_created(moto, aws):
    aws.make_endpoint("first")
    told = aws.endpoint("first")
    assert (told["EndpointStatus"], told["EndpointConfigName"], "ProductionVariants" in told) == ("Creating", CONFIG, False)
    assert told["PendingDeploymentSummary"]["EndpointConfigName"] == CONFIG
    assert told["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Creating"
    assert [row["EndpointStatus"] for row in aws.list_endpoints(NameContains="first")["Endpoints"]] == ["Creating"]
    moto.life.advance(500)
    assert aws.endpoint("first")["EndpointStatus"] == "Creating"
    moto.life.advance(501)
    told = aws.endpoint("first")
    assert told["EndpointStatus"] == "InService" and "PendingDeploymentSummary" not in told and "FailureReason" not in told
    (variant,) = told["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"], variant["DeployedImages"][0]["SpecifiedImage"]) == (1, 1.0, account.XGBOOST)
    assert told["LastModifiedTime"] > told["CreationTime"]
    assert [row["EndpointName"] for row in aws.list_endpoints(StatusEquals="InService", NameContains="first")["Endpoints"]] == ["first"]


@pytest.mark.parametrize("how", ["script", "pattern"])
def test_an_endpoint_fails(moto, aws, how):
    name = f"bad-{how}"
    if how == "script":
        moto.life.script("endpoint", name, "Failed", reason="Unable to provision requested ML compute capacity")
    else:
        moto.life.plan(failing="*-pattern")
    aws.make_endpoint(name)
    moto.life.advance(1001)
    told = aws.endpoint(name)
    assert told["EndpointStatus"] == "Failed"
    assert told["FailureReason"].startswith("Unable" if how == "script" else "The primary container")
    code, words = aws.refused("update_endpoint", EndpointName=name, EndpointConfigName=OTHER)
    assert code == "ValidationException" and "Failed" in words
    aws.delete_endpoint(EndpointName=name)
    moto.life.advance(1001)
    assert aws.refused("describe_endpoint", EndpointName=name)[1].startswith("Could not find endpoint")


def test_an_endpoint_is_updated(moto, aws):
    aws.make_endpoint("updated")
    moto.life.advance(1001)
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}}
    assert aws.update_endpoint(EndpointName="updated", EndpointConfigName=OTHER, DeploymentConfig=policy)["EndpointArn"] == ARN + "endpoint/updated"
    told = aws.endpoint("updated")
    assert (told["EndpointStatus"], told["EndpointConfigName"], told["PendingDeploymentSummary"]["EndpointConfigName"]) == ("Updating", CONFIG, OTHER)
    assert told["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Updating"
    for operation, more in (("update_endpoint", {"EndpointConfigName": CONFIG}), ("delete_endpoint", {})):
        assert aws.refused(operation, EndpointName="updated", **more) == ("ValidationException", f'Cannot update in-progress endpoint "{ARN}endpoint/updated".')
    moto.life.advance(1001)
    told = aws.endpoint("updated")
    assert (told["EndpointStatus"], told["EndpointConfigName"], len(told["ProductionVariants"])) == ("InService", OTHER, 2)
    assert told["LastDeploymentConfig"] == policy and told["DataCaptureConfig"]["CurrentSamplingPercentage"] == 25


def test_an_update_rolls_back(moto, aws):
    aws.make_endpoint("rolled")
    moto.life.advance(1001)
    moto.life.script("endpoint-update", "rolled", "RolledBack", reason="alarm")
    aws.update_endpoint(EndpointName="rolled", EndpointConfigName=OTHER)
    moto.life.advance(700)
    assert aws.endpoint("rolled")["EndpointStatus"] == "RollingBack"
    moto.life.advance(301)
    told = aws.endpoint("rolled")
    assert (told["EndpointStatus"], told["EndpointConfigName"], told["FailureReason"]) == ("InService", CONFIG, "alarm")
    assert [variant["VariantName"] for variant in told["ProductionVariants"]] == ["AllTraffic"] and "VariantStatus" not in told["ProductionVariants"][0]
    moto.life.script("endpoint-update", "rolled", "UpdateRollbackFailed", seconds=None)
    aws.update_endpoint(EndpointName="rolled", EndpointConfigName=OTHER)
    assert "FailureReason" not in aws.endpoint("rolled"), "AWS forgets it when the next update starts"
    moto.life.advance(1e6)
    assert aws.endpoint("rolled")["EndpointStatus"] == "Updating", "never ends by itself"
    moto.life.end("endpoint", "rolled")
    assert aws.endpoint("rolled")["EndpointStatus"] == "UpdateRollbackFailed"


def test_weights_are_retained_on_request(moto, aws):
    aws.make_endpoint("weighed", OTHER)
    moto.life.advance(1001)
    aws.update_endpoint_weights_and_capacities(EndpointName="weighed", DesiredWeightsAndCapacities=[{"VariantName": "a", "DesiredWeight": 0.25, "DesiredInstanceCount": 5}])
    aws.update_endpoint(EndpointName="weighed", EndpointConfigName=OTHER, RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}])
    moto.life.advance(1001)
    first = aws.endpoint("weighed")["ProductionVariants"][0]
    assert (first["DesiredWeight"], first["DesiredInstanceCount"]) == (0.25, 2)


def test_an_endpoint_is_deleted(moto, aws):
    aws.make_endpoint("leaving")
    moto.life.end("endpoint", "leaving")
    aws.delete_endpoint(EndpointName="leaving")
    assert aws.endpoint("leaving")["EndpointStatus"] == "Deleting"
    assert aws.refused("create_endpoint", EndpointName="leaving", EndpointConfigName=CONFIG)[0] == "ValidationException"
    moto.life.advance(1001)
    assert aws.list_endpoints(NameContains="leaving")["Endpoints"] == []
    aws.make_endpoint("leaving")


def test_a_transform_job(moto, aws):
    moto.life.plan(failing="*-bad-*")
    for name in ("scores", "scores-bad-1", "scores-stopped"):
        aws.make_transform(name)
    told = aws.transform("scores")
    assert told["TransformJobStatus"] == "InProgress" and not {"TransformStartTime", "TransformEndTime"} & set(told)
    assert {"scores", "scores-bad-1"} <= {row["TransformJobName"] for row in aws.list_transform_jobs(StatusEquals="InProgress")["TransformJobSummaries"]}
    moto.life.advance(201)
    assert aws.transform("scores")["TransformStartTime"] and "TransformEndTime" not in aws.transform("scores")
    aws.stop_transform_job(TransformJobName="scores-stopped")
    assert aws.transform("scores-stopped")["TransformJobStatus"] == "Stopping"
    moto.life.advance(1001)
    told = aws.transform("scores")
    assert told["TransformJobStatus"] == "Completed" and told["TransformEndTime"] >= told["TransformStartTime"]
    assert aws.transform("scores-bad-1")["TransformJobStatus"] == "Failed" and "See job logs" in aws.transform("scores-bad-1")["FailureReason"]
    assert aws.transform("scores-stopped")["TransformJobStatus"] == "Stopped"
    assert aws.refused("stop_transform_job", TransformJobName="scores") == ("ValidationException", "The request was rejected because the transform job is in status Completed.")
    assert aws.refused("stop_transform_job", TransformJobName="nobody")[1] == "Requested resource not found."
    files = moto.client("s3").list_objects_v2(Bucket=account.BUCKET, Prefix="life/")["Contents"]
    assert {file["Key"].split("/")[1] for file in files} == {"scores"} and all(file["Key"].endswith(".csv.out") for file in files)


def test_a_training_job(moto, aws):
    aws.make_training("trained")
    seen = [aws.training("trained")["SecondaryStatus"]]
    for seconds in (150, 200, 600, 100):
        moto.life.advance(seconds)
        seen.append(aws.training("trained")["SecondaryStatus"])
    assert seen == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    told = aws.training("trained")
    assert [step["Status"] for step in told["SecondaryStatusTransitions"]] == seen and told["FinalMetricDataList"]
    artifact = told["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{account.BUCKET}/")
    assert moto.client("s3").head_object(Bucket=account.BUCKET, Key=artifact)
    moto.life.script("training-job", "*", "Failed", reason="AlgorithmError: out of memory")
    aws.make_training("lost")
    moto.life.advance(1001)
    assert (aws.training("lost")["TrainingJobStatus"], aws.training("lost")["FailureReason"]) == ("Failed", "AlgorithmError: out of memory")
    aws.make_training("halted")
    aws.stop_training_job(TrainingJobName="halted")
    assert aws.training("halted")["SecondaryStatus"] == "Stopping"
    moto.life.advance(1001)
    assert aws.training("halted")["TrainingJobStatus"] == "Stopped"
    assert aws.refused("stop_training_job", TrainingJobName="halted")[1].endswith("training job is in status Stopped.")


def test_names_are_taken(moto, aws):
    aws.make_endpoint("taken")
    aws.make_transform("taken")
    aws.make_training("taken")
    image = {"Image": account.XGBOOST}
    assert aws.refused("create_endpoint", EndpointName="TAKEN", EndpointConfigName=CONFIG) == ("ValidationException", f'Cannot create already existing endpoint "{ARN}endpoint/taken".')
    assert aws.refused("create_model", ModelName="credit-risk-pd", ExecutionRoleArn=account.ROLE, PrimaryContainer=image)[1].startswith("Cannot create already existing model ")
    variant = {"VariantName": "a", "ModelName": "credit-risk-pd", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    assert aws.refused("create_endpoint_config", EndpointConfigName=CONFIG, ProductionVariants=[variant])[1].startswith("Cannot create already existing endpoint configuration ")
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceInUse.*a transform job with this name already exists"):
        aws.make_transform("taken")
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceInUse.*a training job with this name already exists"):
        aws.make_training("taken")
    with pytest.raises(botocore.exceptions.ClientError, match="Could not find model"):
        aws.make_transform("orphan", model="nobody")
    assert aws.endpoint("TAKEN")["EndpointName"] == "taken"


def test_new_objects_are_hidden_for_a_while(moto, aws):
    moto.life.plan(hidden={"endpoint-config": {"use": 500, "list": 2000}, "endpoint": {"describe": 1000, "list": 1000}, "transform-job": {"list": 1000, "describe": 1000}})
    variant = {"VariantName": "a", "ModelName": "credit-risk-pd", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    aws.create_endpoint_config(EndpointConfigName="young", ProductionVariants=[variant], Tags=[])
    assert aws.describe_endpoint_config(EndpointConfigName="young") and aws.list_endpoint_configs(NameContains="young")["EndpointConfigs"] == []
    assert aws.refused("create_endpoint", EndpointName="young", EndpointConfigName="young")[1].startswith("Could not find endpoint configuration")
    moto.life.advance(600)
    aws.make_endpoint("young", "young")
    aws.make_transform("young")
    assert aws.refused("describe_endpoint", EndpointName="young")[1].startswith("Could not find endpoint ")
    assert aws.refused("create_endpoint", EndpointName="young", EndpointConfigName="young")[1].startswith("Cannot create already existing"), "hidden, and there"
    assert "young" not in [row["TransformJobName"] for row in aws.list_transform_jobs()["TransformJobSummaries"]]
    moto.life.advance(1500)
    assert aws.endpoint("young") and aws.transform("young")
    assert [row["EndpointConfigName"] for row in aws.list_endpoint_configs(NameContains="young")["EndpointConfigs"]] == ["young"]


def test_a_deleted_role(moto, aws):
    iam = moto.client("iam")
    iam.create_role(RoleName="doomed", AssumeRolePolicyDocument="{}")
    role = f"arn:aws:iam::{account.ACCOUNT}:role/doomed"
    moto.life.plan(roles=True)
    image = {"Image": account.XGBOOST}
    aws.create_model(ModelName="doomed", ExecutionRoleArn=role, PrimaryContainer=image)
    variant = {"VariantName": "a", "ModelName": "doomed", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    aws.create_endpoint_config(EndpointConfigName="doomed", ProductionVariants=[variant], Tags=[])
    iam.delete_role(RoleName="doomed")
    assert aws.refused("create_model", ModelName="second", ExecutionRoleArn=role, PrimaryContainer=image)[1].startswith(f"Could not assume role {role}")
    aws.make_endpoint("doomed", "doomed")
    moto.life.end("endpoint", "doomed")
    assert aws.endpoint("doomed")["EndpointStatus"] == "Failed" and role in aws.endpoint("doomed")["FailureReason"]
    aws.make_training("lives")


def test_something_is_gone_at_once(moto, aws):
    aws.make_endpoint("vanishing")
    moto.life.remove("endpoint", "vanishing")
    assert aws.refused("describe_endpoint", EndpointName="vanishing")[1].startswith("Could not find endpoint")
    assert "vanishing" not in [row["name"] for row in moto.life.moving()]
    with pytest.raises(AssertionError, match="no model nobody"):
        moto.life.remove("model", "nobody")


def test_made_without_tags_and_listed(moto, aws):
    arn = aws.create_model(ModelName="untagged", ExecutionRoleArn=account.ROLE, PrimaryContainer={"Image": account.XGBOOST})["ModelArn"]
    assert aws.list_tags(ResourceArn=arn)["Tags"] == []


def test_what_is_adjusted_stays(moto, aws):
    aws.make_transform("adjusted")
    moto.adjust([{"kind": "transform-job", "name": "adjusted", "set": {"transform_job_status": "Failed"}}])
    moto.life.advance(1e6)
    assert aws.transform("adjusted")["TransformJobStatus"] == "Failed"


def test_wrong_scripts_are_refused(moto):
    with pytest.raises(AssertionError, match="ends as InService or Failed"):
        moto.life.end("endpoint", *begin_endless(moto), end="Completed")
    with pytest.raises(AssertionError, match="step must be one of"):
        moto.life.script("model")
    with pytest.raises(AssertionError, match="unknown: speed"):
        moto.life.plan(speed=1)
    with pytest.raises(AssertionError, match="no endpoint nobody moves"):
        moto.life.end("endpoint", "nobody")


def begin_endless(moto) -> list[str]:
    moto.client("sagemaker").create_endpoint(EndpointName="endless", EndpointConfigName=CONFIG)
    return ["endless"]


def test_the_sandbox_account_is_alive_behind_its_proxy(tmp_path):
    assert all(1 < seconds < 15 for seconds in life.SANDBOX["seconds"].values()), "a few seconds"
    sandbox = Account(tmp_path, plan={**life.SANDBOX, "seconds": dict.fromkeys(ENDS, 1000)})
    try:
        aws = Checked(sandbox.url)
        aws.make_endpoint("slow")
        aws.make_endpoint("will-fail")
        aws.make_transform("nightly-fail-1")
        assert [aws.endpoint(name)["EndpointStatus"] for name in ("slow", "will-fail", "churn-prod")] == ["Creating", "Creating", "InService"]
        sandbox.life.advance(1001)
        assert [aws.endpoint(name)["EndpointStatus"] for name in ("slow", "will-fail")] == ["InService", "Failed"]
        assert aws.transform("nightly-fail-1")["TransformJobStatus"] == "Failed"
        assert sandbox.proxy.calls()["DescribeEndpoint"] == 5
    finally:
        sandbox.stop()


def test_off_is_moto_as_it_comes(peer):
    sagemaker = peer.client("sagemaker")
    for _ in range(2):
        sagemaker.create_endpoint(EndpointName="instant", EndpointConfigName=CONFIG)
        assert sagemaker.describe_endpoint(EndpointName="instant")["EndpointStatus"] == "InService"
    link = http.client.HTTPConnection(peer.url.removeprefix("http://"), timeout=10)
    link.request("POST", "/", b'{"TransformJobName": "x"}', {"X-Amz-Target": "SageMaker.StopTransformJob", "Content-Type": "application/x-amz-json-1.1",
                                                             "Authorization": "AWS4-HMAC-SHA256 Credential=A/20261001/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0"})
    assert link.getresponse().status == 500


def test_the_new_operations_are_authorised_as_others(peer):
    iam = peer.client("iam")
    iam.create_user(UserName="stopper")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:StopTransformJob", "Resource": "*"}]}
    iam.put_user_policy(UserName="stopper", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="stopper")["AccessKey"]
    client = peer.client("sagemaker", key["AccessKeyId"], key["SecretAccessKey"])
    peer.life.plan()
    peer.require_signatures(True)
    try:
        with pytest.raises(botocore.exceptions.ClientError, match="Requested resource not found"):
            client.stop_transform_job(TransformJobName="nobody")
        with pytest.raises(botocore.exceptions.ClientError, match="not authorized"):
            client.update_endpoint(EndpointName="x", EndpointConfigName="y")
    finally:
        peer.require_signatures(False)
        peer.life.off()
