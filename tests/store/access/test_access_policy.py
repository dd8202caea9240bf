"""Reads of a partner are the same with and without the work of another, except ids, references and times."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from gql_leads.api.types.activities import ACTIVITIES
from gql_leads.api.types.notes import NOTES
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, Conversion, DealFields
from gql_leads.domain.conversion import MatchKeys
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import CloseReason, LeadSource
from gql_leads.domain.leads.recommendations import recommended
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import set_campaign_membership
from gql_leads.services.leads import assignments, claims, favorites, notes, responses
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.store import campaigns, opportunities, queues
from gql_leads.store.leads import facets, lists, notes_and_activities, recent, recommendations, timeline
from gql_leads.store.leads.lists import WHOLE, LeadQuery
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, Query
from gql_leads.store.organization import lists as organization
from gql_leads.store.reports import responsiveness
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.rows import as_uuid
from tests.databases import Databases
from tests.factories import World, make_world
from tests.fixtures import load_viewer, make_campaign, make_lead, make_listing, make_qualified_lead, make_queue, open_app_context

EVERY_FACET = [facets.Facet(field, 50) for field in facets.FacetField]
SEARCHES = (None, "contoso", "secret")
SORTS = [(), *((LeadSort(field, down),) for field in LeadSortField for down in (False, True))]
FILTERS = [Filter(), Filter(is_claimable=True), Filter(is_mine=False), Filter(negated=Filter(source=(LeadSource.API,)))]
PAGE = Window(50)


@pytest.fixture
def two_urls(test_databases: Databases) -> Iterator[tuple[str, str]]:
    urls = test_databases.migrated(), test_databases.migrated()
    yield urls
    for url in urls:
        test_databases.drop(url)


async def add_own_work(app: AppContext, world: World, queue: UUID, campaign: UUID) -> None:
    """Add the work of Acme and the vendor, the same in both databases."""
    rep = await load_viewer(app, world.rep)
    accepted = await make_lead(app, partner=world.acme, company="Own")
    await responses.accept_lead(app, rep, accepted, DealFields(), "our note")
    await responses.decline_lead(app, rep, await make_lead(app, partner=world.acme), CloseReason.SPAM)
    for company in ("One", "Two", "Three"):
        await make_lead(app, queue=queue, company=company)
    await claims.claim_next_lead(app, rep, queue)
    await log_lead_activity(app, rep, accepted, NewActivity(kind=ActivityKind.CALL, subject="our call"))
    await favorites.favorite_lead(app, rep, accepted)
    await notes.add_lead_note(app, world.channel, accepted, "the vendor's note")
    await set_campaign_membership(app, world.channel, accepted, campaign, responded=True)
    await convert_lead(app, rep, await make_qualified_lead(app, rep, company="Secret"), Conversion())


async def add_rival_work(app: AppContext, world: World, queue: UUID, campaign: UUID) -> None:
    """Add work of Globex on leads that Acme never sees or no longer sees."""
    rival = await load_viewer(app, world.rival)
    for company in ("Secret", "secretive", "Contoso"):
        lead = await make_lead(app, partner=world.globex, company=company, contact_requested_at=app.now())
        await responses.accept_lead(app, rival, lead, DealFields(), "secret note")
        await set_campaign_membership(app, world.channel, lead, campaign)
    await convert_lead(app, rival, await make_qualified_lead(app, rival, company="Secret"), Conversion())
    closed = await make_queue(app, "Closed", open_to=[world.globex])
    await make_lead(app, queue=closed, company="Secret in a queue")
    taken = await make_lead(app, queue=queue, company="Secret, gone from the queue")
    await claims.claim_lead(app, rival, taken)
    await notes.add_lead_note(app, rival, taken, "secret note")
    await log_lead_activity(app, rival, taken, NewActivity(kind=ActivityKind.CALL, subject="secret call"))
    await make_listing(app, world.globex, "Secret listing", is_published=False)


async def reassign_lead(app: AppContext, world: World, *, with_history: bool) -> None:
    """Reassign a lead from Globex to Acme, with or without earlier work of Globex."""
    lead = await make_lead(app, partner=world.globex, company="Handed over")
    if with_history:
        await notes.add_lead_note(app, world.rival, lead, "secret note")
        await log_lead_activity(app, world.rival, lead, NewActivity(kind=ActivityKind.CALL, subject="secret call"))
    await assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=world.acme))


def plain(row: Any) -> dict[str, Any]:
    """Return a row without the values that may differ; an id is reduced to whether it is None."""
    return {
        name: (value is None) if name == "id" or name.endswith("_id") else value
        for name, value in dict(row).items()
        if name != "reference" and not name.endswith(("_at", "_reference")) and name not in {"k0", "k1", "k2", "changes", "campaign_ids"}
    }


def without_ids(found: facets.Counts) -> dict[str, Any]:
    """Return facets with the names of objects instead of their ids."""
    return {facet.field.value: [(one.name or one.value, one.total) for one in values] for facet, values in found.facets.items()}


async def read_everything(app: AppContext, viewer: Viewer) -> dict[str, Any]:
    """Return the results of every read of the store, by every search, sort and filter."""
    reader, results = app.reader(viewer), dict[str, Any]()
    for search in SEARCHES:
        for number, asked in enumerate(FILTERS):
            query = LeadQuery(search, asked)
            results[f"total {search} {number}"] = await lists.total(reader, query)
            results[f"facets {search} {number}"] = without_ids(await facets.counts(reader, query, EVERY_FACET))
    for sort in SORTS:
        page = await lists.page(reader, LeadQuery(sort=sort), WHOLE, PAGE)
        results[f"page {sort}"] = [plain(row) for row in page.rows], page.has_next, page.has_previous
    ids = [as_uuid(row["id"]) for row in (await lists.page(reader, LeadQuery(), WHOLE, PAGE)).rows]
    connection = reader.connection
    for name, reads in (
        ("notes", notes_and_activities.pages(connection, viewer, notes_and_activities.NOTES, NOTES.full_mapper.projection, PAGE, ids)),
        (
            "activities",
            notes_and_activities.pages(connection, viewer, notes_and_activities.ACTIVITIES, ACTIVITIES.full_mapper.projection, PAGE, ids),
        ),
        ("timeline", timeline.pages(connection, viewer, PAGE, ids)),
    ):
        results[name] = [[plain(row) for row in page.rows] for page in (await reads).values()]
    results["activity totals"] = list(
        (await notes_and_activities.totals(connection, viewer, notes_and_activities.ACTIVITIES, ids)).values()
    )
    results["note totals"] = list((await notes_and_activities.totals(connection, viewer, notes_and_activities.NOTES, ids)).values())
    results["campaigns"] = [[plain(row) for row in rows] for rows in (await campaigns.memberships(reader, ids)).values()]
    shown = await queues.visible(reader)
    queue_ids = [as_uuid(row["id"]) for row in shown]
    results["queues"] = [plain(row) for row in shown]
    results["waiting"] = list((await queues.waiting(reader, queue_ids)).values())
    results["allowances"] = [allowance for _, allowance in sorted((await queues.allowances(reader, queue_ids)).items())]
    results["named"] = [[plain(row) for row in rows] for rows in (await queues.named_partners(reader, queue_ids)).values()]
    results["recommended"] = [
        why for _, why in recommended(await recommendations.candidates(reader), await recommendations.taste(reader), 50)
    ]
    results["recent"] = [plain(row) for row in (await recent.page(reader, WHOLE, PAGE)).rows]
    assert viewer.partner_id is not None
    results["responsiveness"] = list((await responsiveness.of_partners(connection, viewer, [viewer.partner_id])).values())
    for kind in (organization.PARTNERS, organization.MEMBERS, organization.LISTINGS, organization.PROFILES, organization.CAMPAIGNS):
        listed = await organization.page(connection, viewer, kind, None, PAGE)
        results[kind.table] = [plain(row) for row in listed.rows], await organization.total(connection, viewer, kind, "secret")
    for customers in (ACCOUNTS, CONTACTS, OPPORTUNITIES):
        sold = await opportunities.page(connection, viewer, Query(customers), PAGE)
        results[customers.table] = (
            [plain(row) for row in sold.rows],
            await opportunities.total(connection, viewer, Query(customers, "secret")),
        )
    keys = MatchKeys("secret", "contoso.example", "aparna@contoso.example")
    if viewer.partner_id is not None:
        known = await opportunities.known(connection, viewer, viewer.partner_id, [keys])
        results["known"] = [one.name for one in known.accounts], [one.full_name for one in known.contacts]
    return results


async def read_as_acme(url: str, *, with_rival: bool) -> list[dict[str, Any]]:
    """Return the reads of two members of Acme in a database with or without work of Globex."""
    async with open_app_context(url) as app:
        world = await make_world(app)
        queue, campaign = await make_queue(app, "Everybody's"), await make_campaign(app, "Spring")
        if with_rival:
            await add_rival_work(app, world, queue, campaign)
        await add_own_work(app, world, queue, campaign)
        await reassign_lead(app, world, with_history=with_rival)
        return [await read_everything(app, await load_viewer(app, who)) for who in (world.rep, world.referrals)]


def test_reads_of_a_partner_do_not_depend_on_the_work_of_another(two_urls: tuple[str, str]) -> None:
    alone = asyncio.run(read_as_acme(two_urls[0], with_rival=False))
    joined = asyncio.run(read_as_acme(two_urls[1], with_rival=True))
    assert [len(one["page ()"][0]) for one in alone] == [7, 7]
    for one, other in zip(alone, joined, strict=True):
        assert {name for name in one if one[name] != other[name]} == set()
