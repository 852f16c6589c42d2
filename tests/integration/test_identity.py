"""Tokens, sessions, users, clients, and what groups may see."""
import uuid

import pytest
import requests

from sandbox.rest import MODEL_MANAGE, Rest, problem
from sandbox.server import PASSWORD

TOKEN, SESSION = "/gocli/token", "/gocli/session"
MODELS = f"{MODEL_MANAGE}/storedModels"


def take(url: str, **form) -> requests.Response:
    return Rest(url).send("POST", TOKEN, data=form)


def test_password_grant(server):
    answer = take(server.url, username="admin", password=PASSWORD)
    body = answer.json()
    assert answer.status_code == 200 and body["token_type"] == "bearer" and body["expires_in"] == 3600 and body["refresh_token"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_pairs_look_alike(server):
    wrong, unknown = take(server.url, username="admin", password="nope"), take(server.url, username=f"nobody-{uuid.uuid4()}", password="nope")
    first, second = problem(wrong, 401), problem(unknown, 401)
    assert (first["code"], first["detail"]) == (second["code"], second["detail"])


@pytest.mark.parametrize("form", [{}, {"username": "admin"}, {"grant_type": "magic"}, {"grant_type": "refresh_token"}, {"grant_type": "client_credentials"}])
def test_incomplete_forms(server, form):
    assert take(server.url, **form).status_code in (400, 401)


def test_refresh_rotates_and_is_good_once(server):
    first = take(server.url, username="admin", password=PASSWORD).json()
    second = take(server.url, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200 and second.json()["refresh_token"] != first["refresh_token"]
    person = Rest(server.url, second.json()["access_token"])
    assert person.get(SESSION)["username"] == "admin"
    problem(take(server.url, grant_type="refresh_token", refresh_token=first["refresh_token"]), 401)
    person.refused("GET", SESSION, 401)  # one of the two who hold it has stolen it: both are out


def test_client_credentials(admin, server, group_of):
    group = group_of()
    made = admin.post(f"{MODEL_MANAGE}/clients", {"clientId": f"nightly-{uuid.uuid4().hex[:6]}", "groups": [group]})
    form = {"grant_type": "client_credentials", "client_id": made["clientId"], "client_secret": made["clientSecret"]}
    by_form = take(server.url, **form)
    by_basic = requests.post(server.url + TOKEN, data={"grant_type": "client_credentials"}, auth=(made["clientId"], made["clientSecret"]), timeout=20)
    assert by_form.status_code == by_basic.status_code == 200
    machine = Rest(server.url, by_form.json()["access_token"])
    assert machine.new_model()["group"] == group
    assert "clientSecret" not in admin.get(f"{MODEL_MANAGE}/clients/{made['id']}"), "the secret is shown once"
    admin.patch(f"{MODEL_MANAGE}/clients/{made['id']}", {"disabled": True})
    assert machine.send("GET", MODELS).status_code == 401
    assert take(server.url, **form).status_code == 401


@pytest.mark.parametrize("header", ["Bearer nope", "Bearer ", "Basic YWRtaW46eA==", "bearer", "Bearer " + "x" * 5000, "Bearer a b c"])
def test_no_or_wrong_token(server, header):
    answer = Rest(server.url).send("GET", MODELS, headers={"Authorization": header})
    assert problem(answer, 401)["code"] in ("UNAUTHENTICATED", "TOKEN_INVALID")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_sign_out_revokes_the_token(server):
    person = Rest.sign_in(server.url, "admin", PASSWORD)
    person.delete(SESSION)
    person.refused("GET", MODELS, 401)


def test_sign_in_is_limited(make_server):
    server = make_server()
    answers = [take(server.url, username="admin", password=f"wrong-{number}") for number in range(40)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited and {answer.status_code for answer in answers} == {401, 429}
    problem(limited[-1], 429, "TOO_MANY_ATTEMPTS")
    assert int(limited[-1].headers["Retry-After"]) > 0
    log = server.log()
    assert not any(f"wrong-{number}" in log for number in range(40))


def browser(url: str, username: str = "admin", password: str = PASSWORD) -> tuple[requests.Session, str]:
    """A session as the page has it, and its CSRF token."""
    page = requests.Session()
    answer = page.post(url + SESSION, json={"username": username, "password": password}, timeout=20)
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie and "Path=/" in cookie
    return page, answer.json()["csrfToken"]


def test_session_cookie_and_csrf(server):
    page, csrf = browser(server.url)
    assert page.get(server.url + SESSION, timeout=5).json()["csrfToken"] == csrf
    assert page.get(server.url + MODELS, timeout=5).status_code == 200
    body = {"modelMetaData": {"name": "by page"}}
    for headers in ({}, {"X-CSRF-Token": "wrong"}):
        problem(page.post(server.url + MODELS, json=body, headers=headers, timeout=5), 403)
    made = page.post(server.url + MODELS, json=body, headers={"X-CSRF-Token": csrf}, timeout=5)
    assert made.status_code == 201
    assert page.delete(server.url + SESSION, headers={"X-CSRF-Token": csrf}, timeout=5).status_code == 204
    assert page.get(server.url + MODELS, timeout=5).status_code == 401


def test_the_cookie_ends_on_the_server_too(server):
    page, csrf = browser(server.url)
    stolen = page.cookies.get_dict()
    page.delete(server.url + SESSION, headers={"X-CSRF-Token": csrf}, timeout=5)
    assert requests.get(server.url + MODELS, cookies=stolen, timeout=5).status_code == 401


def test_groups_hide_what_is_not_theirs(admin, team, group_of):
    mine = team.new_model()
    other = admin.new_user([group_of()])
    other.refused("GET", f"{MODELS}/{mine['id']}", 404, "NOT_FOUND")
    other.refused("PATCH", f"{MODELS}/{mine['id']}", 404, json={"modelMetaData": {"description": "x"}})
    other.refused("DELETE", f"{MODELS}/{mine['id']}", 404)
    assert other.every("storedModels") == []
    assert other.every("auditRecords/search/findAuditRecordsByStoredModelId", storedModelId=mine["id"]) == []
    answer = other.send("POST", f"{MODEL_MANAGE}/deployableModels", json={"storedModel": {"id": mine["id"]}})
    assert answer.status_code in (400, 404), "nobody may copy what they cannot see"
    other.refused("POST", MODELS, 403, json={"modelMetaData": {"name": "x"}, "group": team.group})
    assert admin.get(f"{MODELS}/{mine['id']}")["group"] == team.group


def test_nobody_without_groups(admin):
    lonely = admin.new_user([])
    assert lonely.every("storedModels") == []
    lonely.refused("POST", MODELS, 403, json={"modelMetaData": {"name": "x"}})


def test_an_object_cannot_be_moved_into_a_foreign_group(team, group_of):
    model = team.new_model()
    answer = team.send("PATCH", f"{MODELS}/{model['id']}", json={"group": group_of()})
    assert answer.status_code == 403
    assert team.get(f"{MODELS}/{model['id']}")["group"] == team.group


def test_an_administrator_without_a_group_writes_to_the_default(admin):
    assert admin.new_model()["group"] == "modelop"


def test_users(admin, server):
    name = f"ana-{uuid.uuid4().hex[:6]}"
    made = admin.post(f"{MODEL_MANAGE}/users", {"username": name, "password": "first-password-1", "groups": ["risk"]})
    assert "password" not in made and made["groups"] == ["risk"]
    admin.refused("POST", f"{MODEL_MANAGE}/users", 409, json={"username": name, "password": "other-password-1"})
    admin.refused("POST", f"{MODEL_MANAGE}/users", 400, json={"username": f"{name}-2", "password": "short"})
    person = Rest.sign_in(server.url, name, "first-password-1")
    for path in (f"{MODEL_MANAGE}/users", f"{MODEL_MANAGE}/clients", "/actuator/tasks", "/actuator/loggers"):
        person.refused("GET", path, 403, "FORBIDDEN")
    person.refused("POST", f"{MODEL_MANAGE}/users", 403, json={"username": f"{name}-3", "password": "other-password-1", "admin": True})
    admin.patch(f"{MODEL_MANAGE}/users/{made['id']}", {"password": "second-password-2"})
    assert take(server.url, username=name, password="first-password-1").status_code == 401
    assert person.send("GET", MODELS).status_code == 401, "a new password ends all sessions"
    Rest.sign_in(server.url, name, "second-password-2")
    admin.delete(f"{MODEL_MANAGE}/users/{made['id']}")
    assert take(server.url, username=name, password="second-password-2").status_code == 401


def test_the_last_administrator_stays(make_server):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    only = admin.every("users")[0]
    for change in ({"admin": False}, {"disabled": True}):
        admin.refused("PATCH", f"{MODEL_MANAGE}/users/{only['id']}", 409, json=change)
    admin.refused("DELETE", f"{MODEL_MANAGE}/users/{only['id']}", 409)
    assert admin.get(SESSION)["admin"] is True


def test_secrets_of_people_are_nowhere(server, admin, tmp_path):
    name = f"eve-{uuid.uuid4().hex[:6]}"
    made = admin.post(f"{MODEL_MANAGE}/users", {"username": name, "password": "canary-user-password"}, headers={"Idempotency-Key": str(uuid.uuid4())})
    client = admin.post(f"{MODEL_MANAGE}/clients", {"clientId": f"bot-{uuid.uuid4().hex[:6]}"}, headers={"Idempotency-Key": str(uuid.uuid4())})
    token = take(server.url, username=name, password="canary-user-password").json()
    stored, log = server.stored(), server.log()
    for secret in ("canary-user-password", client["clientSecret"], token["access_token"], token["refresh_token"]):
        assert secret.encode() not in stored and secret not in log
    records = str(admin.every("auditRecords", filter=f"entityId:{made['id']}"))
    assert "canary-user-password" not in records
