"""While the contact is hidden, no interface returns it: not in the message, the external reference, the history, a file or an alert."""

import csv
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import ContactFields, LeadFields
from gql_leads.domain.listings import SaveBusinessProfile
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, erasure, updates
from gql_leads.services.listings import save_business_profile
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.leads.lists import LeadQuery
from tests.api.conftest import Ask
from tests.api.test_subscriptions import NEW, subscribed
from tests.factories import World
from tests.fixtures import Clock, load_lead, load_viewer, make_lead, wait_for_event_log

MESSAGE: Final = "Ask for APARNA, or bosu; 06 12 34 56 78, aparna@contoso.example. We need 250 seats."
MASKED: Final = "Ask for [hidden], or [hidden]; [hidden], [hidden]. We need 250 seats."
READ: Final = """
    query($id: ID!) {
      lead(id: $id) { contactHidden message externalReference timeline { nodes { changes { field from to } } } }
      node(id: $id) { ... on Lead { message externalReference } }
      leads { nodes { id message externalReference } }
      leadBoard { columns { leads { nodes { id message externalReference } } } }
      leadChanges { nodes { leadId lead { message externalReference } } } }
"""


async def shown(app: AppContext, ask: Ask, who: Any, lead: UUID) -> tuple[str | None, str | None]:
    """Return message and external reference, after checking that every interface shows the same."""
    wanted = encode_id("Lead", lead)
    await wait_for_event_log(app)
    found = await ask(who, READ, id=wanted)
    everywhere = [found["lead"], found["node"], *(one["lead"] for one in found["leadChanges"]["nodes"] if one["lead"])]
    lists = [found["leads"]["nodes"], *(column["leads"]["nodes"] for column in found["leadBoard"]["columns"])]
    everywhere += [one for listed in lists for one in listed if one["id"] == wanted]
    texts = {(one["message"], one["externalReference"]) for one in everywhere}
    ((message, reference),) = texts
    (row,) = [one for one in await exported(app, who) if one["Reference"] == (await load_lead(app, lead)).reference]
    assert (row["Message"], row["ExternalReference"]) == (message or "", reference or "")
    changes = [change for entry in found["lead"]["timeline"]["nodes"] for change in entry["changes"] if change["field"] == "message"]
    assert all((change["from"] is None and change["to"] is None) == (message != MESSAGE) for change in changes)
    return message, reference


async def exported(app: AppContext, who: Any) -> list[dict[str, str]]:
    """Return the rows of the viewer's export."""
    text = b"".join([part async for part in csv_of(app.reader(await load_viewer(app, who)), LeadQuery())]).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


async def test_the_message_is_masked_while_the_contact_is_hidden(app: AppContext, world: World, clock: Clock, ask: Ask) -> None:
    sent = {"sender_id": world.rival_admin.member_id, "sender_partner_id": world.globex}
    lead = await make_lead(app, message=MESSAGE, external_reference="ORDER-1", phone="+33612345678", **sent)
    for who in (world.rep, world.rival):
        assert await shown(app, ask, who, lead) == (MASKED, None)
    for who in (world.channel, world.admin):
        assert await shown(app, ask, who, lead) == (MESSAGE, "ORDER-1")
    await claims.claim_lead(app, world.rep, lead)
    for who in (world.rep, world.rival, world.channel):
        assert await shown(app, ask, who, lead) == (MESSAGE, "ORDER-1")

    # What the partner writes, and the names before its corrections, are masked after the release.
    renamed = LeadFields(contact=ContactFields(first_name="Apu", last_name="Bose"), message="Apu Bose")
    await updates.update_lead(app, world.rep, lead, renamed)
    await updates.update_lead(app, world.rep, lead, LeadFields(message=MESSAGE, contact=ContactFields(phone="+33 6 99 99 99 99")))
    assert await shown(app, ask, world.rep, lead) == (MESSAGE, "ORDER-1")
    await claims.release_lead(app, world.rep, lead)
    for who in (world.rep, world.rival):
        assert await shown(app, ask, who, lead) == (MASKED, None)
    assert await shown(app, ask, world.channel, lead) == (MESSAGE, "ORDER-1")

    await claims.claim_lead(app, world.rep, lead)
    clock.advance(days=15)
    await scheduled_jobs.run_due_jobs(app)
    for who in (world.rep, world.rival, world.channel, world.admin):
        assert await shown(app, ask, who, lead) == (MASKED, None)
    await erasure.erase_lead_contact(app, world.admin, lead)
    for who in (world.rep, world.rival, world.channel, world.admin):
        assert await shown(app, ask, who, lead) == (None, None)


async def test_alerts_of_a_waiting_lead_mask_the_message(app: AppContext, world: World, ask: Ask) -> None:
    now = (await ask(world.rep, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    await make_lead(app, message=MESSAGE, external_reference="ORDER-1", phone="+33612345678")
    for who, expected in ((world.rep, (MASKED, None)), (world.channel, (MESSAGE, "ORDER-1"))):
        document = NEW.replace("lead { id company }", "lead { message externalReference }")
        async with subscribed(app, who, document, after=now) as stream:
            alert = (await stream.next())["lead"]
            assert (alert["message"], alert["externalReference"]) == expected


@pytest.mark.parametrize("keyword", ["Bosu", "aparna", "contoso.example", "06 12 34 56 78"])
async def test_keywords_of_a_profile_find_nothing_in_masked_texts(app: AppContext, world: World, ask: Ask, keyword: str) -> None:
    keywords = [keyword, "seats"]
    await save_business_profile(app, world.profiles, SaveBusinessProfile(location="Lyon", keywords=keywords))
    await make_lead(app, message=MESSAGE, company=None)
    (found,) = (await ask(world.rep, "{ recommendedLeads { reason } }"))["recommendedLeads"]
    assert found["reason"] == "It speaks of “seats”, as your profiles do."
