"""The page's sign-in at a real Keycloak: by code, by groups, renewed in silence, out at the provider, and out where an account was disabled."""
from __future__ import annotations

import time

from integration.oidc.people import MODELS, bearer, session_of
from sandbox.keycloak import Browser, password_of, settings
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest, problem
from sandbox.server import Slipway


def test_a_person_signs_in_on_the_page(company, keycloak):
    browser = Browser()
    assert session_of(browser, company).status_code == 401
    end = browser.sign_in(company.url, "sam", "#/jobs")
    assert end.status_code == 200 and browser.seen[-1].endswith("/#/jobs") and "<html" in end.text
    session = session_of(browser, company).json()
    assert (session["username"], session["groups"], session["admin"], session["mode"]) == ("sam", ["modelop"], False, "oauth2")
    ours = [cookie for cookie in browser.http.cookies if cookie.name.startswith("slipway")]
    assert [cookie.name for cookie in ours] == ["slipway_session"]
    assert len(ours[0].value) < 64 and ours[0].value.startswith("sws_"), "the cookie holds no token"
    model = {"modelMetaData": {"name": "by-page", "type": "PYSPARK"}}
    assert browser.http.post(company.url + MODELS, json=model, timeout=30).status_code == 403, "no CSRF token"
    made = browser.http.post(company.url + MODELS, json=model, headers={"X-CSRF-Token": session["csrfToken"]}, timeout=30)
    assert made.status_code == 201 and made.json()["createdBy"] == "sam" and made.json()["group"] == "modelop"


def test_a_wrong_password_stays_at_the_provider(company, keycloak):
    browser = Browser()
    page = browser.fill(browser.go(f"{company.url}/gocli/login/start"), username="sam", password="wrong")
    assert page.url.startswith(keycloak.url) and session_of(browser, company).status_code == 401


def test_a_code_is_good_in_the_browser_that_began(company, keycloak):
    """A link with somebody's code signs nobody else in."""
    victim, thief = Browser(), Browser()
    thief.go(f"{company.url}/gocli/login/start")
    victim.sign_in(company.url, "sam")
    link = next(url for url in victim.seen if "/gocli/login/callback" in url)
    end = thief.go(link)
    assert "signIn=SIGN_IN_EXPIRED" in thief.seen[-1] and end.status_code == 200
    assert session_of(thief, company).status_code == 401


def test_signing_out_ends_the_session_at_the_provider_too(company, keycloak):
    browser = Browser()
    browser.sign_in(company.url, "ada")
    csrf = session_of(browser, company).json()["csrfToken"]
    again = Browser()
    again.http.cookies.update({cookie.name: cookie.value for cookie in browser.http.cookies if not cookie.name.startswith("slipway")})
    out = browser.http.delete(f"{company.url}/gocli/session", headers={"X-CSRF-Token": csrf}, timeout=30)
    assert out.status_code == 200 and session_of(browser, company).status_code == 401
    assert browser.go(out.json()["signOutUrl"]).status_code == 200
    assert browser.seen[-1].startswith(company.url), "and back at the page, without a question"
    form = browser.go(f"{company.url}/gocli/login/start")
    assert form.url.startswith(keycloak.url) and "password" in form.text, "the provider asks who it is"


def test_groups_decide_what_is_seen(company, keycloak):
    sam, eve, root, ada = (bearer(company, keycloak, name) for name in ("sam", "eve", "root", "ada"))
    model = sam.new_model()
    assert model["group"] == "modelop" and ada.get(f"{MODELS}/{model['id']}")["id"] == model["id"]
    eve.refused("GET", f"{MODELS}/{model['id']}", 404)
    eve.refused("PATCH", f"{MODELS}/{model['id']}", 404, json={"tags": []})
    assert eve.get(MODELS)["page"]["totalElements"] == 0
    eve.refused("GET", f"{MODEL_MANAGE}/users", 403, "FORBIDDEN")
    assert root.get(f"{MODELS}/{model['id']}")["id"] == model["id"] and root.get("/gocli/session")["admin"] is True
    root.refused("POST", f"{MODEL_MANAGE}/users", 403, "AT_THE_PROVIDER", json={"username": "x", "password": "long enough"})


def test_a_person_in_three_hundred_groups(company, keycloak):
    many = bearer(company, keycloak, "many")
    assert len(many.token) > 5000
    assert len(many.get("/gocli/session")["groups"]) == 301 and many.new_model(group="team-299")["group"] == "team-299"

    def groups() -> list | None:
        """Of a new session; none while a busy provider takes longer than it is given."""
        browser = Browser()
        browser.sign_in(company.url, "many")
        return session_of(browser, company).json().get("groups")
    assert len(wait_until(groups, "the person is signed in", 90)) == 301


def test_a_disabled_account_is_out_within_a_minute(company, asking, keycloak):
    """On the page, and where the provider is asked about each token also whoever has one."""
    script, other = bearer(asking, keycloak, "dan"), bearer(asking, keycloak, "sam")
    assert script.send("GET", MODELS).status_code == 200
    browser = Browser()
    browser.sign_in(company.url, "dan")
    assert session_of(browser, company).status_code == 200
    stream = browser.http.get(f"{company.url}{MODEL_MANAGE}/events", stream=True, timeout=90)
    try:
        keycloak.enable("dan", False)
        begin = time.monotonic()
        wait_until(lambda: session_of(browser, company).status_code == 401, "the person is out", 60, every=1)
        for _ in stream.iter_content(1024):
            pass
        assert time.monotonic() - begin < 60, "the stream of events ends as well"
        wait_until(lambda: script.send("GET", MODELS).status_code == 401, "the script is out", 60 - (time.monotonic() - begin), every=1)
        assert "no longer good" in problem(script.send("GET", MODELS), 401, "TOKEN_INVALID")["detail"], "it did not merely end"
        assert other.send("GET", MODELS).status_code == 200
        problem(Rest(company.url).send("POST", "/gocli/token", data={"username": "dan", "password": password_of("dan")}), 401, "SIGN_IN_FAILED")
    finally:
        stream.close()
        keycloak.enable("dan", True)
    assert session_of(browser, company).status_code == 401, "what has ended does not come back"


def test_sessions_are_renewed_in_silence_and_survive_a_restart(keycloak, tmp_path):
    """Keycloak says when it was last asked about the person; nobody asks but our server."""
    server = Slipway(tmp_path, config={"security": settings(keycloak, recheckInterval="1s")}, password=None).start()
    person = keycloak.admin("GET", "/users?exact=true&username=sam").json()[0]["id"]

    def sessions() -> dict[str, int]:
        return {session["id"]: session["lastAccess"] for session in keycloak.admin("GET", f"/users/{person}/sessions").json()}

    def renewed() -> bool:
        assert session_of(browser, server).json()["username"] == "sam" and browser.http.cookies["slipway_session"] == cookie
        return sessions()[own] > before

    try:
        others, browser = sessions(), Browser()
        browser.sign_in(server.url, "sam")
        cookie = browser.http.cookies["slipway_session"]
        [own] = sessions().keys() - others.keys()
        server.stop()
        server.restart()
        before = sessions()[own]
        wait_until(renewed, "the session is renewed", 15, every=0.5)
    finally:
        server.stop()
