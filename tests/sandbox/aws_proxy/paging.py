"""Lists as AWS cuts them."""
from __future__ import annotations

LISTS = {  # operation → (member of the answer, member with the name)
    "ListModels": ("Models", "ModelName"),
    "ListTrainingJobs": ("TrainingJobSummaries", "TrainingJobName"),
    "ListTransformJobs": ("TransformJobSummaries", "TransformJobName"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName"),
    "ListEndpoints": ("Endpoints", "EndpointName"),
    "Search": ("Results", "Name"),
}


def page_like_aws(operation: str, wanted: dict, everything: list[dict]) -> dict:
    """Filters, sorts and cuts a whole list as AWS does; moto does not for models and jobs."""
    member, name = LISTS[operation]
    rows = [row for row in everything if wanted.get("NameContains", "").lower() in row[name].lower() and within(row, wanted)]
    key = name if wanted.get("SortBy") == "Name" else "CreationTime"
    rows.sort(key=lambda row: row.get(key), reverse=wanted.get("SortOrder", "Descending") == "Descending")
    first = int(wanted["NextToken"].removeprefix("at-")) if wanted.get("NextToken", "").startswith("at-") else 0
    last = first + int(wanted.get("MaxResults", 10))
    return {member: rows[first:last], **({"NextToken": f"at-{last}"} if last < len(rows) else {})}


def within(row: dict, wanted: dict) -> bool:
    for member in ("CreationTime", "LastModifiedTime"):
        at = row.get(member)
        if at is None:
            continue
        if f"{member}After" in wanted and not at > wanted[f"{member}After"] or f"{member}Before" in wanted and not at < wanted[f"{member}Before"]:
            return False
    return next((row[m] for m in row if m.endswith("Status")), None) == wanted["StatusEquals"] if "StatusEquals" in wanted else True
