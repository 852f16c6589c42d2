"""Puts the life into moto's SageMaker: its backend's methods are wrapped, the operations that it lacks are added."""
from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from sandbox.moto_life import endpoints, jobs, roles, words
from sandbox.moto_life.course import Life

# kind: the backend's table, the argument with the name, the member of a row with the name
TABLES = {
    "model": ("_models", "model_name", "ModelName"),
    "endpoint-config": ("endpoint_configs", "endpoint_config_name", "EndpointConfigName"),
    "endpoint": ("endpoints", "endpoint_name", "EndpointName"),
    "transform-job": ("transform_jobs", "transform_job_name", "TransformJobName"),
    "training-job": ("training_jobs", "training_job_name", "TrainingJobName"),
}


def install(life: Life) -> None:
    """Once a process."""
    def call_action(response: SageMakerResponse):
        if not life.on:
            return BaseResponse.call_action(response)
        with life.lock:
            life.settle()
            return BaseResponse.call_action(response)
    SageMakerResponse.call_action = call_action
    for kind in TABLES:
        wrap_create(life, kind)
        wrap_describe(life, kind)
        wrap_list(life, kind)
    wrap_search(life)
    wrap_endpoints(life)
    add_operations(life)


def wrap(life: Life, name: str) -> Callable:
    """Decorates `change(original, backend, *args, **kwargs)` to stand before a backend's method while life is on."""
    original = getattr(SageMakerModelBackend, name)

    def decorate(change: Callable) -> None:
        @functools.wraps(original)
        def method(backend, *args, **kwargs):
            return change(original, backend, *args, **kwargs) if life.on else original(backend, *args, **kwargs)
        setattr(SageMakerModelBackend, name, method)
    return decorate


def find(backend: Any, kind: str, name: str) -> Any:
    """The object of that name; endpoints compare without case."""
    table = getattr(backend, TABLES[kind][0])
    if kind == "endpoint" and name not in table:
        return next((thing for known, thing in table.items() if known.lower() == name.lower()), None)
    return table.get(name)


def remove(life: Life, backend: Any, kind: str, name: str) -> None:
    """At once, without a trace; KeyError where there is none."""
    thing = find(backend, kind, name)
    if thing is None:
        raise KeyError(f"no {kind} {name}")
    life.forget(thing)
    table = getattr(backend, TABLES[kind][0])
    del table[next(known for known, one in table.items() if one is thing)]


def arn_of(backend: Any, kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:{kind}/{name.lower()}"


def wrap_create(life: Life, kind: str) -> None:
    operation = f"create_{kind.replace('-', '_')}"
    signature = inspect.signature(getattr(SageMakerModelBackend, operation))

    @wrap(life, operation)
    def create(original, backend, *args, **kwargs):
        given = signature.bind(backend, *args, **kwargs).arguments
        name = given[TABLES[kind][1]]
        found = find(backend, kind, name)
        if found is not None:
            raise words.taken(kind, getattr(found, "arn", None) or arn_of(backend, kind, name))
        for used in needs(kind, given):
            check_usable(life, backend, *used)
        role = given.get("execution_role_arn") or given.get("role_arn")
        if roles.lost(life, backend, role):
            raise words.role_of_call(role)
        thing = original(backend, *args, **kwargs)
        thing.tags = thing.tags or []  # moto's ListTags stumbles over none
        life.hide(thing, kind)
        if kind == "transform-job":
            jobs.create_transform(life, backend, thing)
        elif kind == "training-job":
            jobs.create_training(life, backend, thing)
        return thing


def needs(kind: str, given: dict) -> list[tuple[str, str]]:
    """What an object refers to and AWS looks up."""
    if kind == "endpoint":
        return [("endpoint-config", given["endpoint_config_name"])]
    if kind == "transform-job":
        return [("model", given["model_name"])]
    if kind == "endpoint-config":
        return [("model", variant["ModelName"]) for variant in given["production_variants"] if "ModelName" in variant]
    return []


def check_usable(life: Life, backend: Any, kind: str, name: str) -> Any:
    thing = find(backend, kind, name)
    if thing is None or life.hidden(thing, kind, "use"):
        raise words.not_found(kind, arn_of(backend, kind, name))
    return thing


def wrap_describe(life: Life, kind: str) -> None:
    @wrap(life, f"describe_{kind.replace('-', '_')}")
    def describe(original, backend, *args, **kwargs):
        name = args[0] if args else kwargs[TABLES[kind][1]]
        thing = find(backend, kind, name)
        if thing is not None and life.hidden(thing, kind, "describe"):
            raise words.not_found(kind, arn_of(backend, kind, name))
        return original(backend, thing.endpoint_name if kind == "endpoint" and thing is not None else name)


    operation = f"describe_{kind.replace('-', '_')}"
    spoken = getattr(SageMakerResponse, operation)

    def answered(response: SageMakerResponse) -> ActionResult:
        answer = spoken(response)
        if life.on and isinstance(answer.result, dict):
            return ActionResult({member: value for member, value in answer.result.items() if value not in ("", {})})  # AWS leaves out what moto says is empty
        return answer
    setattr(SageMakerResponse, operation, answered)


def wrap_list(life: Life, kind: str) -> None:
    table, argument, member = TABLES[kind]

    def shown(backend: Any, row: Any) -> bool:
        name = row[member] if isinstance(row, dict) else getattr(row, argument)
        return not life.hidden(getattr(backend, table).get(name), kind, "list")

    @wrap(life, f"list_{kind.replace('-', '_')}s")
    def listed(original, backend, *args, **kwargs):
        found = original(backend, *args, **kwargs)
        if isinstance(found, tuple):  # a page and its token
            return [row for row in found[0] if shown(backend, row)], found[1]
        if isinstance(found, dict):
            return {key: [row for row in rows if shown(backend, row)] if isinstance(rows, list) else rows for key, rows in found.items()}
        return [row for row in found if shown(backend, row)]


def wrap_search(life: Life) -> None:
    kinds = {"Endpoint": "endpoint", "TrainingJob": "training-job"}

    @wrap(life, "search")
    def search(original, backend, *args, **kwargs):
        found = original(backend, *args, **kwargs)
        for title, kind in kinds.items():
            table, _, member = TABLES[kind]
            found["Results"] = [row for row in found["Results"] if title not in row or not life.hidden(getattr(backend, table).get(row[title][member]), kind, "list")]
        return found


def wrap_endpoints(life: Life) -> None:
    def create_endpoint(response: SageMakerResponse) -> ActionResult:
        made = original(response)
        if life.on:
            backend = response.sagemaker_backend
            endpoints.create(life, backend, backend.endpoints[response._get_param("EndpointName")], response._get_param("DeploymentConfig"))
        return made
    original = SageMakerResponse.create_endpoint
    SageMakerResponse.create_endpoint = create_endpoint

    @wrap(life, "delete_endpoint")
    def delete_endpoint(_original, backend, endpoint_name):
        endpoints.delete(life, backend, existing(backend, endpoint_name))

    @wrap(life, "update_endpoint_weights_and_capacities")
    def update_weights(original, backend, endpoint_name, *args, **kwargs):
        endpoints.check_update(existing(backend, endpoint_name))
        return original(backend, endpoint_name, *args, **kwargs)


def existing(backend: Any, name: str) -> Any:
    endpoint = find(backend, "endpoint", name)
    if endpoint is None:
        raise words.not_found("endpoint", arn_of(backend, "endpoint", name))
    return endpoint


def add_operations(life: Life) -> None:
    """Unknown to moto, and to this moto as well while life is off."""
    def known(operation: str) -> None:
        if not life.on:
            raise NotImplementedError(f"The {operation} action has not been implemented")

    def update_endpoint(response: SageMakerResponse) -> ActionResult:
        known("update_endpoint")
        backend = response.sagemaker_backend
        endpoint = existing(backend, response._get_param("EndpointName"))
        endpoints.check_update(endpoint)
        config = check_usable(life, backend, "endpoint-config", response._get_param("EndpointConfigName"))
        asked = {member: response._get_param(member) for member in ("RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "DeploymentConfig")}
        endpoints.update(life, endpoint, config, endpoints.variants_of(backend, endpoint, config), asked)
        return ActionResult({"EndpointArn": endpoint.arn})

    def stop(kind: str) -> Callable:
        table, argument, member = TABLES[kind]

        def stop_job(response: SageMakerResponse) -> EmptyResult:
            known(f"stop_{kind.replace('-', '_')}")
            job = getattr(response.sagemaker_backend, table).get(response._get_param(member))
            if job is None or life.hidden(job, kind, "describe"):
                raise words.no_such_job()
            jobs.stop(life, kind, job)
            return EmptyResult()
        return stop_job
    SageMakerResponse.update_endpoint = update_endpoint
    SageMakerResponse.stop_transform_job = stop("transform-job")
    SageMakerResponse.stop_training_job = stop("training-job")
