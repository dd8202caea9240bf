"""Generate leads in every state and filters of them, for property tests."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from gql_leads.domain.events import snapshot
from gql_leads.domain.leads.filters import Filter, Interval, TextFilter, TextMatch
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    ContactUrgency,
    EmailValidity,
    Lead,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadTab,
    LeadType,
    ListingKind,
    PhoneValidity,
)
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.campaigns import set_response
from tests.factories import World, make_world
from tests.fixtures import START, build_lead, load_viewer, make_campaign, make_listing, make_partner, make_queue, open_app_context

COMPANIES: Final = (
    None, "Contoso", "contoso ltd", "École", "ÉCOLE", "100% Beef", "100 Beef", "a_b", "aab", 'say "AND"', "*", "Ж и Ко", "ж", "東京",
    "Straße", "STRASSE", "back\\slash", "ﬁx", "Σίσυφος", "ΣΊΣΥΦΟΣ", "İzmir",
)  # fmt: skip
PIECES: Final = ("", "c", "CON", "é", "École", "%", "_", "a_", "\\", '"', "*", "ж", "Ж", "東", "ss", "ß", "fi", "ς", "0%", "İ", " ")
COUNTRIES: Final = (None, "FR", "DE", "JP")
DAYS: Final = (-200, -30, -15, -4, -3, -1, 0, 1, 10)


class Scenario:
    """The generated leads of a database, with the members that read them."""

    def __init__(self, app: AppContext, world: World, viewers: list[Viewer], closed: UUID, listings: tuple[UUID, UUID]) -> None:
        self.app = app
        self.world = world
        self.viewers = viewers
        self.closed = closed
        self.listings = listings
        self.campaigns: tuple[UUID, ...] = ()
        self.inactive: UUID | None = None
        self.leads: list[Lead] = []

    def open_to(self, lead: Lead) -> tuple[UUID, ...] | None:
        """Return the partners that the lead's queue is open to, None for all."""
        return (self.world.globex,) if lead.queue_id == self.closed else None

    def snapshots(self) -> dict[UUID, LeadSnapshot]:
        """Return the snapshot of each lead, as events contain it."""
        return {lead.id: self.snapshot(lead) for lead in self.leads}

    def snapshot(self, lead: Lead) -> LeadSnapshot:
        """Return the snapshot of a lead."""
        return snapshot(lead, self.open_to(lead), partner_is_active=lead.partner_id is None or lead.partner_id != self.inactive)


@asynccontextmanager
async def make_scenario(url: str, size: int = 150, seed: int = 1) -> AsyncIterator[Scenario]:
    """Open an application context on a migrated database and fill it with generated leads."""
    async with open_app_context(url) as app:
        yield await generate_leads(app, await make_world(app), size, seed)


@asynccontextmanager
async def reopen_scenario(scenario: Scenario, url: str) -> AsyncIterator[Scenario]:
    """Open an application context on a copy of the scenario's database."""
    async with open_app_context(url) as app:
        reopened = copy(scenario)
        reopened.app = app
        reopened.leads = list(scenario.leads)
        yield reopened


async def generate_leads(app: AppContext, world: World, size: int = 150, seed: int = 1) -> Scenario:
    """Insert `size` leads: held by both partners, waiting in two queues, sent, archived, deleted, hot and overdue."""
    chance = random.Random(seed)
    closed = await make_queue(app, "For Globex", open_to=[world.globex])
    listings = (await make_listing(app, world.acme), await make_listing(app, world.globex, "École de %"))
    viewers = [await load_viewer(app, one) for one in world.everybody]
    scenario = Scenario(app, world, viewers, closed, listings)
    scenario.inactive = await make_partner(app, "Initech", is_active=False)
    scenario.campaigns = (await make_campaign(app, "Spring"), await make_campaign(app, "Ярмарка"))
    async with app.unit_of_work(None) as uow:
        for number in range(size):
            lead = await _random_lead(scenario, chance, number)
            scenario.leads.append(lead)
            await uow.insert(lead, str(number))  # of different scopes, so that references may repeat
            for campaign in lead.campaign_ids:
                await set_response(uow.connection, campaign, lead.id, False, START)
    for lead in scenario.leads[::5]:
        await app.database.writing.execute(
            "INSERT INTO favorite (member_id, lead_id, created_at) VALUES (?, ?, ?)", world.rep.member_id, lead.id, START
        )
    return scenario


async def _random_lead(scenario: Scenario, chance: random.Random, number: int) -> Lead:
    world, now = scenario.world, scenario.app.now()
    partner = chance.choice((None, None, *(world.acme,) * 4, world.globex, world.globex, scenario.inactive))
    queue = chance.choice((world.general, scenario.closed)) if partner is None else None
    stage = LeadStage.RECEIVED if partner is None else chance.choice(tuple(LeadStage))
    archived_unclaimed = partner is None and chance.random() < 0.2
    requested = chance.choice((None, *(now + timedelta(days=day) for day in DAYS if day <= 0)))
    listing = chance.choice((None, *scenario.listings))
    facts: dict[str, Any] = {
        "type": chance.choice(tuple(LeadType)),
        "source": chance.choice(tuple(LeadSource)),
        "call_to_action": chance.choice((None, *CallToAction)),
        "status": chance.choice(tuple(LeadStatus)),
        "quality": chance.choice(tuple(LeadQuality)),
        "email_validity": chance.choice(tuple(EmailValidity)),
        "phone_validity": chance.choice(tuple(PhoneValidity)),
        "stage": LeadStage.ARCHIVED if archived_unclaimed else stage,
        "company": chance.choice(COMPANIES),
        "country": chance.choice(COUNTRIES),
        "first_name": chance.choice((None, "Aparna", "Éloïse", "Ж", "王", "a%b")),
        "last_name": chance.choice(("Bosu", "bosu", "Ärger", "小明", "O'Neil", "x_y")),
        "reference": f"L-{number:06d}",
        "external_reference": chance.choice((None, "ORDER-1", "order-1", "É 2", f"N{number}")),
        "company_size": chance.choice((None, *CompanySize)),
        "listing_id": listing,
        "listing_name": None if listing is None else "Ledger" if listing == scenario.listings[0] else "École de %",
        "listing_kind": None if listing is None else chance.choice(tuple(ListingKind)),
        "sender_id": chance.choice((None, None, world.seller.member_id, world.rep.member_id)),
        "origin_queue_id": chance.choice((None, world.general, scenario.closed)) if partner else None,
        "owner_id": None if partner is None else chance.choice(_members(world, partner)),
        "contact_requested_at": requested,
        "expires_at": chance.choice((None, now + timedelta(days=chance.choice(DAYS)))),
        "created_at": now + timedelta(days=chance.choice(DAYS)),
        "updated_at": now + timedelta(days=chance.choice(DAYS)),
        "sent_updated_at": chance.choice((None, now + timedelta(days=chance.choice(DAYS)))),
        "deleted_at": chance.choice((None,) * 9 + (now,)),
        "erased_at": chance.choice((None,) * 9 + (now,)),
        "is_test": chance.random() < 0.3,
        "campaign_ids": tuple(chance.sample(scenario.campaigns, chance.choice((0, 0, 1, 2)))),
    }
    lead = await build_lead(scenario.app, partner=partner, queue=queue, **facts)
    hot_until = requested + scenario.app.rules.hot_for if requested else None
    outcome = chance.choice(tuple(LeadOutcome)) if lead.stage is LeadStage.ARCHIVED else None
    return replace(
        lead,
        **_steps(chance, lead, outcome),
        queue_id=None if archived_unclaimed else lead.queue_id,
        outcome=outcome,
        close_reason=chance.choice((None, *CloseReason)) if outcome else None,
        sender_partner_id=world.acme if lead.sender_id == world.rep.member_id else None,
        overdue_at=hot_until if hot_until and hot_until > now else None,
    )


def _steps(chance: random.Random, lead: Lead, outcome: LeadOutcome | None) -> dict[str, Any]:
    """Return the times at which the lead reached its partner, was accepted and ended, and the deal of an accepted lead."""
    at, found = lead.created_at, dict[str, Any]()

    def later() -> datetime:
        return at + timedelta(milliseconds=chance.choice((0, 1, 3_600_000, 86_400_000, chance.randrange(10**9))))

    if lead.partner_id is not None:
        at = found["reached_at"] = later()
        if lead.origin_queue_id is not None and chance.random() < 0.7:
            found["claimed_at"] = at
    elif chance.random() < 0.5:
        at = found["queued_at"] = later()
    if lead.stage is LeadStage.ACCEPTED or outcome in {LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.CONVERTED}:
        at = found["accepted_at"] = later()
        minor = chance.choice((None, 1, 999_999, 1_250_000, 10**15 - 1))
        found["crm_id"] = chance.choice((None, "CRM-1", "crm-1", "2"))
        found |= {"deal_name": "Deal", "deal_minor": minor, "deal_currency": None if minor is None else chance.choice(("EUR", "JPY"))}
    if outcome is not None:
        found["archived_at"] = later()
    return found


def _members(world: World, partner: UUID) -> tuple[UUID | None, ...]:
    own = (world.rep, world.colleague) if partner == world.acme else (world.rival,) if partner == world.globex else ()
    return None, *(one.member_id for one in own)


def some_of(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw up to three of the values."""
    return st.lists(st.sampled_from(values), max_size=3).map(tuple)


def instants() -> st.SearchStrategy[datetime | None]:
    """Draw an instant near those of the generated leads, or None."""
    return st.none() | st.sampled_from(DAYS).map(lambda day: START + timedelta(days=day))


def conditions(scenario: Scenario) -> dict[str, st.SearchStrategy[Any]]:
    """Return the values to draw for each condition of a filter."""
    world = scenario.world
    flags = dict.fromkeys(
        ("partner_is_active", "has_owner", "has_listing", "is_open_claim", "is_mine", "is_claimable", "is_hot", "is_test"), st.booleans()
    )
    intervals = dict.fromkeys(
        ("created_at", "updated_at", "expires_at", "claimed_at", "accepted_at", "archived_at"),
        st.builds(Interval, instants(), instants()),
    )
    return {
        "tab": st.sampled_from((LeadTab.MARKETPLACE, LeadTab.SALES_AND_MARKETING)),
        "ids": some_of(*(lead.id for lead in scenario.leads)),
        "reference": some_of(*(lead.reference for lead in scenario.leads), "L-NONE"),
        "external_reference": some_of("ORDER-1", "order-1", "É 2", "N3", "N77", ""),
        "crm_id": some_of("CRM-1", "crm-1", "2", ""),
        "company_size": some_of(*CompanySize),
        "type": some_of(*LeadType),
        "source": some_of(*LeadSource),
        "call_to_action": some_of(*CallToAction),
        "status": some_of(*LeadStatus),
        "stage": some_of(*LeadStage),
        "outcome": some_of(*LeadOutcome),
        "quality": some_of(*LeadQuality),
        "email_validity": some_of(*EmailValidity),
        "phone_validity": some_of(*PhoneValidity),
        "country": some_of(*COUNTRIES[1:], "XX"),
        "company": st.builds(TextFilter, st.sampled_from(TextMatch), st.sampled_from(PIECES + COMPANIES[1:])),
        "listing_kind": some_of(*ListingKind),
        "listing_id": some_of(*scenario.listings),
        "partner_id": some_of(world.acme, world.globex),
        "owner_id": some_of(*(one.member_id for one in world.everybody)),
        "sender_id": some_of(*(one.member_id for one in world.everybody)),
        "queue_id": some_of(world.general, scenario.closed),
        "origin_queue_id": some_of(world.general, scenario.closed),
        "campaign_ids": some_of(*scenario.campaigns),
        "urgency": some_of(*ContactUrgency),
        **flags,
        **intervals,
    }


def filters(scenario: Scenario) -> st.SearchStrategy[Filter]:
    """Draw filters of up to three conditions, nested in each other."""
    possible = conditions(scenario)
    flat = st.lists(st.sampled_from(sorted(possible)), max_size=3, unique=True).flatmap(
        lambda names: st.builds(Filter, **{name: possible[name] for name in names})
    )
    return st.recursive(
        flat,
        lambda inside: st.builds(
            lambda one, all_of, any_of, negated: replace(one, all_of=all_of, any_of=any_of, negated=negated),
            flat,
            st.none() | st.lists(inside, max_size=2).map(tuple),
            st.none() | st.lists(inside, max_size=3).map(tuple),
            st.none() | inside,
        ),
        max_leaves=6,
    )
