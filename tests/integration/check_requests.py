"""Checks requests to SageMaker against AWS's own service model (botocore's service-2.json).

botocore's validator looks at types and required members alone; this one walks the shapes and also checks unknown members, length,
range, pattern and enum. As a program it reads lines {"op": …, "body": {…}} and prints one line per fault:

    check_requests.py recorded.jsonl
"""
from __future__ import annotations

import functools
import json
import re
import sys

import botocore.loaders


@functools.cache
def service_model(service: str = "sagemaker") -> dict:
    return botocore.loaders.Loader().load_service_model(service, "service-2")


def faults_of(operation: str, body: dict, service: str = "sagemaker") -> list[str]:
    """What is wrong with a request, as `Operation/Member: words`; empty when nothing is."""
    model = service_model(service)
    found = model["operations"].get(operation)
    if found is None:
        return [f"{operation}: there is no such operation"]
    if "input" not in found:
        return [] if body == {} else [f"{operation}: takes no members"]
    return list(_walk(model["shapes"], found["input"]["shape"], body, operation))


def answer_faults(operation: str, body: dict, service: str = "sagemaker") -> list[str]:
    """The same for an answer: what a fake says must fit AWS's own shapes."""
    model = service_model(service)
    output = model["operations"][operation].get("output")
    return list(_walk(model["shapes"], output["shape"], body, operation)) if output else []


def recorded_faults(calls) -> list[str]:
    """Faults of many {"op", "body"} entries, each once."""
    found: dict[str, None] = {}
    for call in calls:
        found.update(dict.fromkeys(faults_of(call["op"], call["body"])))
    return list(found)


def _walk(shapes: dict, name: str, value, at: str):
    shape = shapes[name]
    check = _CHECKS.get(shape["type"])
    if check is None:
        yield f"{at}: type {shape['type']} is unknown to this check"
    else:
        yield from check(shapes, shape, value, at)


def _structure(shapes, shape, value, at):
    if not isinstance(value, dict):
        yield f"{at}: an object is wanted, {value!r} is none"
        return
    for member in shape.get("required", []):
        if member not in value:
            yield f"{at}/{member}: is required"
    for member, inner in value.items():
        if member in shape["members"]:
            yield from _walk(shapes, shape["members"][member]["shape"], inner, f"{at}/{member}")
        else:
            yield f"{at}/{member}: there is no such member"
    if shape.get("union") and len(value) != 1:
        yield f"{at}: exactly one member of a union is wanted"


def _list(shapes, shape, value, at):
    if not isinstance(value, list):
        yield f"{at}: a list is wanted, {value!r} is none"
        return
    yield from _bounds(shape, len(value), "members", at)
    for index, inner in enumerate(value):
        yield from _walk(shapes, shape["member"]["shape"], inner, f"{at}/{index}")


def _map(shapes, shape, value, at):
    if not isinstance(value, dict):
        yield f"{at}: a map is wanted, {value!r} is none"
        return
    yield from _bounds(shape, len(value), "entries", at)
    for key, inner in value.items():
        yield from _walk(shapes, shape["key"]["shape"], key, f"{at}/{key} (key)")
        yield from _walk(shapes, shape["value"]["shape"], inner, f"{at}/{key}")


def _string(_shapes, shape, value, at):
    if not isinstance(value, str):
        yield f"{at}: text is wanted, {value!r} is none"
        return
    yield from _bounds(shape, len(value), "characters", at)
    if "enum" in shape and value not in shape["enum"]:
        yield f"{at}: {value!r} is none of {', '.join(shape['enum'][:8])}…"
    pattern = _pattern(shape["pattern"]) if "pattern" in shape else None
    if pattern and not pattern.fullmatch(value):
        yield f"{at}: {value!r} does not match {shape['pattern']}"


def _whole(_shapes, shape, value, at):
    if not isinstance(value, int) or isinstance(value, bool):
        yield f"{at}: a whole number is wanted, {value!r} is none"
    else:
        yield from _bounds(shape, value, "", at)


def _number(_shapes, shape, value, at):
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        yield f"{at}: a number is wanted, {value!r} is none"
    else:
        yield from _bounds(shape, value, "", at)


def _boolean(_shapes, _shape, value, at):
    if not isinstance(value, bool):
        yield f"{at}: true or false is wanted, {value!r} is neither"


def _bounds(shape, size, unit, at):
    if "min" in shape and size < shape["min"]:
        yield f"{at}: {size} {unit} is less than {shape['min']}".replace("  ", " ")
    if "max" in shape and size > shape["max"]:
        yield f"{at}: {size} {unit} is more than {shape['max']}".replace("  ", " ")


# Java's classes and Python's nearest: only members that hold free text use them.
_CLASSES = {"L": r"\w", "N": r"\d", "Z": r"\s", "M": "\u0300-\u036f", "S": r"$+<=>^`|~\u00a2-\u00ac\u2190-\u2bff", "P": r"!-/:-@\[-`{-~\u2010-\u2027", "Alnum": "A-Za-z0-9"}


@functools.cache
def _pattern(text: str) -> re.Pattern | None:
    """The pattern as Python reads it; nothing where AWS's own text is no pattern at all (a range of half surrogates, a repeated `$`)."""
    if "\\uD800" in text or "${" in text:
        return None
    return re.compile(re.sub(r"\\p\{(\w+)\}", lambda found: _CLASSES[found.group(1)], text))


_CHECKS = {
    "structure": _structure, "list": _list, "map": _map, "string": _string, "integer": _whole, "long": _whole,
    "float": _number, "double": _number, "timestamp": _number, "boolean": _boolean,
}


def main(path: str) -> int:
    with open(path, encoding="utf-8") as lines:
        faults = recorded_faults(json.loads(line) for line in lines if line.strip())
    print("\n".join(faults) if faults else "every request fits the service model")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
