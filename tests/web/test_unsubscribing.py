"""The link with which recipients of mails unsubscribe."""

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.domain.members import EmailFrequency
from gql_leads.domain.rules import SignInRules
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.unsubscribing import address_hash, unsubscribe_address
from gql_leads.services.sign_in.credentials import Credentials
from gql_leads.store.organization.notification_settings import read_settings
from gql_leads.store.outbox import mails
from gql_leads.web import unsubscribing
from tests.factories import World


async def ask(app: AppContext, link: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=unsubscribing.routes(lambda: app)))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
        return await client.request(method, link.removeprefix(app.public_url))


async def test_only_a_post_unsubscribes_a_member(app: AppContext, world: World) -> None:
    link = unsubscribe_address(app, world.rep.member_id, None)
    page = await ask(app, link)
    assert (page.status_code, "<form" in page.text, "<script" in page.text) == (200, True, False)
    assert (await read_settings(app.database.reading, world.rep.member_id)).email_frequency is EmailFrequency.AUTOMATIC
    assert (await ask(app, link, "POST")).status_code == 200
    assert (await ask(app, link, "POST")).status_code == 200
    assert (await read_settings(app.database.reading, world.rep.member_id)).email_frequency is EmailFrequency.NONE
    assert (await read_settings(app.database.reading, world.colleague.member_id)).email_frequency is EmailFrequency.AUTOMATIC


async def test_an_address_is_remembered_as_a_hash(app: AppContext, world: World) -> None:
    link = unsubscribe_address(app, None, "Sales@acme.example")
    assert "acme" not in link
    assert (await ask(app, link, "POST")).status_code == 200
    hashes = [address_hash(address) for address in ("sales@ACME.example", "other@acme.example")]
    assert await mails.opted_out(app.database.reading, hashes) == {hashes[0]}


async def test_unsubscribed_address_stays_so_when_the_secret_is_replaced(app: AppContext, world: World) -> None:
    await ask(app, unsubscribe_address(app, None, "sales@acme.example"), "POST")
    rotated = replace(app, credentials=Credentials.of((b"another secret of thirty-two bytes",), SignInRules()))
    await ask(rotated, unsubscribe_address(rotated, None, "other@acme.example"), "POST")
    hashes = [address_hash(address) for address in ("sales@acme.example", "other@acme.example")]
    assert await mails.opted_out(rotated.database.reading, hashes) == set(hashes)


@pytest.mark.parametrize("change", ["token", "recipient", "none"])
async def test_changed_links_are_refused(app: AppContext, world: World, change: str) -> None:
    link, other = (unsubscribe_address(app, who.member_id, None) for who in (world.rep, world.rival))
    wrong = {
        "token": f"{link[:-1]}{'0' if link[-1] != '0' else '1'}",
        "recipient": f"{other.partition('&')[0]}&{link.partition('&')[2]}",
        "none": f"{app.public_url}/unsubscribe",
    }[change]
    for method in ("GET", "POST"):
        assert (await ask(app, wrong, method)).status_code == 403
    assert (await read_settings(app.database.reading, world.rival.member_id)).email_frequency is EmailFrequency.AUTOMATIC
