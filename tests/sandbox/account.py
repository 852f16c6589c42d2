"""The sandbox account as data: a retail bank's eight models and what belongs to them. Pure: nothing here calls anything.

Every name and every offset of time is fixed; only the instant they are counted back from is given. Secret-looking values
come from CANARIES alone, so that a test can search for them wherever the server may have written.
"""
from __future__ import annotations

import dataclasses
import datetime

REGION, ACCOUNT, BUCKET = "eu-west-1", "123456789012", "northwind-ml-eu-west-1"
HOLDOUT = f"s3://{BUCKET}/holdout/credit-risk-pd.csv"  # test data of one model
HOLDOUT_JSON = f"s3://{BUCKET}/holdout/credit-risk-pd.json"  # the same, whose test writes metrics
TEST_DATA = {"assetType": "EXTERNAL_FILE", "assetRole": "TEST_DATA", "name": "holdout.csv", "fileUrl": HOLDOUT, "repositoryInfo": {"repositoryType": "S3_REPOSITORY"}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/NorthwindSageMakerExecution"
VPC = {"SecurityGroupIds": ["sg-0a1b2c3d4e5f60718"], "Subnets": ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]}
XGBOOST, SKLEARN, PYTORCH, DEEPAR, KMEANS, HUGGINGFACE = (
    f"{account}.dkr.ecr.{REGION}.amazonaws.com/{name}" for account, name in (
        ("141502667606", "sagemaker-xgboost:1.7-1"), ("141502667606", "sagemaker-scikit-learn:1.2-1"),
        ("763104351884", "pytorch-inference:2.6.0-cpu-py312"), ("224300973850", "forecasting-deepar:1"),
        ("438346466558", "kmeans:1"), ("763104351884", "huggingface-pytorch-inference:2.6.0-transformers4.51.3-cpu-py312")))

# Values that must never leave the server's memory: masked on arrival (page 4 of the design).
CANARIES = {
    "environment": "canary-env-hunter2-5e1f",
    "database_url": "postgresql://scorer:canary-db-9c41@warehouse.internal/features",
    "hyperparameter": "canary-hp-wandb-77ab",
    "tag": "canary-tag-deploy-token-30d2",
    "transform": "canary-transform-bearer-b810",
}


@dataclasses.dataclass(frozen=True)
class Model:
    """A SageMaker model, the job family that trained it, and how old it is."""
    name: str
    image: str
    team: str
    stage: str
    owner: str
    days: int
    family: str                       # prefix of its training jobs
    runs: int                         # how many training jobs
    scoring: str                      # prefix of its transform jobs
    transforms: int
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    vpc: bool = False
    isolated: bool = False
    before: tuple[tuple[str, str], ...] = ()   # containers of the pipeline ahead of the model's own: (host name, image)
    after: tuple[tuple[str, str], ...] = ()


MODELS = (
    Model("churn-classifier-v3", XGBOOST, "retention", "prod", "m.okafor", 41, "churn-xgb", 9, "churn-score-daily", 34,
          {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_REGION": REGION, "FEATURE_STORE_PASSWORD": CANARIES["environment"]},
          {"cost-center": "4711", "aws:cloudformation:stack-name": "churn-serving"}),
    Model("churn-classifier-v2", XGBOOST, "retention", "retired", "m.okafor", 163, "churn-xgb-legacy", 5, "churn-score-v2", 14,
          {"SAGEMAKER_PROGRAM": "serve.py"}, {"cost-center": "4711"}),
    Model("fraud-scoring-pipeline", XGBOOST, "fraud", "prod", "l.haddad", 58, "fraud-boost", 8, "fraud-rescore", 20,
          {"SCORE_THRESHOLD": "0.82"}, {"pci": "true", "deploy-token": CANARIES["tag"]}, isolated=True, vpc=True,
          before=(("prepare", SKLEARN),), after=(("explain", SKLEARN),)),
    Model("credit-risk-pd", XGBOOST, "risk", "prod", "s.lindqvist", 27, "credit-pd", 7, "credit-pd-portfolio", 16,
          {"SAGEMAKER_PROGRAM": "pd.py", "WAREHOUSE_URL": CANARIES["database_url"]}, {"regulation": "IFRS 9", "tier": "1"}, vpc=True),
    Model("demand-forecast-weekly", DEEPAR, "supply", "prod", "j.marques", 72, "demand-deepar", 6, "demand-weekly", 22,
          {}, {"cost-center": "2280"}),
    Model("document-classifier", HUGGINGFACE, "onboarding", "test", "a.novak", 9, "doc-bert", 2, "doc-backlog", 4,
          {"HF_TASK": "text-classification"}, {"gdpr": "reviewed"}),
    Model("loan-default-challenger", PYTORCH, "risk", "challenger", "s.lindqvist", 15, "loan-mlp", 2, "loan-backtest", 6,
          {"SAGEMAKER_PROGRAM": "mlp.py"}, {"champion": "credit-risk-pd"}, vpc=True),
    Model("customer-segments", KMEANS, "marketing", "batch", "r.petit", 120, "segments-kmeans", 1, "segments-monthly", 4,
          {}, {"cost-center": "3105"}),
)


@dataclasses.dataclass(frozen=True)
class EndpointConfig:
    name: str
    models: tuple[tuple[str, float], ...]      # (model, weight)
    days: int
    instance: str = "ml.m5.large"              # "serverless" for a serverless variant
    count: int = 1
    capture: int = 0                           # sampling in per cent, 0: no data capture


CONFIGS = (
    EndpointConfig("churn-classifier-v2-20260601", (("churn-classifier-v2", 1.0),), 160, count=2),
    EndpointConfig("churn-classifier-v3-20260915", (("churn-classifier-v3", 1.0),), 40, count=2, capture=20),
    EndpointConfig("churn-classifier-v3-canary", (("churn-classifier-v3", 1.0),), 33),
    EndpointConfig("churn-ab-2026q4", (("churn-classifier-v3", 0.9), ("churn-classifier-v2", 0.1)), 21, count=2, capture=25),
    EndpointConfig("fraud-pipeline-2026-08", (("fraud-scoring-pipeline", 1.0),), 57, "ml.c5.xlarge", 2, 100),
    EndpointConfig("fraud-pipeline-2026-10", (("fraud-scoring-pipeline", 1.0),), 12, "ml.c5.2xlarge", 3, 100),
    EndpointConfig("credit-risk-pd-blue", (("credit-risk-pd", 1.0),), 26),
    EndpointConfig("credit-risk-pd-green", (("credit-risk-pd", 1.0),), 8, "ml.m5.xlarge", 2, 50),
    EndpointConfig("demand-forecast-m5", (("demand-forecast-weekly", 1.0),), 71, "ml.m5.xlarge"),
    EndpointConfig("demand-forecast-serverless", (("demand-forecast-weekly", 1.0),), 30, "serverless"),
    EndpointConfig("loan-default-challenger-1", (("loan-default-challenger", 1.0),), 14),
    EndpointConfig("customer-segments-1", (("customer-segments", 1.0),), 118),
)

# endpoint, configuration, age in days, status, what AWS says about a failure
ENDPOINTS = (
    ("churn-prod", "churn-ab-2026q4", 160, "InService", None),
    ("churn-staging", "churn-classifier-v3-canary", 33, "InService", None),
    ("fraud-realtime", "fraud-pipeline-2026-10", 57, "InService", None),
    ("credit-risk-pd", "credit-risk-pd-green", 26, "Updating", None),
    ("demand-forecast", "demand-forecast-serverless", 30, "Failed", "The primary container for production variant AllTraffic did not pass the ping health check."),
)

TRAINING_FAULT = "AlgorithmError: ExecuteUserScriptError: ValueError: Input contains NaN, exit code: 1"
TRANSFORM_FAULT = "ClientError: See job logs for more information: 3 of 41 objects could not be parsed as text/csv"


def training_name(model: Model, run: int, now: datetime.datetime) -> str:
    return f"{model.family}-{training_start(model, run, now):%Y-%m-%d-%H%M}-{run:02d}"


def training_start(model: Model, run: int, now: datetime.datetime) -> datetime.datetime:
    """The last run is the one the model was made of, an hour before it."""
    return now - datetime.timedelta(days=model.days + 2 * (model.runs - 1 - run), hours=1, minutes=7 * run)


def training_status(run: int, model: Model) -> str:
    """The last run always completed; before it, one in five failed and one was stopped."""
    if run == model.runs - 1:
        return "Completed"
    return "Failed" if run % 5 == 3 else "Stopped" if run % 7 == 5 else "Completed"


def transform_start(model: Model, index: int, now: datetime.datetime) -> datetime.datetime:
    """Spread evenly from a day after the model was made until yesterday."""
    span = max(model.days - 2, 1) * 86400
    return now - datetime.timedelta(days=1, seconds=span - span * (index + 1) // model.transforms)


def transform_status(index: int) -> str:
    return "Failed" if index % 11 == 7 else "Stopped" if index % 17 == 13 else "Completed"
