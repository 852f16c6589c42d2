"""Fills a moto server with the account of sandbox.account, or with a large one for the benchmarks.

usage: python -m sandbox.seed URL [--scale 10x1000] [--now 2026-10-01T12:00:00+00:00]     prints the counts as JSON
"""
from __future__ import annotations

import argparse
import datetime
import json

import boto3
import requests
from botocore.config import Config

from sandbox import account as a

FIXED_NOW = datetime.datetime(2026, 10, 1, 12, 0, tzinfo=datetime.timezone.utc)


def tag_list(tags: dict[str, str]) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Seeder:
    """Creates through the AWS API, then ages the objects through sandbox.moto_app."""

    def __init__(self, url: str, now: datetime.datetime):
        kept = dict(endpoint_url=url, region_name=a.REGION, aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                    aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", config=Config(retries={"max_attempts": 1}))
        self.url, self.now = url, now
        self.sagemaker, self.s3, self.iam = (boto3.client(name, **kept) for name in ("sagemaker", "s3", "iam"))
        self.changes: list[dict] = []

    def ago(self, days: float) -> datetime.datetime:
        return self.now - datetime.timedelta(days=days)

    def later(self, kind: str, name: str, **attributes) -> None:
        self.changes.append({"kind": kind, "name": name, "set": {
            key: value.isoformat() if isinstance(value, datetime.datetime) else value for key, value in attributes.items()}})

    def foundation(self) -> None:
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        self.iam.create_role(RoleName=a.ROLE.rsplit("/", 1)[1], AssumeRolePolicyDocument=json.dumps(trust))
        self.s3.create_bucket(Bucket=a.BUCKET, CreateBucketConfiguration={"LocationConstraint": a.REGION})

    def put(self, uri: str, body: bytes) -> None:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def training_job(self, name: str, image: str, family: str, team: str, start: datetime.datetime, status: str, parameters: dict[str, str]) -> str:
        """Creates one and returns the address of its artifact."""
        output = f"s3://{a.BUCKET}/training/{family}"
        self.sagemaker.create_training_job(
            TrainingJobName=name, RoleArn=a.ROLE, HyperParameters=parameters, Tags=tag_list({"team": team, "pipeline": f"{family}-nightly"}),
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            InputDataConfig=[self.channel("train", family), self.channel("validation", family)],
            OutputDataConfig={"S3OutputPath": output}, ResourceConfig={"InstanceType": "ml.m5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
            StoppingCondition={"MaxRuntimeInSeconds": 7200}, EnableNetworkIsolation=False)
        end = start + datetime.timedelta(minutes=18 + len(name) % 25)
        fault = {"failure_reason": a.TRAINING_FAULT} if status == "Failed" else {}
        self.later("training-job", name, creation_time=start, training_start_time=start + datetime.timedelta(minutes=2), training_end_time=end,
                   last_modified_time=end, training_job_status=status, secondary_status=status, **fault)
        return f"{output}/{name}/output/model.tar.gz"

    @staticmethod
    def channel(name: str, family: str) -> dict:
        return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": f"s3://{a.BUCKET}/features/{family}/{name}/", "S3DataDistributionType": "FullyReplicated"}}}

    def transform_job(self, name: str, model: str, prefix: str, start: datetime.datetime, status: str, environment: dict[str, str] | None = None) -> None:
        self.sagemaker.create_transform_job(
            TransformJobName=name, ModelName=model, MaxConcurrentTransforms=4, MaxPayloadInMB=6, BatchStrategy="MultiRecord", Tags=tag_list({"schedule": prefix}),
            Environment=environment or {}, TransformResources={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            TransformInput={"ContentType": "text/csv", "SplitType": "Line", "DataSource": {"S3DataSource": {
                "S3DataType": "S3Prefix", "S3Uri": f"s3://{a.BUCKET}/batch/{prefix}/in/{start:%Y-%m-%d}/"}}},
            TransformOutput={"S3OutputPath": f"s3://{a.BUCKET}/batch/{prefix}/out/{start:%Y-%m-%d}/", "AssembleWith": "Line", "Accept": "text/csv"})
        end = start + datetime.timedelta(minutes=6 + len(name) % 11)
        self.later("transform-job", name, creation_time=start, transform_start_time=start + datetime.timedelta(minutes=1), transform_end_time=end,
                   last_modified_time=end, transform_job_status=status, failure_reason=a.TRANSFORM_FAULT if status == "Failed" else "")

    def model(self, model: a.Model, artifact: str) -> None:
        own = {"Image": model.image, "ModelDataUrl": artifact, "Environment": model.environment}
        if model.before or model.after:
            shape = {"Containers": [*map(self.helper, model.before), {"ContainerHostname": "score", **own}, *map(self.helper, model.after)],
                     "InferenceExecutionConfig": {"Mode": "Serial"}}
        else:
            shape = {"PrimaryContainer": own}
        if model.vpc:
            shape["VpcConfig"] = a.VPC
        self.sagemaker.create_model(ModelName=model.name, ExecutionRoleArn=a.ROLE, EnableNetworkIsolation=model.isolated, **shape,
                                    Tags=tag_list({"team": model.team, "stage": model.stage, "owner": model.owner, **model.tags}))
        self.later("model", model.name, creation_time=self.ago(model.days), enable_network_isolation=model.isolated)

    @staticmethod
    def helper(container: tuple[str, str]) -> dict:
        host, image = container
        return {"ContainerHostname": host, "Image": image, "ModelDataUrl": f"s3://{a.BUCKET}/pipelines/{host}/model.tar.gz",
                "Environment": {"SAGEMAKER_PROGRAM": f"{host}.py"}}

    def endpoint_config(self, config: a.EndpointConfig) -> None:
        variants = []
        for index, (model, weight) in enumerate(config.models):
            size = ({"ServerlessConfig": {"MemorySizeInMB": 4096, "MaxConcurrency": 20}} if config.instance == "serverless"
                    else {"InstanceType": config.instance, "InitialInstanceCount": config.count})
            variants.append({"VariantName": "AllTraffic" if len(config.models) == 1 else "ab"[index], "ModelName": model, "InitialVariantWeight": weight, **size})
        capture = {"DataCaptureConfig": {"EnableCapture": True, "InitialSamplingPercentage": config.capture, "DestinationS3Uri": f"s3://{a.BUCKET}/capture/{config.name}",
                                         "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]}} if config.capture else {}
        self.sagemaker.create_endpoint_config(EndpointConfigName=config.name, ProductionVariants=variants, Tags=tag_list({"team": config.name.split("-")[0]}), **capture)
        self.later("endpoint-config", config.name, creation_time=self.ago(config.days))

    def endpoint(self, name: str, config: str, days: float, status: str, fault: str | None) -> None:
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tag_list({"team": name.split("-")[0], "tier": "online"}))
        capture = next((row.capture for row in a.CONFIGS if row.name == config), 0)
        told = {"data_capture_config": {"EnableCapture": True, "CaptureStatus": "Started", "CurrentSamplingPercentage": capture, "KmsKeyId": "",
                                        "DestinationS3Uri": f"s3://{a.BUCKET}/capture/{config}"}} if capture else {}
        self.later("endpoint", name, creation_time=self.ago(days), last_modified_time=self.ago(days / 5), endpoint_status=status, failure_reason=fault, **told)

    def finish(self) -> dict:
        answer = requests.post(f"{self.url}/_sandbox/adjust", json=self.changes, headers={"X-Region": a.REGION}, timeout=60)
        assert answer.status_code == 204, answer.text
        kinds = [change["kind"] for change in self.changes]
        return {kind: kinds.count(kind) for kind in ("model", "training-job", "transform-job", "endpoint-config", "endpoint")}


def seed(url: str, now: datetime.datetime = FIXED_NOW) -> dict:
    """The sandbox account; returns how many objects of each kind there are."""
    s = Seeder(url, now)
    s.foundation()
    for model in a.MODELS:
        artifact = ""
        for run in range(model.runs):
            parameters = {"max_depth": str(4 + run % 4), "eta": "0.15", "num_round": "300", "objective": "binary:logistic"}
            if run % 3 == 0:
                parameters["wandb_api_key"] = a.CANARIES["hyperparameter"]
            artifact = s.training_job(a.training_name(model, run, now), model.image.replace("inference", "training"), model.family, model.team,
                                      a.training_start(model, run, now), a.training_status(run, model), parameters)
        s.put(artifact, b"the weights of " + model.name.encode())
        s.model(model, artifact)
    for host in ("prepare", "explain"):
        s.put(f"s3://{a.BUCKET}/pipelines/{host}/model.tar.gz", host.encode())
    for model in a.MODELS:
        for index in range(model.transforms):
            start = a.transform_start(model, index, now)
            s.transform_job(f"{model.scoring}-{start:%Y%m%d-%H%M}-{index:02d}", model.name, model.scoring, start, a.transform_status(index),
                            {"SCORING_BEARER_TOKEN": a.CANARIES["transform"]} if index % 5 == 0 else {})
        latest = a.transform_start(model, model.transforms - 1, now)
        for number in range(2):
            s.put(f"s3://{a.BUCKET}/batch/{model.scoring}/in/{latest:%Y-%m-%d}/part-{number}.csv", b"1,0.5,3\n" * 40)
            s.put(f"s3://{a.BUCKET}/batch/{model.scoring}/out/{latest:%Y-%m-%d}/part-{number}.csv.out", b"0.93\n" * 40)
    s.put(a.HOLDOUT, b"1,0.5,3\n" * 40)
    s.put(a.HOLDOUT_JSON, b'[[1, 0.5, 3]]\n')
    for config in a.CONFIGS:
        s.endpoint_config(config)
    for row in a.ENDPOINTS:
        s.endpoint(*row)
    s.put(f"s3://{a.BUCKET}/capture/churn-ab-2026q4/churn-prod/a/{now:%Y/%m/%d/%H}/00-00-000.jsonl", b'{"captureData":{}}\n')
    return s.finish()


def seed_scale(url: str, models: int, jobs: int, now: datetime.datetime = FIXED_NOW) -> dict:
    """The account of the benchmarks: `models` models, `jobs` training and as many transform jobs, jobs/5 configurations, jobs/50 endpoints."""
    s = Seeder(url, now)
    s.foundation()
    artifacts = [s.training_job(f"bulk-train-{i:05d}", a.XGBOOST, "bulk", "bench", now - datetime.timedelta(minutes=30 * (jobs - i)), "Completed", {"eta": "0.2"})
                 for i in range(jobs)]
    names = [f"bulk-model-{i:03d}" for i in range(models)]
    for i, name in enumerate(names):
        s.model(a.Model(name, a.XGBOOST, "bench", "prod", "b.ench", models - i, "bulk", 1, "bulk-score", 1), artifacts[i * jobs // models])
    for i in range(jobs):
        s.transform_job(f"bulk-score-{i:05d}", names[i % models], "bulk-score", now - datetime.timedelta(minutes=20 * (jobs - i)), "Completed")
    configs = [f"bulk-config-{i:04d}" for i in range(max(jobs // 5, 1))]
    for i, name in enumerate(configs):
        s.endpoint_config(a.EndpointConfig(name, ((names[i % models], 1.0),), days=1 + i % 90))
    for i in range(max(jobs // 50, 1)):
        s.endpoint(f"bulk-endpoint-{i:03d}", configs[i * 10 % len(configs)], 1 + i, "InService", None)
    return s.finish()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("url")
    options.add_argument("--scale", help="MODELSxJOBS, for example 10x1000")
    options.add_argument("--now", type=datetime.datetime.fromisoformat, default=FIXED_NOW)
    given = options.parse_args()
    if given.scale:
        models, jobs = map(int, given.scale.split("x"))
        print(json.dumps(seed_scale(given.url, models, jobs, given.now)))
    else:
        print(json.dumps(seed(given.url, given.now)))


if __name__ == "__main__":
    main()
