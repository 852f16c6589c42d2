"""The fields of a request, checked as Jira checks them."""
from __future__ import annotations

from typing import Any

from sandbox.jira.refused import Refused
from sandbox.jira.site import Site, issue_type_of
from sandbox.jira.text import document_fault, wiki_fault
from sandbox.jira.workflow import PROJECTS

KNOWN = {"project", "issuetype", "summary", "description", "labels", "assignee", "reporter", "priority", "duedate"}
PROPERTY_LIMIT = 32_768


def of_create(site: Site, given: dict, cloud: bool) -> dict[str, Any]:
    """Fields as the site keeps them; Refused with every fault at once, as Jira tells them."""
    errors: dict[str, str] = {}
    fields = {"project": project_of(given, errors), "issuetype": type_of(given, errors), **edited(site, given, errors, cloud)}
    if not str(given.get("summary") or "").strip():
        errors["summary"] = "You must specify a summary of the issue."
    for name, title in site.settings["required"].items():
        if not given.get(name):
            errors[name] = f"{title} is required."
    if errors:
        raise Refused(400, **errors)
    return fields


def of_edit(site: Site, given: dict, cloud: bool) -> dict[str, Any]:
    errors: dict[str, str] = {}
    fields = edited(site, {name: value for name, value in given.items() if name not in ("project", "issuetype")}, errors, cloud)
    if errors:
        raise Refused(400, **errors)
    return fields


def edited(site: Site, given: dict, errors: dict[str, str], cloud: bool) -> dict[str, Any]:
    fields = {name: value for name, value in given.items() if name not in ("project", "issuetype")}
    for name, value in fields.items():
        fault = field_fault(site, name, value, cloud)
        if fault:
            errors[name] = fault
    return fields


def field_fault(site: Site, name: str, value: Any, cloud: bool) -> str | None:
    if name not in KNOWN and name not in site.settings["required"]:
        return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
    if name == "summary":
        return summary_fault(value)
    if name == "description" and value is not None:
        return document_fault(value) if cloud else wiki_fault(value)
    if name == "labels":
        if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
            return "data was not an array"
        return next((f"The label '{label}' contains spaces which is invalid." for label in value if " " in label), None) or next(
            (f"The label '{label}' is too long (max. 255)." for label in value if len(label) > 255), None)
    return None


def summary_fault(value: Any) -> str | None:
    if not isinstance(value, str):
        return "Operation value must be a string"
    if "\n" in value or "\r" in value:
        return "The summary is invalid because it contains newline characters."
    return "Summary must be less than 255 characters." if len(value) > 255 else None


def project_of(given: dict, errors: dict[str, str]) -> str:
    asked = given.get("project") or {}
    for key, (number, _) in PROJECTS.items():
        if asked.get("key") == key or str(asked.get("id")) == number:
            return key
    errors["project"] = "Specify a valid project ID or key" if asked else "project is required"
    return ""


def type_of(given: dict, errors: dict[str, str]) -> str:
    asked = given.get("issuetype") or {}
    found = issue_type_of(str(asked.get("name") or asked.get("id") or ""))
    if not found:
        errors["issuetype"] = "Specify a valid issue type" if asked else "Specify an issue type"
    return found or ""


def properties_of(given: list[dict] | None) -> dict[str, Any]:
    made = {}
    for one in given or []:
        if not one.get("key") or len(one["key"]) > 255:
            raise Refused(400, "The property key must be 1 to 255 characters long.")
        if len(str(one.get("value"))) > PROPERTY_LIMIT:
            raise Refused(400, f"The value of the property '{one['key']}' is too long.")
        made[one["key"]] = one.get("value")
    return made
