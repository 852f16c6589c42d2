"""The request check itself: a right request passes, each kind of fault is found."""
from __future__ import annotations

import pytest

from integration import check_requests
from integration.check_requests import faults_of, recorded_faults, service_model

TRANSFORM = {
    "TransformJobName": "churn-1", "ModelName": "churn",
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}}, "ContentType": "text/csv"},
    "TransformOutput": {"S3OutputPath": "s3://bucket/out/"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "Tags": [{"Key": "modelop:managed", "Value": "true"}],
}


def test_right_requests_pass():
    assert faults_of("CreateTransformJob", TRANSFORM) == []
    assert faults_of("ListModels", {"MaxResults": 100, "CreationTimeAfter": 1795329655.5, "SortBy": "CreationTime", "SortOrder": "Descending"}) == []


@pytest.mark.parametrize("operation, body, expected", [
    ("CreateTransformJob", {**TRANSFORM, "ModelName": "under_score"}, "/ModelName: 'under_score' does not match"),
    ("CreateTransformJob", {**TRANSFORM, "BatchStrategy": "Both"}, "/BatchStrategy: 'Both' is none of"),
    ("CreateTransformJob", {**TRANSFORM, "Tags": [{"Key": "k"}]}, "/Tags/0/Value: is required"),
    ("CreateTransformJob", {**TRANSFORM, "Extra": 1}, "/Extra: there is no such member"),
    ("CreateTransformJob", {**TRANSFORM, "TransformJobName": "x" * 64}, "64 characters is more than 63"),
    ("CreateTransformJob", {**TRANSFORM, "MaxConcurrentTransforms": -1}, "-1 is less than 0"),
    ("CreateTransformJob", {**TRANSFORM, "MaxConcurrentTransforms": "4"}, "a whole number is wanted"),
    ("CreateTransformJob", {**TRANSFORM, "Environment": {"a b": "x"}}, "(key): 'a b' does not match"),
    ("ListTags", {"ResourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:model/m", "MaxResults": 10}, "10 is less than 50"),
    ("ListModels", {"MaxResults": 101}, "101 is more than 100"),
    ("ListModels", {"MaxResults": True}, "a whole number is wanted"),
    ("MakeModel", {}, "there is no such operation"),
])
def test_every_kind_of_fault_is_found(operation, body, expected):
    faults = faults_of(operation, body)
    assert any(expected in fault for fault in faults), faults
    assert all(fault.startswith(operation) for fault in faults)


def test_many_requests_give_each_fault_once():
    bad = {"op": "ListModels", "body": {"MaxResults": 101}}
    assert len(recorded_faults([bad, bad, {"op": "ListModels", "body": {}}])) == 1


def test_every_pattern_is_understood():
    """A pattern that Python does not take would make the check blind where it is needed."""
    shapes = service_model()["shapes"]
    blind = {name for name, shape in shapes.items() if "pattern" in shape and check_requests._pattern(shape["pattern"]) is None}
    assert blind == {"AthenaCatalog", "Catalog", "CustomerMetadataKey", "CustomerMetadataValue", "Database", "TableName"}
