"""Creation, changes and deactivation of partners."""

import asyncio
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Assignee, DealFields, SavePartner
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadStage, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, responses
from gql_leads.services.leads.assignments import assign_lead
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.partners import release_claims_of_inactive_partners, save_partner
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.events import event_log
from gql_leads.store.organization import directory
from tests.factories import World
from tests.fixtures import START, claim_counters, lead_events, load_lead, make_lead, timeline_kinds, wait_for_event_log
from tests.services.refusing import fields_at_fault, refused


async def test_administrator_creates_and_changes_a_partner(app: AppContext, world: World) -> None:
    partner_id = await save_partner(app, world.admin, SavePartner(name="  Hooli ", country="FR"))
    assert await directory.partner_named(app.database.reading, "hooli") == partner_id
    await save_partner(app, world.admin, SavePartner(partner_id=partner_id, name="Hooli GmbH", country=None))
    (row,) = [one for one in await directory.partners(app.database.reading) if one.id == partner_id]
    assert (row.name, row.country, row.is_active) == ("Hooli GmbH", None, True)


async def test_only_administrators_save_partners(app: AppContext, world: World) -> None:
    for who in set(world.everybody) - {world.admin}:
        assert isinstance(await refused(app, save_partner(app, who, SavePartner(name="Hooli"))), NotPermitted)
        assert isinstance(await refused(app, save_partner(app, who, SavePartner(partner_id=world.acme, is_active=False))), NotPermitted)


async def test_invalid_partners_are_refused(app: AppContext, world: World) -> None:
    for wanted, fields in (
        (SavePartner(), [("name",)]),
        (SavePartner(name="\u200b\u3164"), [("name",)]),
        (SavePartner(name="x" * 201, country="XX"), [("name",), ("country",)]),
        (SavePartner(name="Ho\noli"), [("name",)]),
        (SavePartner(name="ACME cloud"), [("name",)]),
        (SavePartner(partner_id=world.globex, name="Acme Cloud"), [("name",)]),
        (SavePartner(partner_id=world.globex, name=None, is_active=None), [("name",), ("isActive",)]),
    ):
        assert await fields_at_fault(app, save_partner(app, world.admin, wanted)) == fields
    assert isinstance(await refused(app, save_partner(app, world.admin, SavePartner(partner_id=uuid7(), name="x"))), NotFound)


async def test_same_name_keeps_its_partner(app: AppContext, world: World) -> None:
    assert await save_partner(app, world.admin, SavePartner(partner_id=world.acme, name="Acme CLOUD")) == world.acme


async def test_repeated_and_concurrent_requests_create_one_partner(app: AppContext, world: World) -> None:
    wanted = SavePartner(name="Hooli")
    made = await asyncio.gather(*[save_partner(app, world.admin, wanted, "key") for _ in range(4)])
    assert len(set(made)) == 1
    refusals = await asyncio.gather(
        *[save_partner(app, world.admin, SavePartner(name="Pied Piper")) for _ in range(3)], return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in refusals) == ["Invalid", "Invalid", "UUID"]
    assert isinstance(await refused(app, save_partner(app, world.admin, SavePartner(name="Other"), "key")), Invalid)


async def test_deactivation_returns_unanswered_claims_and_keeps_the_rest(app: AppContext, world: World) -> None:
    claimed = [await make_lead(app) for _ in range(3)]
    for lead in claimed:
        await claims.claim_lead(app, world.rep, lead)
    accepted, given, foreign = await make_lead(app), await make_lead(app, partner=world.acme), await make_lead(app)
    await responses.accept_lead(app, world.rep, accepted, DealFields())
    await claims.claim_lead(app, world.rival, foreign)
    await save_partner(app, world.admin, SavePartner(partner_id=world.acme, is_active=False))
    while await release_claims_of_inactive_partners(app):
        pass
    for lead in claimed:
        found = await load_lead(app, lead)
        assert (found.partner_id, found.owner_id, found.queue_id, found.claimed_at) == (None, None, world.general, None)
        assert (found.stage, found.status) == (LeadStage.RECEIVED, LeadStatus.NEW)
        assert await timeline_kinds(app, lead) == ["CREATED", "CLAIMED", "RELEASED"]
    assert {(await load_lead(app, lead)).partner_id for lead in (accepted, given)} == {world.acme}
    assert (await load_lead(app, foreign)).partner_id == world.globex
    counted, stored = await claim_counters(app)
    assert counted == stored
    assert await viewer_of(app.database.reading, world.rep.member_id) is None
    await save_partner(app, world.admin, SavePartner(partner_id=world.acme, is_active=True))
    assert await viewer_of(app.database.reading, world.rep.member_id) is not None


async def test_each_lead_of_a_partner_gets_an_event_when_its_partner_stops_or_starts(app: AppContext, world: World) -> None:
    accepted, given = await make_lead(app), await make_lead(app, partner=world.acme)
    await responses.accept_lead(app, world.rep, accepted, DealFields())
    await make_lead(app, partner=world.acme, deleted_at=START)
    await make_lead(app, partner=world.globex)

    async def activity(asked: SavePartner) -> dict[UUID, tuple[bool, bool]]:
        await wait_for_event_log(app)
        start = await event_log.horizon(app.database.reading)
        await save_partner(app, world.admin, asked)
        events = await lead_events(app, start)
        assert {one.kind for one in events} <= {TimelineKind.DETAILS_CHANGED}
        return {one.lead_id: (one.before.partner_is_active, one.after.partner_is_active) for one in events if one.before}

    assert await activity(SavePartner(partner_id=world.acme, is_active=True, country="FR")) == {}
    assert await activity(SavePartner(partner_id=world.acme, is_active=False)) == dict.fromkeys((accepted, given), (True, False))
    assert await activity(SavePartner(partner_id=world.acme, is_active=False)) == {}
    await wait_for_event_log(app)
    start = await event_log.horizon(app.database.reading)
    await add_lead_note(app, world.admin, accepted, "Who takes it over?")
    await assign_lead(app, world.admin, given, Assignee(partner_id=world.globex))
    noted, assigned = await lead_events(app, start)
    assert noted.before is not None
    assert assigned.before is not None
    assert (noted.before.partner_is_active, noted.after.partner_is_active) == (False, False)
    assert (assigned.before.partner_is_active, assigned.after.partner_is_active) == (False, True)
    assert await activity(SavePartner(partner_id=world.acme, is_active=True)) == {accepted: (False, True)}
