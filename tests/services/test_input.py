"""Faulty input: every faulty field is reported at once, before other refusals, and nothing is written."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import (
    ContactFields,
    Conversion,
    DealFields,
    LeadFields,
    MoneyFields,
    NewLead,
    NewOpportunity,
    OpportunityFields,
    QualificationFields,
    SaveAccount,
    SaveContact,
    SaveQueue,
    TeamMemberFields,
)
from gql_leads.domain.errors import Invalid
from gql_leads.domain.leads.lead import CloseReason, LeadSource, LeadType
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.viewer import Viewer
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deals, intake, notes, outcomes, responses, updates
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.opportunities import create_opportunity, save_account, save_contact, update_opportunity
from tests.factories import World
from tests.fixtures import dump_tables

Attempt = Callable[[AppContext, Viewer, UUID], Awaitable[object]]
LONG = "x" * 300


def a_new_lead(type: LeadType | None = None, **details: object) -> NewLead:
    return NewLead(type=type, source=LeadSource.API, details=LeadFields(**details))


BAD_DEAL = DealFields(
    name="\x00",
    estimated_value=MoneyFields(amount=Decimal(-1), currency="EUR"),
    expected_close_date="2026-02-30",
    campaign_code=LONG,
    team=(TeamMemberFields(), TeamMemberFields(name=LONG)),
)
BAD_DEAL_FIELDS = "deal.name deal.estimatedValue.amount deal.expectedCloseDate deal.campaignCode deal.team.0.name deal.team.1.name"

BAD_OPPORTUNITY = OpportunityFields(
    name="n" * 801, stage=OpportunityStage.PROSPECTING, amount=MoneyFields(amount=Decimal(-1), currency="EUR"),
    expected_close_date="2026-02-30",
)  # fmt: skip

FAULTY: dict[str, tuple[Attempt, str]] = {
    "create, empty": (
        lambda app, who, lead: intake.create_lead(app, who, a_new_lead(contact=ContactFields(last_name=" "))),
        "contact.lastName",
    ),
    "create, without a contact": (lambda app, who, lead: intake.create_lead(app, who, a_new_lead()), "contact.lastName"),
    "create, all wrong": (
        lambda app, who, lead: intake.create_lead(
            app, who,
            a_new_lead(
                LeadType.PROFILE, contact=ContactFields(first_name=LONG, email="x" * 255, phone="1" * 51), country="XX", company="a\x00b",
                city="\ud800", message="m" * 10_001,
            ),
            "k" * 201,
        ),
        "contact.firstName contact.lastName contact.email contact.phone country company city message profileId idempotencyKey",
    ),
    "update, a needed name taken away": (
        lambda app, who, lead: updates.update_lead(app, who, lead, LeadFields(contact=ContactFields(last_name=None), country="fr")),
        "contact.lastName country",
    ),
    "update, the contact taken away": (
        lambda app, who, lead: updates.update_lead(app, who, lead, LeadFields(contact=None, consent_to_contact=None)),
        "contact consentToContact",
    ),
    "note, empty": (lambda app, who, lead: notes.add_lead_note(app, who, lead, " \n", " "), "body idempotencyKey"),
    "note, long": (lambda app, who, lead: notes.add_lead_note(app, who, lead, "n" * 1_000_000), "body"),
    "note, with a NUL": (lambda app, who, lead: notes.add_lead_note(app, who, lead, "a\x00b"), "body"),
    "accept": (lambda app, who, lead: responses.accept_lead(app, who, lead, BAD_DEAL, "n" * 10_001), f"{BAD_DEAL_FIELDS} note"),
    "decline": (
        lambda app, who, lead: responses.decline_lead(app, who, lead, CloseReason.OTHER, "c" * 2_001),
        "comment",
    ),
    "lost": (lambda app, who, lead: outcomes.mark_lead_lost(app, who, lead, CloseReason.OTHER, "\x07"), "comment"),
    "deal": (lambda app, who, lead: deals.update_lead_deal(app, who, lead, BAD_DEAL), BAD_DEAL_FIELDS),
    "deal, its name taken away": (lambda app, who, lead: deals.update_lead_deal(app, who, lead, DealFields(name=None)), "deal.name"),
    "deal, a currency nobody has": (
        lambda app, who, lead: deals.update_lead_deal(
            app, who, lead, DealFields(estimated_value=MoneyFields(amount=Decimal(1), currency="ZZZ"))
        ),
        "deal.estimatedValue.currency",
    ),
    "deal, a sum of 20 digits": (
        lambda app, who, lead: deals.update_lead_deal(
            app, who, lead, DealFields(estimated_value=MoneyFields(amount=Decimal("1" * 20), currency="EUR"))
        ),
        "deal.estimatedValue.amount",
    ),
    "qualification": (
        lambda app, who, lead: outcomes.qualify_lead(app, who, lead, QualificationFields(budget=None, need=None, authority=True)),
        "budget need",
    ),
    "claim next": (lambda app, who, lead: claims.claim_next_lead(app, who, lead, idempotency_key=LONG), "idempotencyKey"),
    "queue, nameless": (
        lambda app, who, lead: queues.save_queue(app, who, SaveQueue(max_open_claims=-1, max_claims_per_day=1_000_001)),
        "name maxOpenClaimsPerPartner maxClaimsPerPartnerPerDay",
    ),
    "account, nameless": (
        lambda app, who, lead: save_account(app, who, SaveAccount(country="fr")), "name country",
    ),
    "account, its name taken away": (
        lambda app, who, lead: save_account(app, who, SaveAccount(account_id=lead, name=None, country="XX")), "name country",
    ),
    "contact, nameless": (
        lambda app, who, lead: save_contact(app, who, SaveContact(person=ContactFields(
            first_name=LONG, email="x" * 255, phone="1" * 51, title="\x00"))),
        "firstName lastName email phone title",
    ),
    "contact, the name taken away": (
        lambda app, who, lead: save_contact(app, who, SaveContact(contact_id=lead, person=ContactFields(last_name=" ", email="a\x07b"))),
        "lastName email",
    ),
    "opportunity": (
        lambda app, who, lead: create_opportunity(app, who, NewOpportunity(account_id=lead, facts=BAD_OPPORTUNITY), LONG),
        "name amount.amount expectedCloseDate idempotencyKey",
    ),
    "opportunity, its name and stage taken away": (
        lambda app, who, lead: update_opportunity(app, who, lead, OpportunityFields(name=None, stage=None,
            amount=MoneyFields(amount=Decimal("0.001"), currency="EUR"))),
        "name stage amount.amount",
    ),
    "convert": (
        lambda app, who, lead: convert_lead(
            app, who, lead, Conversion(account_name="a" * 401, opportunity=BAD_OPPORTUNITY, without_opportunity=True)
        ),
        "account.name withoutOpportunity opportunity.create.name opportunity.create.amount.amount opportunity.create.expectedCloseDate",
    ),
    "convert, into a blank account": (
        lambda app, who, lead: convert_lead(app, who, lead, Conversion(account_name=" ", opportunity_id=lead, without_opportunity=True)),
        "account.name withoutOpportunity",
    ),
    "queue, its name taken away": (
        lambda app, who, lead: queues.save_queue(app, who, SaveQueue(queue_id=lead, name=None)),
        "name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
async def test_every_faulty_field_is_reported_at_once_and_before_other_refusals(app: AppContext, world: World, name: str) -> None:
    attempt, fields = FAULTY[name]
    before = await dump_tables(app)
    with pytest.raises(Invalid) as refused:
        await attempt(app, world.seller, uuid7())
    assert {".".join(fault.field) for fault in refused.value.invalid_fields} == set(fields.split())
    assert all(fault.message.endswith(".") for fault in refused.value.invalid_fields)
    assert await dump_tables(app) == before
