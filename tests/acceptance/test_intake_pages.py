"""Forms and scripts of pages of other origins in a real browser send leads, if their origin is the key's."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.acceptance.client import Member
from tests.acceptance.server import Installation, Server
from tests.browser import Browser, browser, page_server

THANKS: Final = "<!doctype html><title>Thanks</title><p>Thank you.</p>"
HIDING: Final = ("no-referrer", "same-origin")
"""Referrer policies with which a browser sends `Origin: null`."""
SCRIPTED: Final = """
const [url, type, fields, done] = arguments;
const data = new FormData();
for (const name in fields) data.append(name, fields[name]);
const json = {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(fields)};
fetch(url, type === "json" ? json : {method: "POST", headers: {accept: "application/json"}, body: data})
  .then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]));
"""
LEADS: Final = "query ($search: String!) { leads(search: $search) { nodes { company message source isHot } } }"


class Site:
    """A web site of another origin than the service's, with the form that the command prints, and its key."""

    def __init__(self, installation: Installation, server: Server, pages: dict[str, str], port: int) -> None:
        self.server = server
        self.pages = pages
        self.origin, self.other_origin = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
        created = installation.run(
            "intake-key", "create", "--name", "Site", "--as", "admin@vendor.example", "--origin", self.origin,
            "--thank-you", f"{self.origin}/thanks?from=form",
        )  # fmt: skip
        self.address = f"{server.base}/intake/{created.lines[-1]}"
        printed = installation.run("intake-key", "snippet", created.lines[-1], public_url=server.base)
        assert printed.status == 0, printed.log
        pages["/contact"] = f"<!doctype html><title>Contact</title>{printed.out.decode()}"
        for policy in HIDING:
            pages[f"/{policy}"] = pages["/contact"].replace("<title>", f'<meta name="referrer" content="{policy}"><title>')

    def leads(self, search: str) -> list[dict[str, Any]]:
        """Return the leads that an administrator finds."""
        vendor: Member = self.server.member("admin@vendor.example")
        return list(vendor.ask(LEADS, search=search)["leads"]["nodes"])


@pytest.fixture(scope="module")
def site(installation: Installation, server: Server) -> Iterator[Site]:
    pages: dict[str, str] = {}
    with page_server(THANKS, pages) as port:
        yield Site(installation, server, pages, port)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


def test_the_printed_form_makes_a_lead_and_leads_to_the_thank_you_page(chromium: Browser, site: Site) -> None:
    chromium.open(f"{site.origin}/contact")
    assert not chromium.driver.find_element("name", "website").is_displayed()
    texts = {"first_name": "Zoë", "last_name": "Novák", "email": "zoe@engine.example", "company": "Ścieżka & Söhne", "country": "CZ"}
    chromium.fill(**texts, phone="+420 601 123 456", message="První řádek\nДруга строка 🚀")
    chromium.driver.find_element("name", "contact_me").click()
    chromium.submit()
    assert chromium.driver.current_url == f"{site.origin}/thanks?from=form"
    assert chromium.text == "Thank you."
    (lead,) = site.leads("zoe@engine.example")
    assert (lead["company"], lead["message"], lead["source"]) == ("Ścieżka & Söhne", "První řádek\nДруга строка 🚀", "WEB_FORM")
    assert lead["isHot"]


def test_the_form_of_another_origin_is_refused_with_a_page(chromium: Browser, site: Site) -> None:
    hiding = [(f"{site.origin}/{policy}", "Referrer-Policy") for policy in HIDING]
    for address, word in ((f"{site.other_origin}/contact", site.other_origin), *hiding):
        chromium.open(address)
        chromium.fill(last_name="Refused", email="refused@engine.example")
        chromium.submit()
        assert chromium.driver.current_url == site.address
        assert word in chromium.text
    assert site.leads("refused@engine.example") == []


@pytest.mark.parametrize("kind", ["json", "parts"])
def test_a_script_of_the_keys_origin_alone_sends_leads(chromium: Browser, site: Site, kind: str) -> None:
    fields = {"last_name": "Script", "email": f"{kind}@engine.example", "company": f"Łódź {kind}"}
    chromium.open(f"{site.origin}/empty")
    assert chromium.driver.execute_async_script(SCRIPTED, site.address, kind, fields) == [201, '{"status":"received"}']
    assert [lead["company"] for lead in site.leads(fields["email"])] == [f"Łódź {kind}"]
    chromium.open(f"{site.other_origin}/empty")
    status, _ = chromium.driver.execute_async_script(SCRIPTED, site.address, kind, fields | {"email": f"other-{kind}@engine.example"})
    assert status == 0
    assert any("blocked by CORS policy" in line for line in chromium.console)
    assert site.leads(f"other-{kind}@engine.example") == []


def test_a_script_reads_what_is_wrong(chromium: Browser, site: Site) -> None:
    chromium.open(f"{site.origin}/empty")
    status, text = chromium.driver.execute_async_script(SCRIPTED, site.address, "json", {"last_name": "x", "country": "Narnia"})
    assert (status, '"field":"country"' in text) == (422, True)
