"""The REST operations of the fake: one function each, found by method and path."""
from __future__ import annotations

import dataclasses
import re
import urllib.parse
from typing import Any, Callable

from sandbox.jira import fields as checked
from sandbox.jira.refused import Refused
from sandbox.jira.search import OPERATIONS as SEARCHES
from sandbox.jira.shapes import Shapes
from sandbox.jira.site import Issue, Site
from sandbox.jira.text import document_fault, wiki_fault
from sandbox.jira.workflow import PROJECTS, STATUSES, transitions_of


@dataclasses.dataclass
class Asked:
    """One request, ready to be carried out."""
    site: Site
    shapes: Shapes
    person: str
    query: dict[str, str]
    body: Any
    parts: tuple[str, ...] = ()

    @property
    def cloud(self) -> bool:
        return self.shapes.cloud

    def issue(self) -> Issue:
        return self.site.find(urllib.parse.unquote(self.parts[0]))

    def members(self) -> dict:
        if not isinstance(self.body, dict):
            raise Refused(400, "There was an error parsing JSON. Check that your request body is valid.")
        return self.body


def create_issue(asked: Asked) -> tuple[int, Any]:
    given = asked.members()
    fields = checked.of_create(asked.site, given.get("fields") or {}, asked.cloud)
    properties = checked.properties_of(given.get("properties"))
    first = (given.get("transition") or {}).get("id")
    if first and str(first) not in transitions_of(fields["project"]):
        raise Refused(400, f"Transition id '{first}' is not valid for this issue.")
    issue = asked.site.create(fields, properties, asked.person)
    answer = {"id": issue.id, "key": issue.key, "self": f"{asked.shapes.rest}/issue/{issue.id}"}
    if first:
        asked.site.transition(issue, str(first), None, asked.person)
        answer["transition"] = {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}
    return 201, answer


def get_issue(asked: Asked) -> tuple[int, Any]:
    names = [name for name in asked.query.get("fields", "").split(",") if name]
    return 200, asked.shapes.issue(asked.issue(), names, asked.query.get("expand", ""), [key for key in asked.query.get("properties", "").split(",") if key])


def edit_issue(asked: Asked) -> tuple[int, Any]:
    issue, given = asked.issue(), asked.members()
    changed = dict(given.get("fields") or {})
    labels = list(changed.get("labels", issue.fields.get("labels", [])))
    for step in (given.get("update") or {}).get("labels", []):
        for verb, label in step.items():
            labels = [*labels, label] if verb == "add" and label not in labels else [one for one in labels if not (verb == "remove" and one == label)]
            changed["labels"] = labels
    asked.site.edit(issue, checked.of_edit(asked.site, changed, asked.cloud), asked.person)
    return 204, None


def delete_issue(asked: Asked) -> tuple[int, Any]:
    asked.site.delete(asked.issue(), asked.person)
    return 204, None


def get_transitions(asked: Asked) -> tuple[int, Any]:
    return 200, asked.shapes.transitions(asked.issue(), asked.site.settings["resolution_required"], asked.query.get("expand", ""))


def do_transition(asked: Asked) -> tuple[int, Any]:
    issue, given = asked.issue(), asked.members()
    number = str((given.get("transition") or {}).get("id") or "")
    if not number:
        raise Refused(400, "Missing 'transition' identifier")
    notes = [step["add"]["body"] for step in (given.get("update") or {}).get("comment", []) if "add" in step]
    for note in notes:
        check_text("comment", note, asked.cloud)
    asked.site.transition(issue, number, ((given.get("fields") or {}).get("resolution") or {}).get("name"), asked.person)
    for note in notes:
        asked.site.comment(issue, note, asked.person)
    return 204, None


def check_text(field: str, value: Any, cloud: bool) -> None:
    fault = document_fault(value) if cloud else wiki_fault(value)
    if fault:
        raise Refused(400, **{field: fault})


def get_comments(asked: Asked) -> tuple[int, Any]:
    issue, first = asked.issue(), int(asked.query.get("startAt", 0))
    count = int(asked.query.get("maxResults", 100))
    rows = [asked.shapes.comment(issue, one) for one in issue.comments[first:first + count]]
    return 200, {"startAt": first, "maxResults": count, "total": len(issue.comments), "comments": rows}


def add_comment(asked: Asked) -> tuple[int, Any]:
    issue, text = asked.issue(), asked.members().get("body")
    if not text:
        raise Refused(400, comment="Comment body can not be empty!")
    check_text("comment", text, asked.cloud)
    return 201, asked.shapes.comment(issue, asked.site.comment(issue, text, asked.person))


def get_changelog(asked: Asked) -> tuple[int, Any]:
    issue, first = asked.issue(), int(asked.query.get("startAt", 0))
    count = int(asked.query.get("maxResults", 100))
    rows = [asked.shapes.entry(one) for one in issue.history[first:first + count]]
    return 200, {"self": f"{asked.shapes.rest}/issue/{issue.id}/changelog", "startAt": first, "maxResults": count, "total": len(issue.history),
                 "isLast": first + count >= len(issue.history), "values": rows}


def get_properties(asked: Asked) -> tuple[int, Any]:
    issue = asked.issue()
    return 200, {"keys": [{"key": key, "self": f"{asked.shapes.rest}/issue/{issue.id}/properties/{key}"} for key in issue.properties]}


def get_property(asked: Asked) -> tuple[int, Any]:
    issue, key = asked.issue(), urllib.parse.unquote(asked.parts[1])
    if key not in issue.properties:
        raise Refused(404, f"The property {key} does not exist.")
    return 200, {"key": key, "value": issue.properties[key]}


def set_property(asked: Asked) -> tuple[int, Any]:
    issue, key = asked.issue(), urllib.parse.unquote(asked.parts[1])
    known = key in issue.properties
    issue.properties.update(checked.properties_of([{"key": key, "value": asked.body}]))
    return 200 if known else 201, None


def delete_property(asked: Asked) -> tuple[int, Any]:
    issue, key = asked.issue(), urllib.parse.unquote(asked.parts[1])
    if issue.properties.pop(key, None) is None:
        raise Refused(404, f"The property {key} does not exist.")
    return 204, None


def get_myself(asked: Asked) -> tuple[int, Any]:
    return 200, asked.shapes.user(asked.person)


def get_server_info(asked: Asked) -> tuple[int, Any]:
    version = [1001, 0, 0] if asked.cloud else [11, 3, 1]
    return 200, {"baseUrl": asked.shapes.base, "version": "1001.0.0-SNAPSHOT" if asked.cloud else "11.3.1", "versionNumbers": version,
                 "deploymentType": "Cloud" if asked.cloud else "Server", "buildNumber": 100_285, "serverTitle": "Jira"}


def get_project(asked: Asked) -> tuple[int, Any]:
    key = next((key for key, (number, _) in PROJECTS.items() if asked.parts[0] in (key, number)), None)
    if key is None:
        raise Refused(404, f"No project could be found with key '{asked.parts[0]}'.")
    return 200, asked.shapes.project(key)


def get_statuses(asked: Asked) -> tuple[int, Any]:
    return 200, [asked.shapes.status(status) for status in STATUSES]


def register_webhooks(asked: Asked) -> tuple[int, Any]:
    raise Refused(403, "The caller is not a Connect or OAuth 2.0 app.")


ISSUE = r"/issue/([^/]+)"
OPERATIONS: list[tuple[str, str, str, Callable[[Asked], tuple[int, Any]]]] = [
    *SEARCHES,
    ("createIssue", "POST", "/issue", create_issue),
    ("getIssue", "GET", ISSUE, get_issue),
    ("editIssue", "PUT", ISSUE, edit_issue),
    ("deleteIssue", "DELETE", ISSUE, delete_issue),
    ("getTransitions", "GET", ISSUE + "/transitions", get_transitions),
    ("doTransition", "POST", ISSUE + "/transitions", do_transition),
    ("getComments", "GET", ISSUE + "/comment", get_comments),
    ("addComment", "POST", ISSUE + "/comment", add_comment),
    ("getChangelog", "GET", ISSUE + "/changelog", get_changelog),
    ("getIssuePropertyKeys", "GET", ISSUE + "/properties", get_properties),
    ("getIssueProperty", "GET", ISSUE + "/properties/([^/]+)", get_property),
    ("setIssueProperty", "PUT", ISSUE + "/properties/([^/]+)", set_property),
    ("deleteIssueProperty", "DELETE", ISSUE + "/properties/([^/]+)", delete_property),
    ("getCurrentUser", "GET", "/myself", get_myself),
    ("getServerInfo", "GET", "/serverInfo", get_server_info),
    ("getProject", "GET", "/project/([^/]+)", get_project),
    ("getStatuses", "GET", "/status", get_statuses),
    ("registerWebhooks", "POST", "/webhook", register_webhooks),
]


def route(method: str, path: str, cloud: bool) -> tuple[str, Callable[[Asked], tuple[int, Any]], tuple[str, ...]] | None:
    """Operation, function and the parts of the path; None where this flavor has no such path."""
    base = "/rest/api/3" if cloud else "/rest/api/2"
    if not path.startswith(base):
        return None
    for name, verb, pattern, function in OPERATIONS:
        found = re.fullmatch(pattern, path.removeprefix(base))
        if found and verb == method:
            return name, function, found.groups()
    return None
