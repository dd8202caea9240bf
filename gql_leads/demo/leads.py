"""The leads of the demo: each is derived from the seed and its number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid5

from gql_leads.demo.campaigns import campaign_of
from gql_leads.demo.customers import customer
from gql_leads.demo.lead_history import LeadHistory
from gql_leads.demo.organization import NAMESPACE, DemoListing, DemoPartner, Organization, Person
from gql_leads.demo.steps import FINAL_STATES, FinalState, StepGenerator
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import INFORMATIONAL_CALLS, CallToAction, Lead, LeadSource, LeadType
from gql_leads.domain.leads.transitions import deadlines
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, TO_GENERAL_QUEUE, routed_by
from gql_leads.domain.rules import Rules
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.leads.contact_details import add_email_validity, assess_lead
from gql_leads.services.leads.intake import ALPHABET, VENDOR_SCOPE

TYPES: Final = tuple(
    kind
    for one in ("OFFER PROFILE OFFER MARKETING_QUALIFIED OFFER", "OFFER SALES_QUALIFIED OFFER PROFILE OFFER JOINT_PLANNING",
                "OFFER PROFILE OFFER SHARED_MARKETING OFFER", "MARKETING_QUALIFIED OFFER PROFILE OFFER SALES_QUALIFIED")
    for kind in map(LeadType, one.split())
)  # fmt: skip
"""The lead's number cycles through these 21: half are OFFER, a fifth PROFILE.

21 and the number of final states are coprime, so each type occurs with each state.
"""
SOURCES: Final = {
    LeadType.OFFER: (LeadSource.APP_SOURCE, LeadSource.AZURE_MARKETPLACE, LeadSource.AZURE_PORTAL, LeadSource.POWER_BI,
                     LeadSource.CLOUD_MARKETPLACE, LeadSource.API),
    LeadType.PROFILE: (LeadSource.WEB_FORM, LeadSource.APP_SOURCE),
    LeadType.JOINT_PLANNING: (LeadSource.SELLER, LeadSource.PARTNER),
    LeadType.MARKETING_QUALIFIED: (LeadSource.EVENT, LeadSource.WEB_FORM, LeadSource.IMPORT),
    LeadType.SALES_QUALIFIED: (LeadSource.SELLER, LeadSource.CUSTOMER_REFERRAL),
    LeadType.SHARED_MARKETING: (LeadSource.EVENT, LeadSource.IMPORT, LeadSource.PARTNER),
}  # fmt: skip
NUMBERED: Final = frozenset({*SOURCES[LeadType.OFFER], LeadSource.IMPORT})
"""Sources that send an external reference with most of their leads."""
YEAR: Final = timedelta(days=360)
SHORTEST_MONTH: Final = timedelta(days=28)
LONGEST_MONTH: Final = timedelta(days=31)
SEEDS: Final = 4096
NUMBERS: Final = 2**23
_SCATTER: Final = 0x4D2C6DA5B
"""An odd number: multiplication by it modulo 2**35 scatters neighbours and keeps references unique."""


def lead_id(seed: int, number: int) -> UUID:
    """Return the id of lead `number` of the seed."""
    return uuid5(NAMESPACE, f"lead/{seed % SEEDS}/{number}")


def reference(seed: int, number: int) -> str:
    """Return the lead's reference; its seven characters never equal the service's, which have six."""
    scattered = (seed % SEEDS * NUMBERS + number) * _SCATTER % (SEEDS * NUMBERS)
    return "L-" + "".join(ALPHABET[scattered >> 5 * place & 31] for place in range(7))


async def make_history(
    seed: int,
    number: int,
    organization: Organization,
    now: datetime,
    rules: Rules,
    contact_validator: ContactValidator,
    *,
    hostile: bool = False,
) -> LeadHistory:
    """The history of the seed's so-manyeth lead, as it stands now."""
    rng = Random(f"{seed % SEEDS} {number}")
    state, kind = FINAL_STATES[number % len(FINAL_STATES)], TYPES[number % len(TYPES)]
    partner = rng.choice(organization.partners)
    origin = _origin(rng, kind, state, partner, organization)
    asks = origin.call_to_action is CallToAction.CONTACT_ME or rng.random() < 0.2
    created_at = now - timedelta(milliseconds=int(_age(rng, state, rules, origin, asks=asks) / timedelta(milliseconds=1)))
    listing = origin.listing
    facts = await add_email_validity(customer(rng, number, hostile=hostile), contact_validator)
    lead = Lead(
        id=lead_id(seed, number),
        reference=reference(seed, number),
        type=kind,
        source=origin.source,
        call_to_action=origin.call_to_action,
        listing_id=listing.id if listing else None,
        listing_name=listing.name if listing else None,
        listing_kind=listing.kind if listing else None,
        profile_id=rng.choice(partner.profile_ids) if kind is LeadType.PROFILE else None,
        partner_id=origin.partner_id,
        queue_id=None if origin.partner_id else organization.queue_id,
        owner_id=origin.creator.id if origin.creator and origin.is_own else None,
        sender_id=origin.sender.id if origin.sender else None,
        sender_partner_id=origin.sender.partner_id if origin.sender else None,
        recipient_email=partner.rep.email if origin.sender and kind is LeadType.SALES_QUALIFIED else None,
        external_reference=f"ORDER-{seed % SEEDS}-{number}" if origin.source in NUMBERED and rng.random() < 0.7 else None,
        created_at=created_at,
        updated_at=created_at,
        is_test=rng.random() < 0.03,
        **deadlines(
            created_at, rules, requires_response=origin.requires_response, entered_by_partner=origin.is_own, contact_requested=asks
        ),
        **facts,
    )
    lead = assess_lead(lead)
    history = LeadHistory(lead, origin.creator, rules, _routing(lead, partner, organization))
    if origin.sender is not None:
        history.refer()
    if (campaign := campaign_of(number, kind, organization.campaigns)) is not None:
        history.join(campaign, responded=rng.random() < 0.4)
    StepGenerator(rng, history, organization, now, rules).add_steps(state, partner)
    return history


def _routing(lead: Lead, partner: DemoPartner, organization: Organization) -> tuple[FieldChange, ...]:
    """Return what routed the lead; nothing for one that a member entered for a partner."""
    if lead.partner_id is None:
        return (routed_by(TO_GENERAL_QUEUE, organization.queue_id),)
    if lead.type is LeadType.OFFER:
        return (routed_by(BY_LISTING, lead.listing_name),)
    if lead.profile_id is None:
        return ()
    return (routed_by(BY_PROFILE, partner.locations[partner.profile_ids.index(lead.profile_id)]),)


def scope(history: LeadHistory) -> str:
    """Return the scope of the external reference: the partner that entered the lead, else the vendor."""
    entered_for, creator = history.entries[0].partner_id, history.creator
    return str(entered_for) if creator is not None and creator.partner_id == entered_for else VENDOR_SCOPE


@dataclass(frozen=True, slots=True)
class Origin:
    """Source, creator and first holder of a lead; without a partner, it starts in the queue."""

    source: LeadSource
    call_to_action: CallToAction | None = None
    creator: Person | None = None
    sender: Person | None = None
    partner_id: UUID | None = None
    listing: DemoListing | None = None
    is_own: bool = False
    """A member of the partner entered it for that partner."""
    is_informational: bool = False

    @property
    def requires_response(self) -> bool:
        """Return whether the lead must be answered."""
        return not (self.is_own or self.is_informational)


def _origin(rng: Random, kind: LeadType, state: FinalState, partner: DemoPartner, organization: Organization) -> Origin:
    source = rng.choice(SOURCES[kind])
    if kind is LeadType.OFFER:
        call = rng.choice([*CallToAction, None])
        informational = call in INFORMATIONAL_CALLS
        listing = rng.choice(partner.listings)
        return Origin(source, call, partner_id=partner.id, listing=listing, is_informational=informational)
    call = CallToAction.CONTACT_ME if rng.random() < 0.15 else None
    mentioned = rng.choice(partner.listings) if rng.random() < 0.7 else None
    if kind is LeadType.PROFILE:
        return Origin(source, call, partner_id=partner.id, listing=mentioned)
    if source is LeadSource.SELLER:
        return Origin(source, call, organization.seller, organization.seller, partner.id)
    if source is LeadSource.PARTNER:
        sender = rng.choice([one for one in organization.partners if one is not partner]).referrals
        return Origin(source, call, sender, sender, partner.id)
    if state not in {FinalState.WAITING, FinalState.EXPIRED} and rng.random() < 0.5:
        return Origin(source, call, partner.rep, partner_id=partner.id, listing=mentioned, is_own=True)
    return Origin(source, call, organization.channel, listing=mentioned)


def _age(rng: Random, state: FinalState, rules: Rules, origin: Origin, *, asks: bool) -> timedelta:
    """Return an age at which no job is due that its final state lacks."""
    drawn = rng.uniform(0.02, 1)
    if state is FinalState.EXPIRED:
        lasted = rules.informational_months * LONGEST_MONTH if origin.is_informational else rules.respond_within
        return lasted * 1.01 + max(YEAR - lasted, lasted) * drawn
    if state not in {FinalState.WAITING, FinalState.RECEIVED}:
        return YEAR * drawn
    if asks and rng.random() < 0.5:
        return min(rules.hot_for, rules.respond_within) * 0.9 * drawn
    if origin.requires_response:
        return rules.respond_within * 0.9 * drawn
    return rules.informational_months * SHORTEST_MONTH * 0.9 * drawn
