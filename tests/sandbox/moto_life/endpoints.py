"""Endpoints in the course of time."""
from __future__ import annotations

import copy
from typing import Any

from moto.core.utils import utcnow

from sandbox.moto_life import roles, words
from sandbox.moto_life.course import Life

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
PROPERTIES = {"DesiredWeight": ("CurrentWeight", "DesiredWeight"), "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount")}


def change(endpoint: Any, **attributes) -> None:
    """Sets attributes that Describe reads, and the time of the change. None takes a member out of the answer."""
    for name, value in attributes.items():
        setattr(endpoint, name, value)
    endpoint.last_modified_time = utcnow()


def variants_of(backend: Any, endpoint: Any, config: Any) -> list[dict]:
    """A configuration's variants as they are once they serve."""
    variants = endpoint._process_production_variants(config.production_variants)
    for variant, wanted in zip(variants, config.production_variants):
        model = backend._models.get(wanted.get("ModelName"))
        containers = [model.primary_container or {}, *(model.containers or [])] if model else []
        images = [container["Image"] for container in containers if container.get("Image")]
        variant["DeployedImages"] = [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": utcnow()} for image in images]
    return variants


def pending(config: Any, variants: list[dict]) -> dict:
    """PendingDeploymentSummary of a deployment that begins now."""
    members = ("VariantName", "DeployedImages", "CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount", "CurrentServerlessConfig", "DesiredServerlessConfig")
    rows = []
    for variant, wanted in zip(variants, config.production_variants):
        row = {member: variant[member] for member in members if member in variant}
        if "CurrentInstanceCount" in row:
            row |= {"CurrentInstanceCount": 0, "InstanceType": wanted["InstanceType"]}
        rows.append(row | {"VariantStatus": [{"Status": "Creating", "StartTime": utcnow()}]})
    return {"EndpointConfigName": config.endpoint_config_name, "ProductionVariants": rows, "StartTime": utcnow()}


def capture_of(config: Any) -> dict | None:
    """DataCaptureConfig as an endpoint tells it, which differs from the configuration's."""
    asked = config.data_capture_config
    if not asked:
        return None
    enabled = asked.get("EnableCapture", False)
    return {"EnableCapture": enabled, "CaptureStatus": "Started" if enabled else "Stopped", "CurrentSamplingPercentage": asked["InitialSamplingPercentage"],
            "DestinationS3Uri": asked["DestinationS3Uri"], "KmsKeyId": asked.get("KmsKeyId", "")}


def names_of(endpoint: Any, config: Any) -> list[str]:
    return [endpoint.endpoint_name, config.endpoint_config_name, *(variant.get("ModelName", "") for variant in config.production_variants)]


def create(life: Life, backend: Any, endpoint: Any, deployment: dict | None) -> None:
    """What moto has made InService is Creating first."""
    config = backend.endpoint_configs[endpoint.endpoint_config_name]
    variants = variants_of(backend, endpoint, config)
    change(endpoint, endpoint_status="Creating", production_variants=None, data_capture_config=None, pending_deployment_summary=pending(config, variants),
           last_deployment_config=deployment)
    endpoint.last_modified_time = endpoint.creation_time

    def finish(end: str, reason: str) -> None:
        lost = roles.lost_by(life, backend, config)
        if lost:
            end, reason = "Failed", words.role_of_endpoint(lost)
        if end == "InService":
            change(endpoint, endpoint_status="InService", production_variants=variants, data_capture_config=capture_of(config), pending_deployment_summary=None)
        else:
            change(endpoint, endpoint_status="Failed", failure_reason=reason, pending_deployment_summary=None)
    life.begin(endpoint, "endpoint", "endpoint", names_of(endpoint, config), finish)


def update(life: Life, endpoint: Any, config: Any, variants: list[dict], asked: dict) -> None:
    """Only for an endpoint that check_update has let through."""
    if asked.get("RetainAllVariantProperties"):
        retain(endpoint.production_variants or [], variants, asked.get("ExcludeRetainedVariantProperties") or [])
    served = copy.deepcopy(endpoint.production_variants or [])
    moving = [{**variant, "VariantStatus": [{"Status": "Updating", "StartTime": utcnow()}]} for variant in served]
    change(endpoint, endpoint_status="Updating", failure_reason=None, production_variants=moving, pending_deployment_summary=pending(config, variants),
           last_deployment_config=asked.get("DeploymentConfig") or getattr(endpoint, "last_deployment_config", None))

    def finish(end: str, reason: str) -> None:
        if end == "InService":
            change(endpoint, endpoint_status="InService", endpoint_config_name=config.endpoint_config_name, production_variants=variants,
                   data_capture_config=capture_of(config), pending_deployment_summary=None)
        else:
            status = "InService" if end == "RolledBack" else end
            change(endpoint, endpoint_status=status, failure_reason=reason, production_variants=served, pending_deployment_summary=None)

    def between(end: str) -> list:
        return [] if end == "InService" else [(0.6, lambda: change(endpoint, endpoint_status="RollingBack"))]
    life.begin(endpoint, "endpoint", "endpoint-update", names_of(endpoint, config), finish, between)


def retain(served: list[dict], wanted: list[dict], excluded: list[dict]) -> None:
    """Weights and counts of variants that go on under their names."""
    before = {variant["VariantName"]: variant for variant in served}
    left_out = {property["VariantPropertyType"] for property in excluded}
    for variant in wanted:
        old = before.get(variant["VariantName"], {})
        for members in (members for name, members in PROPERTIES.items() if name not in left_out):
            variant.update({member: old[member] for member in members if member in old})


def check_update(endpoint: Any) -> None:
    if endpoint.endpoint_status in IN_PROGRESS:
        raise words.in_progress(endpoint.arn)
    if endpoint.endpoint_status != "InService":
        raise words.cannot_update(endpoint.arn, endpoint.endpoint_status)


def delete(life: Life, backend: Any, endpoint: Any) -> None:
    if endpoint.endpoint_status in IN_PROGRESS:
        raise words.in_progress(endpoint.arn)
    change(endpoint, endpoint_status="Deleting")

    def finish(_end: str, _reason: str) -> None:
        if backend.endpoints.get(endpoint.endpoint_name) is endpoint:
            del backend.endpoints[endpoint.endpoint_name]
    life.begin(endpoint, "endpoint", "endpoint-delete", [endpoint.endpoint_name], finish)
