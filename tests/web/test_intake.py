"""Forms, pushes and web-to-lead posts over HTTP."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.domain.errors import Unavailable
from gql_leads.domain.leads.lead import CallToAction, Lead, LeadSource, LeadType
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake.keys import NewIntakeKey, create_intake_key, revoke_intake_key
from gql_leads.store.models.leads import Lead as StoredLead
from gql_leads.web import intake
from gql_leads.web.intake import IntakeEndpoint, IntakeLimits
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_listing

PAGE = "https://www.acme.example"
THANKS = f"{PAGE}/thanks?from=form"
FORM = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com", "company": "Ānalytical & Co"}
PUSH = {
    "ActionCode": "INS", "OfferTitle": "Unknown offer", "LeadSource": "AzureMarketplace-INS|acme.unknown",
    "UserDetails": {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.com", "Country": "GB", "Company": "Analytical"},
}  # fmt: skip


class Site:
    """The endpoint with one key."""

    def __init__(self, app: AppContext, key: str, key_id: Any, limits: IntakeLimits) -> None:
        self.app = app
        self.key = key
        self.key_id = key_id
        self.starlette = Starlette(routes=IntakeEndpoint(lambda: app, limits).routes())

    async def send(self, path: str = "", method: str = "POST", **options: Any) -> httpx.Response:
        """Send a request to the key's address."""
        transport = httpx.ASGITransport(self.starlette, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
            return await client.request(method, f"/intake/{self.key}{path}", **options)

    async def leads(self) -> list[Lead]:
        """Return all leads, the oldest first."""
        rows = await StoredLead.all(using_db=self.app.database.reading.client).order_by("id")
        return [await load_lead(self.app, row.id) for row in rows]


@pytest.fixture
async def site(app: AppContext, world: World) -> Site:
    wanted = NewIntakeKey(name="x", allowed_origins=[PAGE], thank_you_url=THANKS)
    made = await create_intake_key(app, world.admin, wanted)
    return Site(app, made.secret or "", made.key_id, IntakeLimits(per_minute=1_000, body_size=32_000))


async def test_a_form_of_a_page_leads_to_the_thank_you_page(site: Site) -> None:
    sent = await site.send(data={**FORM, "country": "Francie", "message": "Hello\r\nthere", "contact_me": "on"}, headers={"origin": PAGE})
    assert (sent.status_code, sent.headers["location"], sent.headers["access-control-allow-origin"]) == (303, THANKS, PAGE)
    (lead,) = await site.leads()
    facts = (lead.full_name, lead.email, lead.company, lead.country, lead.message, lead.source)
    assert facts == ("Ada Byron", "ada@example.com", "Ānalytical & Co", "FR", "Hello\nthere", LeadSource.WEB_FORM)
    assert lead.contact_requested_at is not None
    assert lead.consent_to_contact
    again = await site.send(data={**FORM, "country": "Francie", "message": "Hello\r\nthere", "contact_me": "on"}, headers={"origin": PAGE})
    assert (again.status_code, len(await site.leads())) == (303, 1)


async def test_json_is_answered_with_json(site: Site) -> None:
    sent = await site.send(json={"firstName": "Ada", "lastName": "Byron", "email": "not an address", "contactMe": False, "consent": True})
    assert (sent.status_code, sent.json()) == (201, {"status": "received"})
    script = await site.send(data=FORM, headers={"accept": "application/json"})
    assert (script.status_code, script.json()) == (201, {"status": "received"})
    first, second = await site.leads()
    assert (first.email, first.contact_requested_at, first.consent_to_contact) == ("not an address", None, True)
    assert not second.consent_to_contact


async def test_a_filled_trap_is_answered_alike_and_stores_nothing(site: Site) -> None:
    assert (await site.send(data={**FORM, "website": "https://spam.example"})).status_code == 303
    assert (await site.send(json={"lastName": "x", "website": "y"})).status_code == 201
    assert await site.leads() == []


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        ({"data": FORM, "headers": {"origin": "https://evil.example"}}, 403, "evil.example"),
        ({"data": FORM, "headers": {"origin": "null"}}, 403, "Referrer-Policy"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "form"),
        ({"files": {"last_name": (None, "x"), "a": ("a.txt", b"b")}}, 415, "file"),
        ({"content": b"\x1f\x8b", "headers": {"content-type": "application/json", "content-encoding": "gzip"}}, 415, "compression"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "JSON"),
        ({"content": b"[1]", "headers": {"content-type": "application/json"}}, 400, "object"),
        ({"content": b"\xff", "headers": {"content-type": "application/json"}}, 400, "UTF-8"),
        ({"json": {"lastName": ["x"]}}, 422, "last_name"),
        ({"json": {"lastName": "x", "website": ["x"]}}, 422, "website"),
        ({"content": b"last_name=%FF", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400, "UTF-8"),
        ({"content": b"a=b", "headers": {"content-type": "application/x-www-form-urlencoded; charset=klingon"}}, 415, "UTF-8"),
        ({"content": b"a=" + b"b" * 32_000, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 413, "32000"),
        ({"content": b"a&" * 201, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 413, "200"),
        ({"data": {**FORM, "country": "Narnia", "first_name": "x" * 101}}, 422, "country"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_with_a_sentence(site: Site, options: dict[str, Any], status: int, word: str) -> None:
    refused = await site.send(**options)
    assert (refused.status_code, word in refused.json()["error"]) == (status, True), refused.text
    assert await site.leads() == []
    page = await site.send(**{**options, "headers": {**options.get("headers", {}), "accept": "text/html,*/*"}})
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<script" not in page.text


async def test_a_form_of_parts_is_known_by_its_fields(site: Site) -> None:
    parts = {name: (None, text) for name, text in {**FORM, "message": "Hello\r\nthere"}.items()}
    for _ in range(2):  # the boundaries differ
        sent = await site.send(files=parts, headers={"origin": PAGE})
        assert (sent.status_code, sent.headers["location"]) == (303, THANKS)
    assert (await site.send(data={**FORM, "message": "Hello\r\nthere"})).status_code == 303
    (lead,) = await site.leads()
    assert (lead.full_name, lead.company, lead.message) == ("Ada Byron", "Ānalytical & Co", "Hello\nthere")
    assert (await site.send(files={**parts, "website": (None, "spam")})).status_code == 303
    assert (await site.send("/web-to-lead", files={**parts, "company": (None, "Other")})).status_code == 303
    assert [lead.company for lead in await site.leads()] == ["Ānalytical & Co", "Other"]


@pytest.mark.parametrize("path", ["", "/web-to-lead"])
async def test_a_form_without_a_person_is_refused(site: Site, path: str) -> None:
    for fields in ({}, {"company": "Kilo"}, {"last_name": " ", "email": ""}):
        assert (await site.send(path, json=fields)).status_code == 422
    assert await site.leads() == []


async def test_fields_of_a_refused_form_are_named(site: Site) -> None:
    refused = await site.send(data={**FORM, "country": "Narnia", "first_name": "x" * 101})
    assert [error["field"] for error in refused.json()["errors"]] == ["country", "firstName"]


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("last_name=Dvořák&first_name=X".encode("cp1250"), "; charset=windows-1250"),
        (b"_charset_=windows-1250&last_name=Dvo%F8%E1k&first_name=X", ""),
        (b"last_name=Dvo%C5%99%C3%A1k&first_name=X", ""),
    ],
)
async def test_charsets_of_old_pages_are_read(site: Site, body: bytes, charset: str) -> None:
    sent = await site.send(content=body, headers={"content-type": f"application/x-www-form-urlencoded{charset}"})
    assert sent.status_code == 303
    assert [lead.full_name for lead in await site.leads()] == ["X Dvořák"]


async def test_preflight_allows_the_keys_own_origins(site: Site) -> None:
    allowed = await site.send(method="OPTIONS", headers={"origin": PAGE, "access-control-request-method": "POST"})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert allowed.headers["access-control-allow-methods"] == "POST"
    assert allowed.headers["access-control-allow-headers"] == "content-type"
    refused = await site.send(method="OPTIONS", headers={"origin": "https://evil.example", "access-control-request-method": "POST"})
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (403, False)


async def test_other_methods_and_keys(app: AppContext, world: World, site: Site) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert (await site.send(method=method)).status_code == 405
    key, site.key = site.key, "gli_unknown"
    assert [(await site.send(path, json=PUSH)).status_code for path in ("", "/marketplace", "/web-to-lead")] == [404] * 3
    site.key = key
    await revoke_intake_key(app, world.admin, site.key_id)
    assert [(await site.send(path, json=PUSH)).status_code for path in ("", "/marketplace", "/web-to-lead")] == [410] * 3
    assert await site.leads() == []


async def test_one_address_sends_so_much_in_a_minute(app: AppContext, site: Site, clock: Clock) -> None:
    site.starlette = Starlette(routes=IntakeEndpoint(lambda: app, IntakeLimits(per_minute=2, body_size=1_000)).routes())
    statuses = [(await site.send(json={"lastName": str(number)})).status_code for number in range(3)]
    assert statuses == [201, 201, 429]
    refused = await site.send(json={"lastName": "x"})
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    clock.advance(minutes=1)
    assert (await site.send(json={"lastName": "x"})).status_code == 201


async def test_a_push_becomes_a_lead_with_the_title_of_its_offer(site: Site) -> None:
    assert (await site.send("/marketplace", json=PUSH)).status_code == 201
    assert (await site.send("/marketplace", json=PUSH)).status_code == 201
    (lead,) = await site.leads()
    facts = (lead.type, lead.source, lead.call_to_action, lead.listing_name, lead.country, lead.company)
    assert facts == (LeadType.OFFER, LeadSource.AZURE_MARKETPLACE, CallToAction.GET_IT_NOW, "Unknown offer", "GB", "Analytical")


@pytest.mark.parametrize(
    ("source", "code", "expected"),
    [
        ("AzurePortal-Create|a.b", "Create", (LeadSource.AZURE_PORTAL, CallToAction.GET_IT_NOW, False, True)),
        ("SPZA-PLT|a.b", "PLT", (LeadSource.APP_SOURCE, CallToAction.CONTACT_ME, True, True)),
        ("SPZA-DNC|a.b", "DNC", (LeadSource.APP_SOURCE, None, False, False)),
        ("TestDrive-StartTestDrive|a.b", "StartTestDrive", (LeadSource.AZURE_MARKETPLACE, CallToAction.TEST_DRIVE, False, True)),
        ("AzureMarketplace-PLT|a.b", None, (LeadSource.AZURE_MARKETPLACE, CallToAction.CONTACT_ME, True, True)),
        ("AzureMarketplace", "ins", (LeadSource.AZURE_MARKETPLACE, CallToAction.GET_IT_NOW, False, True)),
        (None, "XYZ", (LeadSource.CLOUD_MARKETPLACE, None, False, True)),
    ],
)
async def test_sources_and_actions_of_pushes(site: Site, source: str | None, code: str | None, expected: tuple[Any, ...]) -> None:
    assert (await site.send("/marketplace", json={**PUSH, "LeadSource": source, "ActionCode": code})).status_code == 201
    (lead,) = await site.leads()
    assert (lead.source, lead.call_to_action, lead.contact_requested_at is not None, lead.consent_to_contact) == expected


async def test_a_push_finds_the_listing_of_its_offer(app: AppContext, world: World, site: Site) -> None:
    listing = await make_listing(app, world.acme, "Unknown Offer")
    await site.send("/marketplace", json=PUSH)
    (lead,) = await site.leads()
    assert (lead.listing_id, lead.partner_id) == (listing, world.acme)


async def test_only_a_body_that_is_no_push_is_refused(site: Site) -> None:
    bodies: list[dict[str, Any]] = [{}, {"UserDetails": None}, {"UserDetails": []}, {"UserDetails": {"FirstName": " "}}]
    for body in bodies:
        assert (await site.send("/marketplace", json=body)).status_code == 422
    odd = {
        "userdetails": {"lastname": "x" * 300, "EMAIL": 7, "Country": "Mars", "Phone": {"a": 1}},
        "OfferTitle": "y" * 300,
        "LeadSource": "|",
    }
    assert (await site.send("/marketplace", json=odd)).status_code == 201
    (lead,) = await site.leads()
    assert (lead.last_name, lead.email, lead.listing_name, lead.country) == ("x" * 100, "7", "y" * 200, None)
    assert lead.message == "country: Mars"


async def test_a_web_to_lead_form_of_salesforce(site: Site) -> None:
    fields = {
        "oid": "00D000000000062", "retURL": f"{PAGE}/done", "first_name": "Ada", "last_name": "Byron", "email": "ada@example.com",
        "company": "Analytical", "city": "London", "state": "Surrey", "country_code": "GB", "mobile": "+44 20 7946 0000",
        "description": "Call me", "00N000000000001": "x", "lead_source": "Web",
    }  # fmt: skip
    sent = await site.send("/web-to-lead", data=fields, headers={"origin": PAGE})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}/done")
    (lead,) = await site.leads()
    facts = (lead.full_name, lead.company, lead.city, lead.region, lead.country, lead.phone, lead.message)
    assert facts == ("Ada Byron", "Analytical", "London", "Surrey", "GB", "+442079460000", "Call me")
    for address in ("https://evil.example/", f"{PAGE}.evil.example/", "javascript:alert(1)", f"{PAGE}@evil.example"):
        other = await site.send("/web-to-lead", data={**fields, "retURL": address, "last_name": address[:90]})
        assert other.headers["location"] == THANKS


async def test_without_database_the_sender_is_told_to_repeat(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(intake, "receive", fail)
    refused = await site.send("/marketplace", json=PUSH)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
