"""Jobs: posted whole or by reference, bound to an engine, cancelled; their states only go forward."""
import pytest

from sandbox.rest import MODEL_MANAGE, problem

JOBS = f"{MODEL_MANAGE}/jobs"


def job(**more) -> dict:
    return {"jobType": "MODEL_BATCH_JOB", "model": {"name": "inline", "storedModel": {"modelAssets": [{"assetType": "SOURCE_CODE", "name": "m.py", "sourceCode": "# modelop.score\ndef s(i, o, a): pass\n"}]}},
            "targetEngine": {"engineType": "SPARK_RUNTIME"}, "inputData": [], "outputData": [], **more}


def test_a_job_without_an_engine_waits_for_one(team):
    answer = team.send("POST", JOBS, json=job())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["jobStatus"] == "CREATED" and "/modelBatchJob/" in made["_links"]["self"]["href"]
    assert team.get(f"{MODEL_MANAGE}/modelBatchJob/{made['id']}")["id"] == team.get(f"{JOBS}/{made['id']}")["id"]
    assert made["model"]["storedModel"]["modelAssets"][0]["name"] == "m.py", "the document is kept with the job as posted"


def test_engine_by_name_by_id_and_by_type(team):
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "spark-1", "engineType": "SPARK_RUNTIME"})
    for selector in ({"id": runtime["id"]}, {"name": "spark-1"}, {"engineType": "SPARK_RUNTIME"}):
        assert team.post(JOBS, job(targetEngine=selector))["targetEngine"]["id"] == runtime["id"]
    team.post(f"{MODEL_MANAGE}/runtimes", {"name": "spark-2", "engineType": "SPARK_RUNTIME"})
    told = team.refused("POST", JOBS, 400, json=job())
    assert "spark-1" in told["detail"] and "spark-2" in told["detail"]


def test_a_pyspark_model_needs_no_word_of_where_it_runs(team):
    """What `slipway job create --snapshot` sends."""
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "spark-only", "engineType": "SPARK_RUNTIME"})
    model = team.post(f"{MODEL_MANAGE}/storedModels", {"modelMetaData": {"name": "by-flags", "type": "PYSPARK"}})
    snapshot = team.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": model["id"]}})
    made = team.post(JOBS, {"jobType": "MODEL_BATCH_JOB", "model": {"id": snapshot["id"]}})
    assert made["targetEngine"] == {"engineType": "SPARK_RUNTIME", "name": "spark-only", "id": runtime["id"]}
    other = team.post(f"{MODEL_MANAGE}/storedModels", {"modelMetaData": {"name": "of-no-kind"}})
    plain = team.post(f"{MODEL_MANAGE}/deployableModels", {"storedModel": {"id": other["id"]}})
    assert team.refused("POST", JOBS, 400, json={"jobType": "MODEL_BATCH_JOB", "model": {"id": plain["id"]}})["errors"][0]["pointer"] == "/targetEngine"


def test_a_runtime_that_enrols_later_takes_what_waits(team):
    waiting = team.post(JOBS, job())
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "late", "engineType": "SPARK_RUNTIME"})
    assert team.get(f"{JOBS}/{waiting['id']}")["targetEngine"].get("id") == runtime["id"]


def test_a_name_is_enrolled_once(team):
    body = {"name": "same", "engineType": "SPARK_RUNTIME"}
    first = team.post(f"{MODEL_MANAGE}/runtimes", body)
    second = team.send("POST", f"{MODEL_MANAGE}/runtimes", json=body)
    problem(second, 409, "ALREADY_EXISTS")
    assert team.get(f"{MODEL_MANAGE}/runtimes/{first['id']}")["version"] == first["version"]
    assert len(team.every("runtimes")) == 1


def test_the_document_only_selects_its_engine(team):
    runtime = team.post(f"{MODEL_MANAGE}/runtimes", {"name": "spark-1", "engineType": "SPARK_RUNTIME", "sparkConf": {"--master": "spark://right:7077"}})
    made = team.post(JOBS, job(targetEngine={"id": runtime["id"], "sparkConf": {"--master": "local[1]"}}))
    assert team.get(f"{MODEL_MANAGE}/runtimes/{runtime['id']}")["sparkConf"] == {"--master": "spark://right:7077"}
    assert made["targetEngine"]["id"] == runtime["id"]


def test_members_of_the_server_are_ignored(team):
    made = team.post(JOBS, job(id="0198f2a0-0000-7000-8000-000000000001", version=9, jobStatus="COMPLETE", owner="eve", jobMessages=["forged"]))
    assert made["id"] != "0198f2a0-0000-7000-8000-000000000001" and made["version"] == 1 and made["jobStatus"] == "CREATED" and "owner" not in made


def test_cancel_before_anybody_took_it(team):
    made = team.post(JOBS, job())
    cancelled = team.post(f"{JOBS}/{made['id']}/cancel", status=200)
    assert cancelled["jobStatus"] == "CANCELLED" and cancelled["cancelRequested"]["by"]
    again = team.send("POST", f"{JOBS}/{made['id']}/cancel")
    assert again.status_code in (200, 409)
    by_patch = team.post(JOBS, job())
    assert team.patch(f"{JOBS}/{by_patch['id']}", {"jobStatus": "CANCELLED"})["jobStatus"] == "CANCELLED"


def test_a_status_from_somebody_else_is_refused(team):
    made = team.post(JOBS, job())
    answer = team.send("PATCH", f"{JOBS}/{made['id']}", json={"jobStatus": "COMPLETE"})
    assert answer.status_code in (403, 409), answer.text
    assert team.get(f"{JOBS}/{made['id']}")["jobStatus"] == "CREATED"


@pytest.mark.parametrize("body, pointer", [({}, "/"), (job(jobType="MODEL_SOMETHING"), "/jobType"), (job(jobType=5), "/jobType"), (job(inputData={}), "/inputData"), (job(model=7), "/model"), (job(jobTimeout="banana"), "/jobTimeout"),
                                           (job(jobTimeout=-5), "/jobTimeout")])
def test_wrong_jobs(team, body, pointer):
    told = team.refused("POST", JOBS, 400, json=body)
    assert any(error["pointer"].startswith(pointer) for error in told["errors"]), told


def test_a_duplicate_member_is_refused(team):
    text = '{"jobType": "MODEL_BATCH_JOB", "jobParameters": {"--conf": "spark.a=1", "--conf": "spark.b=2"}}'
    answer = team.send("POST", JOBS, data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and "--conf" in answer.text


def test_keys_in_a_posted_job_are_sealed_and_named(server, team):
    made = team.post(JOBS, job(inputData=[{"assetType": "EXTERNAL_FILE", "name": "x.csv", "fileUrl": "s3a://AKIACANARY:canary-url-secret@bucket/x.csv",
                                           "repositoryInfo": {"repositoryType": "S3_REPOSITORY", "accessKey": "AKIACANARY2", "secretKey": "canary-repo-secret"}}]))
    shown = team.send("GET", f"{JOBS}/{made['id']}").text
    assert "canary-url-secret" not in shown and "canary-repo-secret" not in shown and "credentialRef" in shown
    assert any("seal" in message.lower() for message in made.get("jobMessages", []) + made.get("warnings", []))
    stored = server.stored()
    assert b"canary-url-secret" not in stored and b"canary-repo-secret" not in stored


def test_filters_of_jobs(team):
    first, _ = team.post(JOBS, job()), team.post(JOBS, job(jobType="MODEL_BATCH_TEST_JOB"))
    team.post(f"{JOBS}/{first['id']}/cancel", status=200)
    assert [row["id"] for row in team.every("jobs", filter="status:CANCELLED")] == [first["id"]]
    assert len(team.every("jobs", filter="jobType:MODEL_BATCH_TEST_JOB status:CREATED")) == 1
