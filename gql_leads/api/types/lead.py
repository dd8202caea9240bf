"""A lead as a viewer sees it: plain attributes, filled by `assembling` from a row; only history has resolvers."""

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.connections import TOTAL_COUNT, After, Connection, First, Paging
from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.types.campaigns import CampaignMembership, campaigns_of
from gql_leads.api.types.duplicates import DuplicateQuery, duplicates_of
from gql_leads.api.types.facets import Facet, facets, total
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.types.organization import BusinessProfile, Listing, Member, Partner, member_by_id
from gql_leads.api.types.queues import LeadQueue
from gql_leads.api.types.timeline import TimelineConnection, timeline_of
from gql_leads.api.values.money import Money
from gql_leads.api.values.scalars import CountryCode, Date, DateTime, EmailAddress, EventCursor, PhoneNumber
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.duplicates import DuplicateMatch, score
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    ContactHiddenReason,
    ContactUrgency,
    EmailValidity,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    PhoneValidity,
    PurchaseTimeframe,
    QualityReasonCode,
)
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.leads.lists import LeadQuery

if TYPE_CHECKING:
    from gql_leads.api.types.conversion import Conversion, ConversionPreview

PRIVATE: Final = {"private": True}
"""Marks what answers one member otherwise than their colleagues with the same roles: what is shared among these leaves it out."""


@strawberry.type(description="What the customer agreed to.")
class Consent:
    to_contact: bool = strawberry.field(description="To be contacted.")
    to_share: bool = strawberry.field(description="That their data is shared.")


@strawberry.type(description="The person.")
class LeadContact:
    first_name: str | None = strawberry.field(description="The given name.")
    last_name: str = strawberry.field(description="The family name, or all that is known of the name.")
    full_name: str = strawberry.field(description="First and last name as people say them.")
    title: str | None = strawberry.field(description="What they are in the company.")
    email: EmailAddress | None = strawberry.field(description="The address as it was given.")
    email_validity: EmailValidity = strawberry.field(description="Whether mail can arrive there.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.")
    phone_validity: PhoneValidity = strawberry.field(description="Whether such a number can exist.")


@strawberry.type(description="An action that the lead's stage offers but that is refused for now.")
class BlockedAction:
    action: LeadAction = strawberry.field(description="What cannot be done yet.")
    missing: list[Requirement] = strawberry.field(description="What is still to be established for it.")


@strawberry.type(description="One reason for the lead's quality.")
class QualityReason:
    code: QualityReasonCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason in a sentence.")


@strawberry.type(description="A person of the deal's team: a member, or somebody who is only named.")
class TeamMember:
    name: str = strawberry.field(description="As people call them.")
    email: EmailAddress | None = strawberry.field(description="Where to write to them.")
    phone: PhoneNumber | None = strawberry.field(description="Where to call them.")
    member_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The member, where they are one.")
    async def member(self, info: Info) -> Member | None:
        return None if self.member_id is None else await member_by_id(info.context, self.member_id)


@strawberry.type(description="What the partner works on once a lead is accepted.")
class Deal:
    name: str = strawberry.field(description="What people call it.")
    estimated_value: Money | None = strawberry.field(description="What it may be worth.")
    purchase_timeframe: PurchaseTimeframe | None = strawberry.field(description="When the customer wants to buy.")
    expected_close_date: Date | None = strawberry.field(description="When it may be decided.")
    campaign_code: str | None = strawberry.field(description="The campaign it is counted for.")
    crm_id: str | None = strawberry.field(description="Its id in the partner's own system.")
    team: list[TeamMember] = strawberry.field(description="Who works on it.")


@strawberry.type(description="The two sub-steps that unlock MARK_WON and CONVERT.")
class Qualification:
    customer_responded: bool = strawberry.field(description="The customer has answered.")
    budget: bool = strawberry.field(description="There is a budget.")
    authority: bool = strawberry.field(description="The contact may decide.")
    need: bool = strawberry.field(description="There is a need for the product.")
    timeline: bool = strawberry.field(description="It is known by when.")
    is_complete: bool = strawberry.field(description="Whether all of it is established.")
    completed_at: DateTime | None = strawberry.field(description="When the last of it was established.")


@strawberry.type(description="Why and when the lead was declined.")
class Decline:
    reason: CloseReason = strawberry.field(description="Why.")
    comment: str | None = strawberry.field(description="Why, in the words of whoever declined it.")
    declined_at: DateTime = strawberry.field(description="When.")
    declined_by: Member | None = strawberry.field(description="Who declined it. Null to the sender.")


@strawberry.type(description="Why and when the lead was lost.")
class Loss:
    reason: CloseReason = strawberry.field(description="Why.")
    comment: str | None = strawberry.field(description="Why, in the words of whoever marked it.")
    lost_at: DateTime = strawberry.field(description="When.")
    lost_by: Member | None = strawberry.field(description="Who marked it as lost. Null to the sender.")


@strawberry.type(description="A lead that looks like another one.")
class LeadDuplicate:
    lead: "Lead" = strawberry.field(description="The other lead.")
    score: float = strawberry.field(
        description="How likely they are the same, from 0 to 1: EMAIL alone is 0.8, PHONE 0.7, PERSON_AND_COMPANY 0.6,"
        " COMPANY_AND_LISTING 0.35; several of them are likelier than each."
    )
    matched_on: list[DuplicateMatch] = strawberry.field(description="What is alike in them.")


@strawberry.type(description="One customer's interest in what a partner offers.")
class Lead(Node):
    reference: str = strawberry.field(
        description="Short code people quote on the phone, e.g. `L-7K3QX2`: random, telling nothing of how many there are."
    )
    version: int = strawberry.field(
        description="Starts at 1 and grows by one with every change of the lead's own fields (deal and qualification among them), stage"
        " or holder (notes, activities, campaigns, favorites and computed facts leave it); pass it as `expectedVersion` to refuse an"
        " update made on stale data."
    )
    type: LeadType = strawberry.field(description="How it came about.")
    source: LeadSource = strawberry.field(description="Where it entered.")
    call_to_action: CallToAction | None = strawberry.field(description="What the customer clicked on.")
    status: LeadStatus = strawberry.field(description="The follow-up status people set by hand.")
    stage: LeadStage = strawberry.field(description="Where it is in its lifecycle.")
    outcome: LeadOutcome | None = strawberry.field(description="How it ended, once it is archived.")
    company: str | None = strawberry.field(description="The customer's company; null for a private person.")
    company_size: CompanySize | None = strawberry.field(description="How many people work there.")
    industry: str | None = strawberry.field(description="What the company does.")
    city: str | None = strawberry.field(description="The customer's city.")
    region: str | None = strawberry.field(description="The customer's region or state.")
    country: CountryCode | None = strawberry.field(description="Chosen by the customer when they consented to be contacted.")
    consent: Consent = strawberry.field(description="What the customer agreed to.")
    external_reference: str | None = strawberry.field(
        description="The id this lead has where it came from; one lead per source and id within its scope."
        " Creating it again returns the first."
    )
    contact: LeadContact | None = strawberry.field(
        description="Null while the viewer may not see who the person is; `contactHidden` then says why."
    )
    contact_hidden: ContactHiddenReason | None = strawberry.field(description="Why the contact is hidden; null where it is not.")
    message: str | None = strawberry.field(description="What the customer asked for, in their words.")
    listing: Listing | None = strawberry.field(description="The listing the customer acted on.")
    profile: BusinessProfile | None = strawberry.field(description="The business profile through which the customer enquired.")
    partner: Partner | None = strawberry.field(description="Who has it. Null while the lead waits in a queue.")
    queue: LeadQueue | None = strawberry.field(description="Where the lead waits now; null once a partner has it.")
    owner: Member | None = strawberry.field(description="Who works on it.")
    sender: Member | None = strawberry.field(
        description="Who sent the lead: a vendor seller, or a partner's member (null to the members of another partner)."
        " Null where the customer came by themselves."
    )
    recipient_email: EmailAddress | None = strawberry.field(description="Whom the sender asked to be told.")
    quality: LeadQuality = strawberry.field(description="How likely it is to convert.")
    quality_reasons: list[QualityReason] = strawberry.field(
        description="Why; only those that do not come from the contact while it is hidden."
    )
    contact_requested_at: DateTime | None = strawberry.field(description="Set where the customer explicitly asked to be contacted.")
    contact_urgency: ContactUrgency | None = strawberry.field(
        description="What that asks of the partner now; null where nothing is asked, or it was answered."
    )
    is_hot: bool = strawberry.field(description="Whether `contactUrgency` is HOT.")
    is_favorite: bool = strawberry.field(description="Whether the viewer marked it.", metadata=PRIVATE)
    requires_response: bool = strawberry.field(
        description="False for offer leads whose call to action only informs (GET_IT_NOW, FREE_TRIAL, TEST_DRIVE),"
        " and for leads that a partner's member entered for that partner."
    )
    expires_at: DateTime | None = strawberry.field(
        description="When an unanswered lead expires (14 days), or an informational one is archived (6 months). Null where neither happens."
    )
    is_test: bool = strawberry.field(description="Made to try things out: counted in no report, never mailed to the customer.")
    deleted_at: DateTime | None = strawberry.field(description="When it was deleted; null unless it was.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    updated_at: DateTime = strawberry.field(description="When `version` last grew.")
    claimed_at: DateTime | None = strawberry.field(description="When it was claimed from a queue.")
    accepted_at: DateTime | None = strawberry.field(description="When it was accepted.")
    archived_at: DateTime | None = strawberry.field(description="When it ended.")
    deal: Deal | None = strawberry.field(description="What the partner works on; null before the lead is accepted.")
    qualification: Qualification | None = strawberry.field(description="How far it is qualified; null before the lead is accepted.")
    decline: Decline | None = strawberry.field(description="Set where the lead was declined.")
    loss: Loss | None = strawberry.field(description="Set where the lead was lost.")
    conversion: Annotated["Conversion", strawberry.lazy("gql_leads.api.types.conversion")] | None = strawberry.field(
        description="What the lead was converted into; null to the sender."
    )
    conversion_preview: Annotated["ConversionPreview", strawberry.lazy("gql_leads.api.types.conversion")] | None = strawberry.field(
        description="Existing accounts and contacts that this lead would convert into, and the suggested opportunity name."
        " Null while the contact is hidden, once the lead is archived, and to whoever may not convert it."
    )
    allowed_actions: list[LeadAction] = strawberry.field(
        description="What the viewer may do with it right now. Claim limits are not counted in: see `allowance.canClaim` of the queue.",
        metadata=PRIVATE,
    )
    blocked_actions: list[BlockedAction] = strawberry.field(
        description="Actions that the lead's stage offers but that are refused for now, and what is missing,"
        " e.g. MARK_WON until it is qualified.",
        metadata=PRIVATE,
    )
    uuid: strawberry.Private[UUID]
    duplicate_query: strawberry.Private[DuplicateQuery]

    @strawberry.field(description="What people wrote on it, newest first.")
    async def notes(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Note]:
        return await NOTES.page_of(info, self.uuid, Paging(first, after))

    @strawberry.field(description="What people did about it, and what is still to be done, newest first.")
    async def activities(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Activity]:
        return await ACTIVITIES.page_of(info, self.uuid, Paging(first, after))

    @strawberry.field(description="The campaigns it is counted for, the first joined first. Empty to the sender.")
    async def campaigns(self, info: Info) -> list[CampaignMembership]:
        return await campaigns_of(info.context, self.uuid)

    @strawberry.field(
        description="Leads in sight that look like the same person or company and request, best match first, the newest of equals first."
        " None to the sender.",
        metadata={"page": True},
    )
    async def duplicates(
        self, info: Info, first: Annotated[int | None, strawberry.argument(description="How many at most, from 1 to 200.")] = 5
    ) -> list[LeadDuplicate]:
        size = Paging(first).size(info.context.app, 5)
        found = await duplicates_of(info, self.duplicate_query, size)
        return [construct(LeadDuplicate, lead=lead, score=score(one.matched), matched_on=list(one.matched)) for lead, one in found]

    @strawberry.field(description="Everything that happened to the lead, newest first.")
    async def timeline(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> TimelineConnection:
        return await timeline_of(info, self.uuid, Paging(first, after))


async def _total_count(self: "LeadConnection", info: Info) -> int:
    return await total(info.context, self.query) if self.known_total is None else self.known_total


@strawberry.type(description="One page of leads.")
class LeadConnection(Connection[Lead]):
    event_cursor: EventCursor = strawberry.field(
        description="The event log's position read before these rows: subscribe with it as `after`,"
        " and nothing falls between list and stream."
    )
    query: strawberry.Private[LeadQuery]
    known_total: strawberry.Private[int | None] = None
    """How many there are on all pages, where that was counted before."""

    total_count: int = strawberry.field(resolver=_total_count, description=TOTAL_COUNT)

    @strawberry.field(
        description="Counts of the current result by field value, for filter menus; a facet ignores the top-level filter on its own field."
    )
    async def facets(
        self,
        info: Info,
        fields: Annotated[list[FacetField], strawberry.argument(description="What to count by.")],
        first: Annotated[int | None, strawberry.argument(description="How many values of each field at most, from 1 to 200.")] = 20,
    ) -> list[Facet]:
        size = Paging(first).size(info.context.app, 20)
        return await facets(info.context, self.query, fields, size)
