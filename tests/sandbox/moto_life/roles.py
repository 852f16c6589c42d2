"""Execution roles that are gone from the account's IAM, where the plan says that they matter."""
from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends

from sandbox.moto_life.course import Life


def exists(backend: Any, arn: str) -> bool:
    return any(role.arn == arn for role in iam_backends[backend.account_id]["aws"].roles.values())


def lost(life: Life, backend: Any, arn: str | None) -> bool:
    return bool(life.plan.roles and arn and not exists(backend, arn))


def lost_by(life: Life, backend: Any, config: Any) -> str | None:
    """The first role of a configuration's models that is gone."""
    models = [backend._models.get(variant.get("ModelName")) for variant in config.production_variants]
    return next((model.execution_role_arn for model in models if model and lost(life, backend, model.execution_role_arn)), None)
