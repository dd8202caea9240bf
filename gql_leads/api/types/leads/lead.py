"""The `Lead` type and its parts."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.references import load_reference
from gql_leads.api.resolving.relay_connections import TOTAL_COUNT, After, Connection, First, Paging
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.types.campaigns import CampaignMembership, campaigns_of
from gql_leads.api.types.leads.duplicates import DuplicateQuery, duplicates_of
from gql_leads.api.types.leads.facets import Facet, facets, total
from gql_leads.api.types.leads.timeline import TimelineConnection, timeline_of
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.types.organization import BusinessProfile, Listing, Member, Partner, member_by_id
from gql_leads.api.types.queues import LeadQueue
from gql_leads.api.values.field_metadata import COUNTED, FACET_FIELDS, FACETS, PAGE, PRIVATE
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
from gql_leads.store.leads.notes_and_activities import Parent

if TYPE_CHECKING:
    from gql_leads.api.types.leads.conversion import Conversion, ConversionPreview


@strawberry.type(description="The consents of the customer.")
class Consent:
    to_contact: bool = strawberry.field(description="True if the customer agreed to be contacted.")
    to_share: bool = strawberry.field(description="True if the customer agreed that their data is shared.")


@strawberry.type(description="The contact person.")
class LeadContact:
    first_name: str | None = strawberry.field(description="The first name.")
    last_name: str = strawberry.field(description="The last name, or the whole name if it is not known in parts.")
    full_name: str = strawberry.field(description="First and last name.")
    title: str | None = strawberry.field(description="The job title.")
    email: EmailAddress | None = strawberry.field(description="The e-mail address, as the customer wrote it.")
    email_validity: EmailValidity = strawberry.field(description="The result of the e-mail check.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.")
    phone_validity: PhoneValidity = strawberry.field(description="The result of the phone number check.")


@strawberry.type(description="An action that belongs to the lead's stage, but is refused for now.")
class BlockedAction:
    action: LeadAction = strawberry.field(description="The blocked action.")
    missing: list[Requirement] = strawberry.field(description="The missing steps.")


@strawberry.type(description="A reason for the lead's quality.")
class QualityReason:
    code: QualityReasonCode = strawberry.field(description="The reason as a code.")
    message: str = strawberry.field(description="The reason in a sentence.")


@strawberry.type(description="A person in the deal's team: a member, or another person by name.")
class TeamMember:
    name: str = strawberry.field(description="The name.")
    email: EmailAddress | None = strawberry.field(description="The e-mail address.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.")
    member_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The member; null for another person.")
    async def member(self, info: Info) -> Member | None:
        return None if self.member_id is None else await member_by_id(info.context, self.member_id)


@strawberry.type(description="The deal of an accepted lead.")
class Deal:
    name: str = strawberry.field(description="The name.")
    estimated_value: Money | None = strawberry.field(description="The expected value.")
    purchase_timeframe: PurchaseTimeframe | None = strawberry.field(description="The time within which the customer wants to buy.")
    expected_close_date: Date | None = strawberry.field(description="The date by which the customer is expected to decide.")
    campaign_code: str | None = strawberry.field(description="The code of its campaign.")
    crm_id: str | None = strawberry.field(description="Its id in the partner's CRM.")
    team: list[TeamMember] = strawberry.field(description="The owner.")


@strawberry.type(
    description="The qualification of a lead: the customer's response, and the BANT criteria. Both are required for MARK_WON and CONVERT."
)
class Qualification:
    customer_responded: bool = strawberry.field(description="The customer has answered.")
    budget: bool = strawberry.field(description="A budget exists.")
    authority: bool = strawberry.field(description="The contact is authorised to decide.")
    need: bool = strawberry.field(description="The customer needs the product.")
    timeline: bool = strawberry.field(description="The time frame is known.")
    is_complete: bool = strawberry.field(description="True if all steps are confirmed.")
    completed_at: DateTime | None = strawberry.field(description="The time when the last step was confirmed.")


@strawberry.type(description="The decline of a lead.")
class Decline:
    reason: CloseReason = strawberry.field(description="The reason.")
    comment: str | None = strawberry.field(description="The explanation by the member who declined it.")
    declined_at: DateTime = strawberry.field(description="The time of the decline.")
    declined_by: Member | None = strawberry.field(description="The member who declined it. Null for the sender.")


@strawberry.type(description="The loss of a lead.")
class Loss:
    reason: CloseReason = strawberry.field(description="The reason.")
    comment: str | None = strawberry.field(description="The explanation by the member who marked it as lost.")
    lost_at: DateTime = strawberry.field(description="The time when it was marked as lost.")
    lost_by: Member | None = strawberry.field(description="The member who marked it as lost. Null for the sender.")


@strawberry.type(description="A probable duplicate of a lead.")
class LeadDuplicate:
    lead: "Lead" = strawberry.field(description="The other lead.")
    score: float = strawberry.field(
        description="The probability that both are the same, from 0 to 1: EMAIL alone is 0.8, PHONE 0.7, PERSON_AND_COMPANY 0.6,"
        " COMPANY_AND_LISTING 0.35; several matches increase it."
    )
    matched_on: list[DuplicateMatch] = strawberry.field(description="The attributes in which both are equal.")


@strawberry.type(description="A customer's interest in an offer of a partner.")
class Lead(Node):
    reference: str = strawberry.field(description="A short random code for use on the phone, e.g. `L-7K3QX2`.")
    version: int = strawberry.field(
        description="Starts at 1 and increases by one with every change of the lead's own fields (including deal and qualification),"
        " stage or holder, but not with notes, activities, campaigns, favorites and computed fields. Pass it as"
        " `expectedVersion` to refuse an update of outdated data. The sender's version does not count what is hidden from them."
    )
    type: LeadType = strawberry.field(description="The type of lead.")
    source: LeadSource = strawberry.field(description="The source of the lead.")
    call_to_action: CallToAction | None = strawberry.field(description="The button that the customer clicked.")
    status: LeadStatus = strawberry.field(description="The follow-up status, set by members.")
    stage: LeadStage = strawberry.field(description="The stage of the lifecycle.")
    outcome: LeadOutcome | None = strawberry.field(description="The outcome; null until the lead is archived.")
    company: str | None = strawberry.field(description="The customer's company; null for a private person.")
    company_size: CompanySize | None = strawberry.field(description="The number of employees.")
    industry: str | None = strawberry.field(description="The company's industry.")
    city: str | None = strawberry.field(description="The customer's city.")
    region: str | None = strawberry.field(description="The customer's region or state.")
    country: CountryCode | None = strawberry.field(
        description="The customer's country, which they choose when they consent to be contacted."
    )
    consent: Consent = strawberry.field(description="The consents of the customer.")
    external_reference: str | None = strawberry.field(
        description="The lead's id in its source system; unique per source within its scope. Creating it again returns the first lead. Null"
        " while the contact is hidden."
    )
    contact: LeadContact | None = strawberry.field(
        description="The contact person; null while it is hidden from the viewer, see `contactHidden`."
    )
    contact_hidden: ContactHiddenReason | None = strawberry.field(
        description="The reason why the contact is hidden; null if it is visible."
    )
    message: str | None = strawberry.field(
        description="The customer's request, in their words. While the contact is hidden, e-mail addresses, phone numbers and the contact's"
        " names read `[hidden]`."
    )
    listing: Listing | None = strawberry.field(description="The listing that the customer acted on.")
    listing_title: str | None = strawberry.field(
        description="The listing's name; or, if no listing is known by it, the offer's title as a marketplace or a file wrote it."
    )
    profile: BusinessProfile | None = strawberry.field(description="The business profile that the customer contacted.")
    partner: Partner | None = strawberry.field(description="The partner that has the lead. Null while the lead waits in a queue.")
    queue: LeadQueue | None = strawberry.field(description="The queue in which the lead waits; null once a partner has it.")
    owner: Member | None = strawberry.field(description="The owner.")
    sender: Member | None = strawberry.field(
        description="The member who sent the lead: a vendor's seller, or a partner's member (null for members of other partners)."
        " Null if the customer sent it."
    )
    recipient_email: EmailAddress | None = strawberry.field(description="The address that the sender asked to notify.")
    quality: LeadQuality = strawberry.field(description="The likelihood that the lead converts.")
    quality_reasons: list[QualityReason] = strawberry.field(
        description="The reasons for the quality; those that reveal contact details are left out while the contact is hidden."
    )
    contact_requested_at: DateTime | None = strawberry.field(
        description="The time when the customer explicitly asked to be contacted; null if they did not."
    )
    contact_urgency: ContactUrgency | None = strawberry.field(
        description="The urgency of the customer's request for contact; null if there is none, or it was answered."
    )
    is_hot: bool = strawberry.field(description="True if `contactUrgency` is HOT.")
    is_favorite: bool = strawberry.field(description="True if the lead is one of the viewer's favorites.", metadata=PRIVATE)
    requires_response: bool = strawberry.field(
        description="False for offer leads whose call to action is only informational (GET_IT_NOW, FREE_TRIAL, TEST_DRIVE), and for"
        " leads that a partner's member entered for that partner."
    )
    expires_at: DateTime | None = strawberry.field(
        description="The time when an unanswered lead expires (14 days), or an informational one is archived (6 months). Null if"
        " neither applies."
    )
    is_test: bool = strawberry.field(description="True for a test lead: not counted in reports, and no mail is sent to the customer.")
    deleted_at: DateTime | None = strawberry.field(description="The time of deletion; null if the lead is not deleted.")
    created_at: DateTime = strawberry.field(description="The time of creation.")
    updated_at: DateTime = strawberry.field(description="The time when `version` last increased; for the sender, too.")
    claimed_at: DateTime | None = strawberry.field(description="The time when it was claimed from a queue.")
    accepted_at: DateTime | None = strawberry.field(description="The time when it was accepted.")
    archived_at: DateTime | None = strawberry.field(description="The time when it was archived.")
    deal: Deal | None = strawberry.field(description="The deal; null before the lead is accepted.")
    qualification: Qualification | None = strawberry.field(description="The qualification; null before the lead is accepted.")
    decline: Decline | None = strawberry.field(description="The reason and time of the decline; null if the lead was not declined.")
    loss: Loss | None = strawberry.field(description="The reason and time of the loss; null if the lead was not lost.")
    conversion: Annotated["Conversion", strawberry.lazy("gql_leads.api.types.leads.conversion")] | None = strawberry.field(
        description="The records that the lead was converted into; null for the sender."
    )
    conversion_preview: Annotated["ConversionPreview", strawberry.lazy("gql_leads.api.types.leads.conversion")] | None = strawberry.field(
        description="The existing accounts and contacts that this lead would be converted into, and the suggested opportunity name."
        " Null while the contact is hidden, once the lead is archived, and for viewers who may not convert it."
    )
    allowed_actions: list[LeadAction] = strawberry.field(
        description="The actions that the viewer may take now. Claim limits are not considered: see `allowance.canClaim` of the queue.",
        metadata=PRIVATE,
    )
    blocked_actions: list[BlockedAction] = strawberry.field(
        description="Actions that belong to the lead's stage but are refused for now, and the missing steps, e.g. MARK_WON until it"
        " is qualified.",
        metadata=PRIVATE,
    )
    uuid: strawberry.Private[UUID]
    duplicate_of_id: strawberry.Private[UUID | None]
    duplicate_query: strawberry.Private[DuplicateQuery]

    @strawberry.field(description="The lead that this one was merged into; null if the viewer cannot see it, and for the sender.")
    async def duplicate_of(self, info: Info) -> Annotated["Lead", strawberry.lazy("gql_leads.api.types.leads.lead")] | None:
        found: Lead | None = await load_reference(info.context, "Lead", self.duplicate_of_id, Selection.under(info))
        return found

    @strawberry.field(description="The notes, newest first.")
    async def notes(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Note]:
        return await NOTES.page_of(info, Parent.LEAD, self.uuid, Paging(first, after))

    @strawberry.field(description="The activities, open and completed, newest first.")
    async def activities(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Activity]:
        return await ACTIVITIES.page_of(info, Parent.LEAD, self.uuid, Paging(first, after))

    @strawberry.field(description="The campaigns of the lead, in the order in which it was added. Empty for the sender.")
    async def campaigns(self, info: Info) -> list[CampaignMembership]:
        return await campaigns_of(info.context, self.uuid)

    @strawberry.field(
        description="Visible leads that are probably the same person, or the same company and request; best match first, then newest"
        " first. Empty for the sender.",
        metadata=PAGE,
    )
    async def duplicates(
        self, info: Info, first: Annotated[int | None, strawberry.argument(description="The maximum number, from 0 to 200.")] = 5
    ) -> list[LeadDuplicate]:
        size = Paging(first).size(info.context.app, 5)
        found = await duplicates_of(info, self.duplicate_query, size)
        return [construct(LeadDuplicate, lead=lead, score=score(one.matched), matched_on=list(one.matched)) for lead, one in found]

    @strawberry.field(description="The history of the lead, newest first.")
    async def timeline(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> TimelineConnection:
        return await timeline_of(info, self.uuid, Paging(first, after))


async def _total_count(self: "LeadConnection", info: Info) -> int:
    return await total(info.context, self.query) if self.known_total is None else self.known_total


@strawberry.type(description="One page of leads.")
class LeadConnection(Connection[Lead]):
    event_cursor: EventCursor = strawberry.field(
        description="A position in the event log from before these rows were read: subscribe with it as `after` to miss no change."
    )
    query: strawberry.Private[LeadQuery]
    known_total: strawberry.Private[int | None] = None
    """The number of leads on all pages, if it was read before."""

    total_count: int = strawberry.field(resolver=_total_count, description=TOTAL_COUNT, metadata=COUNTED)

    @strawberry.field(
        description="Counts of the current result by field value, for filter menus. A facet ignores the top-level filter on its own field.",
        metadata=FACETS,
    )
    async def facets(
        self,
        info: Info,
        fields: Annotated[list[FacetField], strawberry.argument(description="The fields to count by.", metadata=FACET_FIELDS)],
        first: Annotated[int | None, strawberry.argument(description="The maximum number of values per field, from 0 to 200.")] = 20,
    ) -> list[Facet]:
        size = Paging(first).size(info.context.app, 20)
        return await facets(info.context, self.query, fields, size)
