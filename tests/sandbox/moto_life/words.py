"""Refusals in AWS's own words."""
from __future__ import annotations

from moto.sagemaker.exceptions import ResourceInUseException, ValidationError

TITLES = {"model": "model", "endpoint-config": "endpoint configuration", "endpoint": "endpoint", "transform-job": "transform job", "training-job": "training job"}


def not_found(kind: str, arn: str) -> ValidationError:
    return ValidationError(message=f'Could not find {TITLES[kind]} "{arn}".')


def taken(kind: str, arn: str) -> ValidationError | ResourceInUseException:
    """Jobs are ResourceInUse, everything else is ValidationException."""
    if kind.endswith("-job"):
        return ResourceInUseException(message=f"Job name must be unique within an AWS account and region, and a {TITLES[kind]} with this name already exists ({arn})")
    return ValidationError(message=f'Cannot create already existing {TITLES[kind]} "{arn}".')


def in_progress(arn: str) -> ValidationError:
    return ValidationError(message=f'Cannot update in-progress endpoint "{arn}".')


def cannot_update(arn: str, status: str) -> ValidationError:
    return ValidationError(message=f'Cannot update endpoint "{arn}" with status {status}.')


def not_running(kind: str, status: str) -> ValidationError:
    return ValidationError(message=f"The request was rejected because the {TITLES[kind]} is in status {status}.")


def no_such_job() -> ValidationError:
    return ValidationError(message="Requested resource not found.")


def role_of_call(arn: str) -> ValidationError:
    return ValidationError(message=f"Could not assume role {arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.")


def role_of_endpoint(arn: str) -> str:
    return f"The execution role ARN \"{arn}\" is invalid. Please ensure that the role exists and that its trust relationship policy allows the action \"sts:AssumeRole\" for the service principal \"sagemaker.amazonaws.com\"."
