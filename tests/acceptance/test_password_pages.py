"""The pages of invitations and password resets in a real browser, on a server as in production."""

import json
import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tests.acceptance.client import TIMEOUT_SECONDS
from tests.acceptance.server import Installation, Server
from tests.browser import Browser, browser
from tests.databases import Databases

ADMIN = "root@vendor.example"
REP = "rep@acme.example"
PASSWORD = "correct horse battery"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }"
SECRET = "vN3qW8zTb5KxR1mJ7yLd0cHf4GpUs6Ea"


@pytest.fixture(scope="module")
def installation(test_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    url = test_databases.empty()
    folder = tmp_path_factory.mktemp("pages")
    yield Installation(url, folder, environment="production", secret=SECRET, mail_folder=str(folder / "mails"))
    test_databases.drop(url)


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving() as ready:
        yield ready


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def without_scripts() -> Iterator[Browser]:
    with browser(scripts=False) as running:
        yield running


@pytest.fixture(params=["scripts", "no scripts"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, without_scripts: Browser) -> Browser:
    """A browser that runs scripts, then one that does not."""
    return chromium if request.param == "scripts" else without_scripts


@pytest.fixture(scope="module")
def links(server: Server, installation: Installation) -> dict[str, str]:
    """The links of the administrator, and of a member who reads French."""
    address = {"public_url": server.base}
    first = installation.run("init", "--admin-email", ADMIN, "--admin-name", "Rita <Root>", **address)
    assert installation.run("partner", "add", "Acme").status == 0
    who = ("--email", REP, "--name", "Rémi Rep", "--role", "SALES_REP", "--partner", "Acme", "--language", "FR")
    second = installation.run("member", "invite", *who, **address)
    assert (first.status, second.status) == (0, 0), first.log + second.log
    return {"scripts": first.lines[-1], "no scripts": second.lines[-1]}


def sign_in(visitor: Browser, server: Server, email: str, password: str = PASSWORD) -> dict[str, Any]:
    """Sign in by a script of a page of the service."""
    visitor.open(f"{server.base}/readyz")
    status, text = visitor.post("/graphql", {"query": SIGN_IN, "variables": {"input": {"email": email, "password": password}}})
    assert status == 200, text
    payload: dict[str, Any] = json.loads(text)["data"]["signIn"]
    return payload


def violations(visitor: Browser) -> list[str]:
    """Return the lines of the console but for those that say that the form was answered with 422 or 410."""
    return [line for line in visitor.console if "the server responded with a status of 4" not in line]


def test_the_member_sets_a_password_by_the_link(visitor: Browser, links: dict[str, str], request: pytest.FixtureRequest) -> None:
    french = request.node.callspec.params["visitor"] == "no scripts"
    link = links["no scripts" if french else "scripts"]
    visitor.open(link)
    assert ("Rémi Rep" if french else "Rita <Root>") in visitor.text
    assert visitor.driver.title == ("Choisissez votre mot de passe" if french else "Set your password")
    first, second = visitor.field("Nouveau" if french else "New password"), visitor.field("Le même" if french else "The same")
    assert first.get_attribute("name") == "password"
    assert second.get_attribute("name") == "repeated"

    visitor.fill(password="short", repeated="short")
    visitor.driver.find_element("css selector", "button[type=submit]").click()
    assert visitor.driver.find_elements("css selector", "input[name=password]:invalid")
    assert visitor.driver.current_url == link

    visitor.fill(password=PASSWORD, repeated="another horse battery")
    visitor.submit()
    assert visitor.alerts == [
        "Les deux mots de passe sont différents. Saisissez deux fois le même." if french else
        "The two passwords differ. Enter the same one twice."
    ]  # fmt: skip
    visitor.fill(password="passwordpassword", repeated="passwordpassword")
    visitor.submit()
    assert len(visitor.alerts) == 1
    assert ("Choisissez un autre" if french else "Choose another password") in visitor.alerts[0]

    visitor.fill(password=PASSWORD, repeated=PASSWORD)
    visitor.submit()
    assert visitor.alerts == []
    assert ("est enregistré" if french else "Your password is set") in visitor.text

    visitor.open(link)
    assert len(visitor.alerts) == 1
    assert ("déjà" if french else "used already") in visitor.alerts[0]
    assert visitor.driver.find_elements("css selector", "input") == []
    assert violations(visitor) == []


def test_the_members_sign_in_with_their_passwords(chromium: Browser, server: Server, links: dict[str, str]) -> None:
    for email in (ADMIN, REP):
        assert sign_in(chromium, server, email)["errors"] == []
        assert chromium.driver.execute_script("return document.cookie") == ""
        status, text = chromium.post("/auth/refresh")
        assert status == 200
        token = json.loads(text)["accessToken"]
        assert server.stranger(token).ask("{ viewer { member { email } } }") == {"viewer": {"member": {"email": email}}}
        assert chromium.post("/auth/sign-out") == (204, "")
        assert chromium.post("/auth/refresh")[0] == 401
    assert sign_in(chromium, server, ADMIN, "wrong horse battery")["errors"] != []


def test_a_forgotten_password_is_replaced_without_scripts(
    without_scripts: Browser, chromium: Browser, server: Server, installation: Installation, links: dict[str, str]
) -> None:
    ask = "mutation($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { errors { message } } }"
    assert server.stranger().ask(ask, email=REP) == {"requestPasswordReset": {"errors": []}}
    without_scripts.open(mailed_link(installation, "/password?token="))
    new = "another horse battery"
    without_scripts.fill(password=new, repeated=new)
    without_scripts.submit()
    assert "est enregistré" in without_scripts.text
    assert sign_in(chromium, server, REP)["session"] is None
    assert sign_in(chromium, server, REP, new)["errors"] == []
    assert violations(without_scripts) == []


def test_a_made_up_link_says_what_to_do(visitor: Browser, server: Server) -> None:
    visitor.open(f"{server.base}/invitation?token=%3Cscript%3Ealert(1)%3C/script%3E")
    assert visitor.alerts == ["This link is not valid. Copy it whole from the mail, or ask for a new one."]
    assert violations(visitor) == []


def test_the_policy_of_the_page_stops_scripts(server: Server) -> None:
    with browser() as visitor:
        visitor.open(f"{server.base}/invitation?token=made-up")
        assert visitor.post("/auth/refresh")[0] == 0
        assert [line for line in violations(visitor) if "Content Security Policy" in line]


def mailed_link(installation: Installation, path: str) -> str:
    """Return the link with this path in a mail, once it is written."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        for file in (installation.folder / "mails").glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=default)
            text = mail.get_body(("plain",))
            if text is not None and (found := re.search(rf"http://\S+{re.escape(path)}[\w-]+", text.get_content())):
                return found[0]
        assert time.monotonic() < deadline, "There is no mail with a link"
        time.sleep(0.1)
