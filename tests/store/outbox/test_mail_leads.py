"""What a mail tells of leads, by who reads it and when."""

from typing import Any

from gql_leads.domain.leads.lead import CloseReason
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.deletion import delete_lead
from gql_leads.services.leads.erasure import erase_lead_contact
from gql_leads.services.leads.responses import decline_lead
from gql_leads.store.outbox.mail_leads import for_customer, for_member, for_partner
from tests.factories import World
from tests.fixtures import make_lead


async def test_members_and_partners_read_the_leads_that_they_have(app: AppContext, world: World) -> None:
    own, foreign = await make_lead(app, partner=world.acme, company="Kilo"), await make_lead(app, partner=world.globex)
    reading, ids = app.database.reading, [own, foreign]
    (lead,) = await for_member(reading, world.rep, ids)
    assert (lead.id, lead.company, lead.partner) == (own, "Kilo", "Acme Cloud")
    assert [lead.id for lead in await for_member(reading, world.admin, ids)] == ids
    assert [lead.id for lead in await for_partner(reading, world.globex, ids)] == [foreign]
    await delete_lead(app, world.referrals, own)
    assert await for_partner(reading, world.acme, ids) == await for_member(reading, world.rep, ids) == []


async def test_only_the_customer_of_a_declined_lead_is_read(app: AppContext, world: World) -> None:
    facts: dict[str, Any] = {"partner": world.acme, "first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}
    lead, refusing = await make_lead(app, **facts), await make_lead(app, **facts, consent_to_contact=False)
    assert await for_customer(app.database.reading, lead) is None
    for one in (lead, refusing):
        await decline_lead(app, world.rep, one, CloseReason.OTHER, None)
    assert await for_customer(app.database.reading, refusing) is None
    found = await for_customer(app.database.reading, lead)
    assert found is not None
    assert found[1:] == ("Ada Byron", "ada@example.com")
    await erase_lead_contact(app, world.referrals, lead)
    assert await for_customer(app.database.reading, lead) is None
