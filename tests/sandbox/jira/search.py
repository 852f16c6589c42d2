"""Searching and reading many: what differs most between Cloud and Data Center."""
from __future__ import annotations

import base64
import json
from typing import Any

from sandbox.jira.jql import Query
from sandbox.jira.refused import Refused

SMALL = {"id", "key"}           # pages of these alone may be long
LONG_PAGE, RECONCILE, BULK = 5_000, 50, 100
WEEK = 7 * 86400


def parameters(asked: Any) -> dict:
    """Of a GET's query or a POST's body, lists in either form."""
    given = dict(asked.query) if asked.body is None else asked.members()
    for name in ("fields", "properties", "reconcileIssues"):
        if isinstance(given.get(name), str):
            given[name] = [one for one in given[name].split(",") if one]
    return given


def found(asked: Any, text: str, fresh: set[str]) -> tuple[Query, list]:
    query = Query(text, asked.site.now())
    return query, [issue for issue, _ in query.sort([row for row in asked.site.indexed(fresh) if query.matches(row[1])])]


def search_jql(asked: Any) -> tuple[int, Any]:
    """Cloud: tokens, no total, `id` alone where no fields are asked for."""
    if not asked.cloud:
        raise Refused(404, "null for uri: /rest/api/2/search/jql")
    given = parameters(asked)
    jql, fresh = given.get("jql") or "", {str(one) for one in given.get("reconcileIssues") or []}
    if len(fresh) > RECONCILE:
        raise Refused(400, f"The number of issues to reconcile exceeds the limit of {RECONCILE}.")
    query, issues = found(asked, jql, fresh)
    if not query.bounded:
        raise Refused(400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    wanted = given.get("fields") or ["id"]
    limit = min(int(given.get("maxResults", 50)), LONG_PAGE if set(wanted) <= SMALL else asked.site.settings["page_limit"])
    first = begin(given.get("nextPageToken"), jql, asked.site.now())
    rows = [row(asked, issue, wanted, given) for issue in issues[first:first + limit]]
    if first + limit >= len(issues):
        return 200, {"issues": rows, "isLast": True}
    return 200, {"issues": rows, "isLast": False, "nextPageToken": token(first + limit, jql, asked.site.now())}


def row(asked: Any, issue: Any, wanted: list[str], given: dict) -> dict:
    if set(wanted) <= SMALL:
        return {"id": issue.id, **({"key": issue.key} if "key" in wanted else {})}
    return asked.shapes.issue(issue, wanted, given.get("expand", ""), given.get("properties"))


def token(first: int, jql: str, now: float) -> str:
    return base64.urlsafe_b64encode(json.dumps([first, jql, int(now)]).encode()).decode()


def begin(given: str | None, jql: str, now: float) -> int:
    """Where a page begins; a token is good for its own query and for a week."""
    if not given:
        return 0
    try:
        first, made_for, made = json.loads(base64.urlsafe_b64decode(given))
        if first == "empty":  # of an `empty_page` fault: the search begins anew
            return 0
    except ValueError:
        first, made_for, made = -1, None, 0
    if made_for != jql or now - made > WEEK:
        raise Refused(400, "The provided next page token is invalid or expired.")
    return first


def search(asked: Any) -> tuple[int, Any]:
    """Data Center: startAt, maxResults, total. Cloud took it away in 2025."""
    if asked.cloud:
        raise Refused(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at "
                           "https://developer.atlassian.com/changelog/#CHANGE-2046")
    given = parameters(asked)
    _, issues = found(asked, given.get("jql") or "", set())
    first, limit = int(given.get("startAt", 0)), min(int(given.get("maxResults", 50)), asked.site.settings["page_limit"])
    rows = [asked.shapes.issue(issue, given.get("fields") or [], str(given.get("expand", "")), given.get("properties")) for issue in issues[first:first + limit]]
    return 200, {"expand": "schema,names", "startAt": first, "maxResults": limit, "total": len(issues), "issues": rows}


def bulk_fetch(asked: Any) -> tuple[int, Any]:
    if not asked.cloud:
        raise Refused(404, "null for uri: /rest/api/2/issue/bulkfetch")
    given = asked.members()
    names = given.get("issueIdsOrKeys") or []
    if not names or len(names) > BULK:
        raise Refused(400, f"The number of issue IDs or keys must be between 1 and {BULK}.")
    issues, errors = {}, []
    for name in names:
        try:
            issue = asked.site.find(str(name))
            issues[issue.id] = issue
        except Refused as fault:
            errors.append({"id": str(name), "errorMessage": fault.messages[0]})
    expand = given.get("expand") or []
    expand = ",".join(expand) if isinstance(expand, list) else expand
    rows = [asked.shapes.issue(issues[key], given.get("fields") or [], expand, given.get("properties")) for key in sorted(issues, key=int)]
    return 200, {"issues": rows, "issueErrors": errors}


OPERATIONS = [
    ("searchJql", "GET", "/search/jql", search_jql),
    ("searchJql", "POST", "/search/jql", search_jql),
    ("search", "GET", "/search", search),
    ("search", "POST", "/search", search),
    ("bulkFetch", "POST", "/issue/bulkfetch", bulk_fetch),
]
