"""Sessions in a real browser: which pages may sign in, refresh by the cookie, and sign out."""

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.server import Installation, Server
from tests.browser import Browser, browser, page_server
from tests.databases import Databases

EMAIL = "root@vendor.example"
PASSWORD = "correct horse battery"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }"
OPERATION = {"query": SIGN_IN, "variables": {"input": {"email": EMAIL, "password": PASSWORD}}}


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of another site; its origin at 127.0.0.1 is allowed, and that at localhost is not."""
    with page_server() as port:
        yield port


@pytest.fixture(scope="module")
def server(test_databases: Databases, tmp_path_factory: pytest.TempPathFactory, site: int) -> Iterator[Server]:
    url = test_databases.empty()
    settings = {"environment": "production", "secret": "vN3qW8zTb5KxR1mJ7yLd0cHf4GpUs6Ea"}
    installation = Installation(url, tmp_path_factory.mktemp("browser"), allowed_origins=f"http://127.0.0.1:{site}", **settings)
    with installation.serving() as ready:
        link = installation.run("init", "--admin-email", EMAIL).lines[-1]
        form = "mutation($input: SetPasswordInput!) { setPassword(input: $input) { errors { message } } }"
        done = ready.stranger().ask(form, input={"token": link.partition("token=")[2], "password": PASSWORD})
        assert done == {"setPassword": {"errors": []}}
        yield ready
    test_databases.drop(url)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


def test_a_page_of_an_allowed_origin_keeps_its_session_in_the_cookie(server: Server, site: int, chromium: Browser) -> None:
    chromium.open(f"http://127.0.0.1:{site}/app")
    status, text = chromium.post(f"{server.base}/graphql", OPERATION)
    assert (status, json.loads(text)["data"]["signIn"]["errors"]) == (200, [])
    status, text = chromium.post(f"{server.base}/auth/refresh")
    assert status == 200
    member = server.stranger(json.loads(text)["accessToken"])
    assert member.ask("{ viewer { member { email } } }") == {"viewer": {"member": {"email": EMAIL}}}
    assert chromium.post(f"{server.base}/auth/sign-out")[0] == 204
    assert member.post("{ viewer { roles } }").status_code == 401


def test_a_page_of_another_origin_uses_no_session(server: Server, site: int, chromium: Browser) -> None:
    chromium.open(f"{server.base}/readyz")
    assert chromium.post("/graphql", OPERATION)[0] == 200
    chromium.open(f"http://localhost:{site}/")
    for path in ("/auth/refresh", "/auth/sign-out"):
        assert chromium.post(server.base + path)[0] == 0
    assert chromium.post(f"{server.base}/graphql", OPERATION)[0] == 0
    # A form needs no permission of CORS, and its answer replaces the page.
    form = f"<form method=post action={server.base}/auth/sign-out><button type=submit>Win</button></form>"
    chromium.driver.execute_script("document.body.innerHTML = arguments[0]", form)
    chromium.submit()
    assert "Requests from this origin are not allowed" in chromium.text
    chromium.open(f"{server.base}/readyz")
    assert chromium.post("/auth/refresh")[0] == 200
