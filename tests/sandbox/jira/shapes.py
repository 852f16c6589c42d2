"""What the site's things look like in an answer: Cloud's v3 and Data Center's v2."""
from __future__ import annotations

from typing import Any

from sandbox.jira.site import EMAIL, PEOPLE, Issue, stamp
from sandbox.jira.text import document, plain
from sandbox.jira.workflow import CATEGORIES, ISSUE_TYPES, PROJECTS, RESOLUTIONS, Status, transitions_of


class Shapes:
    """`base` is the site's own address, for links."""

    def __init__(self, base: str, cloud: bool):
        self.base, self.cloud = base, cloud
        self.rest = f"{base}/rest/api/{3 if cloud else 2}"

    def user(self, name: str) -> dict:
        shared = {"displayName": PEOPLE[name], "active": True, "timeZone": "Etc/UTC", "emailAddress": EMAIL if name == "slipway" else f"{name}@northwind.example",
                  "avatarUrls": {f"{size}x{size}": f"{self.base}/avatar/{size}.png" for size in (16, 24, 32, 48)}}
        if self.cloud:
            number = f"5b10a2844c20165700ede{list(PEOPLE).index(name):03d}"
            return {"self": f"{self.rest}/user?accountId={number}", "accountId": number, "accountType": "atlassian", **shared}
        return {"self": f"{self.rest}/user?username={name}", "name": name, "key": f"JIRAUSER{10100 + list(PEOPLE).index(name)}", **shared}

    def status(self, status: Status) -> dict:
        number, color, name = CATEGORIES[status.category]
        return {"self": f"{self.rest}/status/{status.id}", "description": "", "iconUrl": f"{self.base}/images/icons/status.png", "name": status.name, "id": status.id,
                "statusCategory": {"self": f"{self.rest}/statuscategory/{number}", "id": number, "key": status.category, "colorName": color, "name": name}}

    def text(self, value: Any) -> Any:
        """Rich text in the flavor's form, whichever it was typed in."""
        if value is None:
            return None
        if self.cloud:
            return value if isinstance(value, dict) else document(value)
        return plain(value) if isinstance(value, dict) else value

    def project(self, key: str) -> dict:
        number, name = PROJECTS[key]
        return {"self": f"{self.rest}/project/{number}", "id": number, "key": key, "name": name, "projectTypeKey": "business"}

    def fields(self, issue: Issue) -> dict:
        shown = {name: value for name, value in issue.fields.items() if name not in ("project", "issuetype")}
        kind = ISSUE_TYPES[issue.fields["issuetype"]]
        resolution = {"self": f"{self.rest}/resolution/{RESOLUTIONS[issue.resolution]}", "id": RESOLUTIONS[issue.resolution], "name": issue.resolution, "description": ""} if issue.resolution else None
        return {**shown, "labels": issue.fields.get("labels", []), "description": self.text(issue.fields.get("description")), "project": self.project(issue.project),
                "issuetype": {"self": f"{self.rest}/issuetype/{kind}", "id": kind, "name": issue.fields["issuetype"], "subtask": False, "description": ""},
                "status": self.status(issue.status), "resolution": resolution, "resolutiondate": stamp(issue.resolved) if issue.resolved else None,
                "created": stamp(issue.created), "updated": stamp(issue.updated), "creator": self.user(issue.reporter), "reporter": self.user(issue.reporter),
                "assignee": None, "comment": {"comments": [self.comment(issue, one) for one in issue.comments], "maxResults": len(issue.comments), "total": len(issue.comments), "startAt": 0}}

    def issue(self, issue: Issue, wanted: list[str], expand: str = "", properties: list[str] | None = None) -> dict:
        """`wanted` as in a request: names, `*all`, `*navigable`, `-name`."""
        answer: dict[str, Any] = {"expand": "renderedFields,names,schema,operations,editmeta,changelog", "id": issue.id, "self": f"{self.rest}/issue/{issue.id}", "key": issue.key}
        fields = self.fields(issue)
        every = not wanted or any(name.startswith("*") or name.startswith("-") for name in wanted)
        answer["fields"] = {name: value for name, value in fields.items() if (every or name in wanted) and f"-{name}" not in wanted}
        if "changelog" in expand:
            answer["changelog"] = {"startAt": 0, "maxResults": len(issue.history), "total": len(issue.history), "histories": [self.entry(one) for one in reversed(issue.history)]}
        if properties:
            answer["properties"] = {key: issue.properties[key] for key in issue.properties if "*all" in properties or key in properties}
        return answer

    def entry(self, entry: dict) -> dict:
        items = entry["items"] if self.cloud else [{name: value for name, value in item.items() if name != "fieldId"} for item in entry["items"]]
        return {"id": entry["id"], "author": self.user(entry["author"]), "created": stamp(entry["created"]), "items": items}

    def comment(self, issue: Issue, comment: dict) -> dict:
        author = self.user(comment["author"])
        return {"self": f"{self.rest}/issue/{issue.id}/comment/{comment['id']}", "id": comment["id"], "author": author, "updateAuthor": author, "body": self.text(comment["body"]),
                "created": stamp(comment["created"]), "updated": stamp(comment["updated"]), **({"jsdPublic": True} if self.cloud else {})}

    def transitions(self, issue: Issue, required: list[str], expand: str) -> dict:
        rows = []
        for number, status in transitions_of(issue.project).items():
            row = {"id": number, "name": status.name, "to": self.status(status)}
            if self.cloud:
                row |= {"hasScreen": status.name in required, "isGlobal": True, "isInitial": False, "isAvailable": True, "isConditional": False, "looped": False}
            if "transitions.fields" in expand:
                row["fields"] = {"resolution": {"required": True, "name": "Resolution", "key": "resolution", "operations": ["set"], "hasDefaultValue": False,
                                                "allowedValues": [{"id": number, "name": name} for name, number in RESOLUTIONS.items()]}} if status.name in required else {}
            rows.append(row)
        return {"expand": "transitions", "transitions": rows}
