"""The first day of an installation: the administrator's link, the page behind it, sessions in a browser, and signing out."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.acceptance.client import TIMEOUT_SECONDS
from tests.acceptance.server import Installation, Server, assert_one_sentence

PASSWORD = "correct horse battery"
SIGN_IN = """mutation($email: EmailAddress!, $password: String!) { signIn(input: {email: $email, password: $password}) {
    session { accessToken refreshToken member { email } } errors { __typename message } } }"""


@pytest.fixture(scope="module")
def day(empty_installation: Installation) -> Iterator[Server]:
    with empty_installation.serving() as ready:
        yield ready


@pytest.fixture(scope="module")
def empty_installation(test_databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    url = test_databases.migrated()
    yield Installation(url, tmp_path_factory.mktemp("first_day"))
    test_databases.drop(url)


@pytest.fixture
def browser(day: Server) -> Iterator[httpx.Client]:
    """A client that keeps cookies, as a browser does."""
    with httpx.Client(base_url=day.base, timeout=TIMEOUT_SECONDS) as client:
        yield client


def link_of(day: Server, installation: Installation, *command: str) -> str:
    """Run a command that prints a link; return the path and query of the link at this server."""
    ended = installation.run(*command)
    assert ended.status == 0, ended.log
    return ended.lines[-1].removeprefix("http://127.0.0.1:8000")


def sign_in(browser: httpx.Client, email: str, password: str = PASSWORD) -> dict[str, Any]:
    answer = browser.post("/graphql", json={"query": SIGN_IN, "variables": {"email": email, "password": password}})
    payload: dict[str, Any] = answer.json()["data"]["signIn"]
    return payload


def test_administrator_sets_a_password_by_the_printed_link_and_signs_in(
    day: Server, empty_installation: Installation, browser: httpx.Client
) -> None:
    init = ("init", "--admin-email", "root@vendor.example", "--admin-name", "Rita <Root>")
    link = link_of(day, empty_installation, *init)
    page = browser.get(link)
    assert page.status_code == 200
    assert "Rita &lt;Root&gt;" in page.text
    assert "<script" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    token = link.partition("token=")[2]
    for password, repeated, word in (("short", "short", "12 characters"), (PASSWORD, "other", "differ")):
        wrong = browser.post(link, data={"token": token, "password": password, "repeated": repeated})
        assert (wrong.status_code, word in wrong.text) == (422, True)
    assert browser.post(link, data={"token": token, "password": "x" * 30_000, "repeated": "x"}).status_code == 413
    done = browser.post(link, data={"token": token, "password": PASSWORD, "repeated": PASSWORD})
    assert (done.status_code, "is set" in done.text) == (200, True)
    assert browser.get(link).status_code == 410
    assert browser.get("/invitation?token=made-up").status_code == 410
    assert_one_sentence(empty_installation.run(*init), "e-mail address")
    assert_one_sentence(empty_installation.run("init", "--admin-email", "other@vendor.example"), "administrator already")
    payload = sign_in(browser, "root@vendor.example")
    assert (payload["errors"], payload["session"]["member"]) == ([], {"email": "root@vendor.example"})
    assert sign_in(browser, "root@vendor.example", "wrong horse battery")["errors"][0]["__typename"] == "SignInRefused"


def test_browser_refreshes_by_its_cookie_alone(day: Server, browser: httpx.Client) -> None:
    sign_in(browser, "root@vendor.example")
    (cookie,) = browser.cookies.jar
    assert (cookie.name, cookie.path) == ("gql_leads_refresh", "/auth")
    first = cookie.value
    refreshed = browser.post("/auth/refresh")
    assert refreshed.status_code == 200
    assert re.search(r"HttpOnly; SameSite=Strict", refreshed.headers["set-cookie"])
    assert browser.cookies["gql_leads_refresh"] != first
    viewer = day.stranger(refreshed.json()["accessToken"]).ask("{ viewer { member { email } } }")["viewer"]
    assert viewer == {"member": {"email": "root@vendor.example"}}
    assert browser.post("/auth/refresh", headers={"origin": "https://evil.example"}).status_code == 403
    assert browser.post("/auth/refresh", headers={"origin": day.base}).status_code == 200
    assert browser.get("/auth/refresh").status_code == 405
    assert browser.post("/auth/sign-out").status_code == 204
    assert "gql_leads_refresh" not in browser.cookies
    assert browser.post("/auth/refresh").status_code == 401
    assert day.stranger(refreshed.json()["accessToken"]).post("{ viewer { roles } }").status_code == 401


def test_signing_out_closes_open_sockets(day: Server, browser: httpx.Client) -> None:
    member = day.stranger(sign_in(browser, "root@vendor.example")["session"]["accessToken"])
    with member.socket() as socket:
        socket.subscribe("subscription { newLead { cursor } }")
        began = time.monotonic()
        signed_out = member.ask("mutation { signOut(input: {}) { errors { message } } }")
        assert signed_out == {"signOut": {"errors": []}}
        assert socket.closing_code() == 4403
        assert time.monotonic() - began < TIMEOUT_SECONDS
    assert member.post("{ viewer { roles } }").status_code == 401


def test_commands_print_links_for_members(day: Server, empty_installation: Installation, browser: httpx.Client) -> None:
    assert empty_installation.run("partner", "add", "Acme").status == 0
    who = ("--email", "rep@acme.example", "--name", "Rob", "--role", "SALES_REP")
    link = link_of(day, empty_installation, "member", "invite", *who, "--partner", "Acme", "--language", "FR")
    page = browser.get(link)
    assert 'lang="fr"' in page.text
    token = link.partition("token=")[2]
    assert browser.post(link, data={"token": token, "password": PASSWORD, "repeated": PASSWORD}).status_code == 200
    session = sign_in(browser, "REP@acme.example")["session"]
    assert day.stranger(session["accessToken"]).ask("{ viewer { partner { name } } }") == {"viewer": {"partner": {"name": "Acme"}}}
    assert empty_installation.run("partner", "deactivate", "Acme").status == 0
    assert sign_in(browser, "rep@acme.example")["session"] is None


def test_api_key_reads_changes_until_it_is_revoked(day: Server, empty_installation: Installation) -> None:
    options = ("--name", "CRM", "--role", "CHANNEL_MANAGER", "--as", "root@vendor.example")
    made = empty_installation.run("api-key", "create", *options)
    assert made.status == 0, made.log
    program = day.stranger(made.lines[-1])
    assert program.ask("{ leadChanges { pageInfo { hasNextPage } } }") == {"leadChanges": {"pageInfo": {"hasNextPage": False}}}
    with program.socket() as socket:
        socket.subscribe("subscription { newLead { cursor } }")
        key_id = empty_installation.run("api-key", "list").lines[-1].partition("\t")[0]
        assert empty_installation.run("api-key", "revoke", key_id).status == 0
        assert socket.closing_code() == 4403
    assert program.post("{ viewer { roles } }").status_code == 401
