"""Collections of model-manage: create, read, change, delete; versions, idempotency, filters, finders, audit."""
import uuid

import jsonschema
import pytest
import yaml

from sandbox.process import ROOT
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD

MODELS = f"{MODEL_MANAGE}/storedModels"


def test_create_gives_location_version_and_links(team):
    answer = team.send("POST", MODELS, json={"modelMetaData": {"name": "m", "type": "PYSPARK", "useCaseInfo": {"owner": "Ana"}}, "vendorMember": [1, {"a": None}]})
    assert answer.status_code == 201, answer.text
    model = answer.json()
    assert answer.headers["Location"].endswith(f"/storedModels/{model['id']}") and answer.headers["ETag"].strip('"')
    assert model["group"] == team.group and model["createdDate"].endswith("Z") and model["version"] == 1
    assert model["modelMetaData"]["useCaseInfo"] == {"owner": "Ana"} and "vendorMember" in model, "members that Slipway does not know are kept"
    read = team.get(model["_links"]["self"]["href"].removeprefix(team.url))
    assert read == model


def test_members_of_the_server_are_ignored(team):
    given = str(uuid.uuid4())
    model = team.post(MODELS, {"id": given, "version": 77, "createdBy": "eve", "createdDate": "1999-01-01T00:00:00.000Z", "_links": {"self": {"href": "http://evil"}},
                               "modelMetaData": {"name": "m"}})
    assert model["id"] != given and model["version"] == 1 and model["createdBy"] != "eve" and not model["createdDate"].startswith("1999") and "evil" not in str(model)


@pytest.mark.parametrize("body, pointer", [
    ({}, "/modelMetaData"), ({"modelMetaData": {}}, "/modelMetaData/name"), ({"modelMetaData": {"name": 7}}, "/modelMetaData/name"), ({"modelMetaData": {"name": ""}}, "/modelMetaData/name"),
    ({"modelMetaData": {"name": "x", "tags": "no list"}}, "/modelMetaData/tags"), ({"modelMetaData": {"name": "x"}, "modelAssets": [{"assetType": "FILE"}, 4]}, "/modelAssets"),
])
def test_wrong_bodies_are_pointed_at(team, body, pointer):
    told = team.refused("POST", MODELS, 400, json=body)
    assert any(error["pointer"].startswith(pointer) for error in told["errors"]), told
    assert team.every("storedModels") == []


def test_numbers_are_kept_exactly(team):
    numbers = [0.1, 1e-7, 12345678901234567, 0.30000000000000004, -0.0, 1.7976931348623157e308, 9007199254740993]
    model = team.new_model(modelMetaData={"custom": {"n": numbers}})
    assert team.get(f"{MODELS}/{model['id']}")["modelMetaData"]["custom"]["n"] == numbers
    answer = team.send("POST", MODELS, data='{"modelMetaData": {"name": "x", "custom": {"n": 1e999}}}', headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_patch_is_deep(team):
    model = team.new_model(modelMetaData={"name": "keep", "description": "d", "tags": ["x", "y"], "useCaseInfo": {"business": {"unit": "cards"}, "owner": "Ana"}},
                           modelAssets=[{"assetType": "SOURCE_CODE", "name": "a.py", "sourceCode": "print(1)"}])
    path = f"{MODELS}/{model['id']}"
    changed = team.patch(path, {"modelMetaData": {"modelStage": "prod", "useCaseInfo": {"business": {"primaryDriver": "cost"}}}})
    assert changed["modelMetaData"]["name"] == "keep" and changed["modelMetaData"]["tags"] == ["x", "y"]
    assert changed["modelMetaData"]["useCaseInfo"] == {"business": {"unit": "cards", "primaryDriver": "cost"}, "owner": "Ana"}
    assert [asset["name"] for asset in changed["modelAssets"]] == ["a.py"]
    assert team.patch(path, {"modelMetaData": {"tags": ["a"]}})["modelMetaData"]["tags"] == ["a"], "arrays are replaced"
    assert "description" not in team.patch(path, {"modelMetaData": {"description": None}})["modelMetaData"], "null removes"
    before = team.get(path)
    after = team.patch(path, {"_links": {"self": {"href": "x"}}, "version": 1, "modelMetaData": {"modelRisk": "high"}})
    assert after["version"] == before["version"] + 1 and after["_links"] == before["_links"]


def test_a_patch_leaves_one_audit_row_with_the_changed_leaves(team):
    model = team.new_model(modelMetaData={"useCaseInfo": {"business": {"unit": "cards"}}})
    team.patch(f"{MODELS}/{model['id']}", {"modelMetaData": {"useCaseInfo": {"business": {"primaryDriver": "cost"}}}})
    rows = team.every("auditRecords/search/findAuditRecordsByStoredModelId", storedModelId=model["id"])
    rows = sorted((row for row in rows if row["entityId"] == model["id"]), key=lambda row: row["createdDate"])
    assert len(rows) == 2
    assert rows[1]["changes"] == [{"op": "add", "path": "/modelMetaData/useCaseInfo/business/primaryDriver", "value": "cost"}]


def test_a_patch_that_changes_nothing_writes_nothing(team):
    model = team.new_model(modelMetaData={"description": "same"})
    same = team.patch(f"{MODELS}/{model['id']}", {"modelMetaData": {"description": "same"}})
    assert same["version"] == model["version"] and same["lastModifiedDate"] == model["lastModifiedDate"]


def test_versions(team):
    model = team.new_model()
    path = f"{MODELS}/{model['id']}"
    tag = team.send("GET", path).headers["ETag"]
    team.patch(path, {"modelMetaData": {"description": "1"}}, headers={"If-Match": tag})
    team.refused("PATCH", path, 412, "VERSION_MISMATCH", json={"modelMetaData": {"description": "2"}}, headers={"If-Match": tag})
    team.refused("DELETE", path, 412, "VERSION_MISMATCH", headers={"If-Match": tag})
    assert team.get(path)["modelMetaData"]["description"] == "1"
    assert team.send("PATCH", path, json={"modelMetaData": {"description": "3"}}, headers={"If-Match": "*"}).status_code == 200
    assert team.send("PATCH", path, json={"modelMetaData": {"description": "4"}}, headers={"If-Match": '"what"'}).status_code in (400, 412)


def test_delete(team):
    model = team.new_model()
    team.delete(f"{MODELS}/{model['id']}")
    team.refused("GET", f"{MODELS}/{model['id']}", 404, "NOT_FOUND")
    team.refused("DELETE", f"{MODELS}/{model['id']}", 404, "NOT_FOUND")


def test_a_deployed_model_stays(team):
    model = team.new_model()
    snapshot = team.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": model["id"]}})
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "r", "engineType": "MODEL_OP_ENGINE"})
    deployed = team.post(f"{MODEL_MANAGE}/deployedModels", {"deployableModel": {"id": snapshot["id"]}, "engine": {"id": runtime["id"]}})
    assert deployed["state"] == "DEPLOYING"
    team.refused("DELETE", f"{MODELS}/{model['id']}", 409)
    team.patch(f"{MODEL_MANAGE}/deployedModels/{deployed['id']}", {"state": "FAILED"})
    team.delete(f"{MODELS}/{model['id']}")


def test_a_snapshot_is_a_copy(team):
    model = team.new_model(name="origin", modelAssets=[{"assetType": "SOURCE_CODE", "name": "a.py", "sourceCode": "print(1)"}])
    snapshot = team.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": model["id"]}})
    path = f"{MODEL_MANAGE}/deployableModels/{snapshot['id']}"
    assert snapshot["metaData"]["name"].startswith("origin-20") and len(snapshot["metaData"]["name"]) == len("origin-20260101_1200")
    team.patch(f"{MODELS}/{model['id']}", {"modelMetaData": {"description": "later"}})
    kept = team.get(path)["storedModel"]
    assert "description" not in kept["modelMetaData"] and kept["modelAssets"][0]["name"] == "a.py" and kept["id"] == model["id"]
    team.patch(path, {"metaData": {"tags": ["t"], "custom": {"k": 1}}})
    assert team.send("PATCH", path, json={"storedModel": {"modelMetaData": {"name": "other"}}}).status_code in (400, 409, 422)
    assert team.get(path)["storedModel"]["modelMetaData"]["name"] == "origin"


def test_idempotency_key(team):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"modelMetaData": {"name": "once"}}
    first, second = (team.send("POST", MODELS, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json(), first.headers["Location"]) == (second.status_code, second.json(), second.headers["Location"]) and first.status_code == 201
    assert len(team.every("storedModels")) == 1
    team.refused("POST", MODELS, 422, json={"modelMetaData": {"name": "other"}}, headers=key)
    assert len(team.every("storedModels")) == 1


def test_idempotency_keys_belong_to_their_principal(admin, team, group_of):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    other = admin.new_user([group_of()])
    mine = team.post(MODELS, {"modelMetaData": {"name": "m"}}, headers=key)
    theirs = other.post(MODELS, {"modelMetaData": {"name": "m"}}, headers=key)
    assert mine["id"] != theirs["id"]


def test_a_refused_post_may_be_repeated_with_its_key(team):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    team.refused("POST", MODELS, 400, json={"modelMetaData": {}}, headers=key)
    assert team.send("POST", MODELS, json={"modelMetaData": {}}, headers=key).status_code == 400


@pytest.fixture
def twelve(team):
    for number in range(12):
        team.new_model(f"model-{number:02d}", modelMetaData={"type": "SAGEMAKER" if number % 3 == 0 else "PYSPARK", "description": "needle" if number == 5 else "hay",
                                                             "tags": [f"team={'risk' if number % 2 else 'crm'}", "all"]})
    return team


@pytest.mark.parametrize("text, count", [
    ("", 12), ("type:SAGEMAKER", 4), ("-type:SAGEMAKER", 8), ("type!=SAGEMAKER", 8), ("type:SAGEMAKER,PYSPARK", 12), ("tag.team=risk", 6), ("tag.team=risk type:SAGEMAKER", 2),
    ("name~05", 1), ("name=model-03", 1), ('"needle"', 1), ("needle", 1), ("updated>7d", 12), ("updated<7d", 0), ("created>=2020-01-01", 12), ("name:nobody", 0),
])
def test_filters(twelve, text, count):
    assert len(twelve.every("storedModels", filter=text)) == count


@pytest.mark.parametrize("text", ["nosuchfield:1", "updated>soon", 'name:"open', "name:", "type<<3", "tag.=x", "'; DROP TABLE stored_models; --:1", "updated>99999999999999999999d"])
def test_wrong_filters_are_400_or_harmless_text(twelve, text):
    answer = twelve.send("GET", MODELS, params={"filter": text})
    assert answer.status_code in (200, 400), answer.text
    if text.startswith(("nosuchfield", "updated>soon")):
        assert answer.status_code == 400 and answer.json()["errors"][0]["pointer"] == "?filter"
    assert len(twelve.every("storedModels")) == 12


def test_sort_and_pages(twelve):
    page = twelve.get(MODELS, params={"sort": "name,desc", "size": 5, "page": 1})
    names = [model["modelMetaData"]["name"] for model in page["_embedded"]["storedModels"]]
    assert names == ["model-06", "model-05", "model-04", "model-03", "model-02"]
    assert {"size": 5, "totalElements": 12, "totalPages": 3, "number": 1}.items() <= page["page"].items()
    assert twelve.get(MODELS, params={"size": 5000})["page"]["size"] == 1000
    for wrong in ({"size": "x"}, {"page": -1}, {"sort": "nosuch"}, {"sort": "name,sideways"}, {"cursor": "garbage"}):
        twelve.refused("GET", MODELS, 400, params=wrong)


def test_next_links_walk_everything_once(twelve):
    names = [model["modelMetaData"]["name"] for model in twelve.every("storedModels", size=5, sort="name")]
    assert names == [f"model-{number:02d}" for number in range(12)]


def test_pages_by_cursor_are_as_the_contract_says(twelve):
    contract = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
    schema = {"$ref": "#/components/schemas/PageInfo", "components": contract["components"]}
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = twelve.get(MODELS, params={"size": 5, "sort": "name", **({"cursor": cursor} if cursor else {})})
        jsonschema.validate(page["page"], schema)
        assert ("totalElements" in page["page"]) == (cursor is None)
        seen += [model["modelMetaData"]["name"] for model in page["_embedded"]["storedModels"]]
        cursor, pages = page["page"].get("cursor"), pages + 1
    assert pages == 3 and seen == [f"model-{number:02d}" for number in range(12)]


def test_pages_by_number_miss_nothing_when_the_first_is_cut(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    for number in range(30):
        admin.new_model(f"large-{number:02d}", vendor={"text": "x" * 800_000})
    seen, number, size = [], 0, 30
    while True:
        page = admin.get(MODELS, params={"size": size, "page": number, "sort": "name"})
        seen += [model["modelMetaData"]["name"] for model in page["_embedded"]["storedModels"]]
        size, number = page["page"]["size"], number + 1
        if number >= page["page"]["totalPages"]:
            break
    assert size < 30 and number > 1 and seen == [f"large-{index:02d}" for index in range(30)]


def test_finders(twelve):
    found = twelve.every("storedModels/search/findByName", name="model-03")
    assert [model["modelMetaData"]["name"] for model in found] == ["model-03"]
    snapshot = twelve.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": found[0]["id"]}})
    assert [row["id"] for row in twelve.every("deployableModels/search/findAllByStoredModelId", storedModelId=found[0]["id"])] == [snapshot["id"]]
    twelve.refused("GET", f"{MODEL_MANAGE}/deployableModels/search/findAllByStoredModelId", 400)


def test_summaries(team, admin):
    model = team.new_model(modelMetaData={"name": "summed"})
    other = team.new_model(modelMetaData={"name": "bare"})
    snapshot = team.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": model["id"]}})
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "spark-s", "engineType": "SPARK_RUNTIME"})
    deployment = team.post(f"{MODEL_MANAGE}/deployedModels", {"deployableModel": {"id": snapshot["id"]}, "engine": {"id": runtime["id"]}})
    job = team.post(f"{MODEL_MANAGE}/jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"id": snapshot["id"]}, "targetEngine": {"id": runtime["id"]}})
    found = {row["id"]: row["summary"] for row in team.every("storedModels", projection="summary")}
    assert found[other["id"]] == {"snapshots": 0, "deployments": [], "lastJob": None, "openTickets": 0, "openProblems": 0}
    assert found[model["id"]]["snapshots"] == 1
    assert found[model["id"]]["deployments"] == [{"deployedModelId": deployment["id"], "deployableModelId": snapshot["id"], "runtimeId": runtime["id"],
                                                  "runtimeName": "spark-s", "state": "DEPLOYING"}]
    assert found[model["id"]]["lastJob"].items() >= {"id": job["id"], "jobType": "MODEL_BATCH_JOB", "jobStatus": "CREATED"}.items()
    assert team.every("storedModels/search/findByName", name="summed", projection="summary")[0]["summary"] == found[model["id"]]
    assert admin.new_user(["a-group"]).every("storedModels", projection="summary") == []
    assert team.refused("GET", MODELS, 400, params={"projection": "nosuch"})["errors"][0]["pointer"] == "?projection"


def test_engines_is_another_name_for_runtimes(team):
    runtime = team.post(f"{MODEL_MANAGE}/engines", {"name": "spark-1", "engineType": "SPARK_RUNTIME"})
    assert team.get(f"{MODEL_MANAGE}/runtimes/{runtime['id']}")["name"] == "spark-1"
    assert [row["id"] for row in team.every("engines/search/findByName", name="spark-1")] == [runtime["id"]]


def test_embedded_content(team):
    import base64
    content = bytes(range(256)) * 400
    model = team.new_model()
    asset = team.post(f"{MODELS}/{model['id']}/assets", {"assetType": "FILE", "name": "holdout.bin", "assetRole": "TEST_DATA", "fileContent": base64.b64encode(content).decode()})
    whole = team.get(f"{MODELS}/{model['id']}")["modelAssets"][0]
    listed = team.every("storedModels")[0]["modelAssets"][0]
    assert "fileContent" not in listed and len(listed["contentHash"]) == 64 and listed["contentUrl"]
    answer = team.send("GET", f"{MODELS}/{model['id']}/assets/{(asset.get('assetId') or whole['assetId'])}/content")
    assert answer.content == content and "attachment" in answer.headers["Content-Disposition"] and answer.headers.get("X-Content-Type-Options") == "nosniff"
    team.delete(f"{MODELS}/{model['id']}/assets/{whole['assetId']}")
    assert not team.get(f"{MODELS}/{model['id']}").get("modelAssets")


@pytest.mark.parametrize("asset", [
    {"assetType": "EXTERNAL_FILE", "name": "x", "fileUrl": "javascript:alert(1)"}, {"assetType": "EXTERNAL_FILE", "name": "x", "fileUrl": "data:text/html,x"},
    {"assetType": "FILE", "name": "x", "fileContent": "not base64!"}, {"assetType": "FILE"}, {"name": "x"},
])
def test_assets_are_checked_at_the_door(team, asset):
    model = team.new_model()
    team.refused("POST", f"{MODELS}/{model['id']}/assets", 400, json=asset)
    assert not team.get(f"{MODELS}/{model['id']}").get("modelAssets")


def test_audit_records_are_nearly_read_only(admin, team):
    model = team.new_model()
    body = {"entityType": "StoredModel", "entityId": model["id"], "storedModelId": model["id"], "changes": [], "createdDate": "2024-06-03T08:00:00.000Z"}
    team.refused("POST", f"{MODEL_MANAGE}/auditRecords", 403, "FORBIDDEN", json=body)
    record = admin.post(f"{MODEL_MANAGE}/auditRecords", body)
    assert record["imported"] is True and record["claimedDate"] == "2024-06-03T08:00:00.000Z" and not record["createdDate"].startswith("2024-06")
    answer = admin.send("PATCH", f"{MODEL_MANAGE}/auditRecords/{record['id']}", json={"createdDate": "2024-06-03T08:00:00.000Z"})
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    assert admin.get(f"{MODEL_MANAGE}/auditRecords/{record['id']}")["createdDate"] == record["createdDate"]


def test_what_is_read_only_says_so(team):
    assert team.send("POST", f"{MODEL_MANAGE}/modelMLCs", json={}).status_code == 405
    assert team.get(f"{MODEL_MANAGE}/modelMLCs")["page"]["totalElements"] == 0
    assert team.send("DELETE", f"{MODEL_MANAGE}/events").status_code == 405
