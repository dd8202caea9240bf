"""Filters and sorts as GraphQL inputs, and their conversion to domain objects."""

import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import strawberry

from gql_leads.api.values.enums import SortDirection
from gql_leads.api.values.field_metadata import CRITERION, PRIVATE, TEXT_CRITERION, Metadata
from gql_leads.api.values.ids import decode_id, id_of
from gql_leads.api.values.scalars import CountryCode, DateTime
from gql_leads.domain.activities import ActivityFilter, ActivityKind
from gql_leads.domain.errors import BadInput
from gql_leads.domain.leads.filters import EVERYTHING, Filter, Interval, TextFilter, TextMatch
from gql_leads.domain.leads.lead import (
    CallToAction,
    CompanySize,
    ContactUrgency,
    EmailValidity,
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
from gql_leads.domain.leads.references import normal_reference
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.opportunities.records import OpportunityFilter, OpportunityStage
from gql_leads.domain.values.codes import COUNTRIES
from gql_leads.store.sql.rows import from_millis

MAX_DEPTH: Final = 20
MAX_FILTERS: Final = 100
MAX_VALUES: Final = 200
MAX_TEXT_LENGTH: Final = 200
NO_METADATA: Final[Metadata] = {}
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Value = TypeVar("Value")


@strawberry.input(
    name="TextFilter",
    description="Literal, folded as the search is: without regard to case in any script (Turkish ı and İ included), accents of Latin"
    " and Greek letters, and forms (NFKC).",
    one_of=True,
)
class TextFilterInput:
    equals: str | None = strawberry.field(default=strawberry.UNSET, description="The whole text.")
    contains: str | None = strawberry.field(default=strawberry.UNSET, description="A part of the text.")
    starts_with: str | None = strawberry.field(default=strawberry.UNSET, description="The beginning of the text.")


@strawberry.input(description="A range of instants; `from` must lie before `before`. An absent instant is in no range.")
class DateTimeFilter:
    from_: DateTime | None = strawberry.field(default=strawberry.UNSET, name="from", description="The start, inclusive.")
    before: DateTime | None = strawberry.field(default=strawberry.UNSET, description="The end, exclusive.")


def _criterion(description: str, work: Metadata = CRITERION, metadata: Metadata = NO_METADATA, **more: Any) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description, metadata=work | metadata, **more)


@strawberry.input(
    description="A lead matches if all given conditions hold; a list matches any of its values; `and`, `or` and `not` combine"
    " filters. Null means no condition. An empty list matches nothing (an empty `and`: everything). An absent or"
    ' hidden value equals nothing, and `not` is the exact complement: no condition is "unknown".'
)
class LeadFilter:
    tab: LeadTab | None = _criterion("The tab of the lead workspace.")
    ids: list[strawberry.ID] | None = _criterion("Only these leads.", metadata=id_of("Lead"))
    types: list[LeadType] | None = _criterion("The type of lead.")
    sources: list[LeadSource] | None = _criterion("The source of the lead.")
    calls_to_action: list[CallToAction] | None = _criterion("The button that the customer clicked.")
    statuses: list[LeadStatus] | None = _criterion("The follow-up status.")
    stages: list[LeadStage] | None = _criterion("The stage of the lifecycle.")
    outcomes: list[LeadOutcome] | None = _criterion("The outcome.")
    qualities: list[LeadQuality] | None = _criterion("The quality.")
    email_validities: list[EmailValidity] | None = _criterion("The validity of the e-mail address; hidden contacts do not match.")
    phone_validities: list[PhoneValidity] | None = _criterion("The validity of the phone number; hidden contacts do not match.")
    countries: list[CountryCode] | None = _criterion("The customer's country.")
    company: TextFilterInput | None = _criterion("The company's name.", TEXT_CRITERION)
    company_sizes: list[CompanySize] | None = _criterion("The number of employees.")
    references: list[str] | None = _criterion("The whole reference; case is ignored.")
    external_references: list[str] | None = _criterion("The id in the source system, exactly; hidden contacts do not match.")
    crm_ids: list[str] | None = _criterion("The `crmId` of the deal, exactly.")
    listing_kinds: list[ListingKind] | None = _criterion("The kind of listing.")
    listing_ids: list[strawberry.ID] | None = _criterion("The listing.", metadata=id_of("Listing"))
    partner_ids: list[strawberry.ID] | None = _criterion("The partner that has the lead.", metadata=id_of("Partner"))
    partner_is_active: bool | None = _criterion(
        "False for leads of a deactivated partner; its open ones (`stages`) wait for reassignment. True for leads of an active partner."
    )
    owner_ids: list[strawberry.ID] | None = _criterion("The member who owns the lead.", metadata=id_of("Member"))
    sender_ids: list[strawberry.ID] | None = _criterion("The member who sent the lead.", metadata=id_of("Member"))
    queue_ids: list[strawberry.ID] | None = _criterion("The queue in which the lead waits.", metadata=id_of("LeadQueue"))
    claimed_from_queue_ids: list[strawberry.ID] | None = _criterion(
        "The queue from which the lead came to the partner that has it now, claimed or assigned.", metadata=id_of("LeadQueue")
    )
    campaign_ids: list[strawberry.ID] | None = _criterion("A campaign of the lead.", metadata=id_of("Campaign"))
    has_owner: bool | None = _criterion("False for leads that nobody owns yet.")
    has_listing: bool | None = _criterion("False for leads without a listing.")
    is_mine: bool | None = _criterion("True for objects that the viewer owns.", metadata=PRIVATE)
    is_open_claim: bool | None = _criterion("True for leads that count as open against the limit of the queue they came from.")
    is_claimable: bool | None = _criterion("True for leads in a queue that the viewer can claim from.")
    is_hot: bool | None = _criterion("True if the customer asked for contact less than 72 hours ago and has no answer yet.")
    is_favorite: bool | None = _criterion(
        "True for the viewer's favorites. Not supported in subscriptions, because marking a lead creates no event.", metadata=PRIVATE
    )
    is_test: bool | None = _criterion("True for a test lead.")
    is_deleted: bool | None = _criterion(
        "True for deleted leads, for viewers who may restore them (no leads for others); false by default. Only at the"
        " top level of a filter. `lead`, `node`, subscriptions and all mutations but `restoreLeads` ignore deleted leads."
    )
    contact_urgencies: list[ContactUrgency] | None = _criterion("The urgency of the customer's request for contact.")
    created_at: DateTimeFilter | None = _criterion("The time of creation.")
    updated_at: DateTimeFilter | None = _criterion("The time of the last change.")
    expires_at: DateTimeFilter | None = _criterion("The time of expiry.")
    claimed_at: DateTimeFilter | None = _criterion("The time of the claim.")
    accepted_at: DateTimeFilter | None = _criterion("The time of the acceptance.")
    archived_at: DateTimeFilter | None = _criterion("The time at which the lead was archived.")
    and_: "list[LeadFilter] | None" = _criterion("All of these filters match.", NO_METADATA, name="and")
    or_: "list[LeadFilter] | None" = _criterion("At least one of these filters matches.", NO_METADATA, name="or")
    not_: "LeadFilter | None" = _criterion("This filter does not match.", NO_METADATA, name="not")


@strawberry.input(
    name="OpportunityFilter",
    description="An opportunity matches if all given conditions hold; a list matches any of its values. Null means no condition.",
)
class OpportunityFilterInput:
    is_mine: bool | None = _criterion("True for objects that the viewer owns.", metadata=PRIVATE)
    stages: list[OpportunityStage] | None = _criterion("The sales stage.")
    account_ids: list[strawberry.ID] | None = _criterion("The account of the customer.", metadata=id_of("Account"))
    partner_ids: list[strawberry.ID] | None = _criterion("The partner that it belongs to.", metadata=id_of("Partner"))
    owner_ids: list[strawberry.ID] | None = _criterion("The member who owns it.", metadata=id_of("Member"))
    updated_at: DateTimeFilter | None = _criterion("The time of the last change.")


@strawberry.input(
    name="ActivityFilter",
    description="An activity matches if all given conditions hold; a list matches any of its values. Null means no condition.",
)
class ActivityFilterInput:
    is_mine: bool | None = _criterion("True for objects that the viewer owns.", metadata=PRIVATE)
    is_open: bool | None = _criterion("True for activities that are not completed.")
    kinds: list[ActivityKind] | None = _criterion("The kind of activity.")
    lead_ids: list[strawberry.ID] | None = _criterion("The lead that it is about.", metadata=id_of("Lead"))
    opportunity_ids: list[strawberry.ID] | None = _criterion("The opportunity that it is about.", metadata=id_of("Opportunity"))
    due_at: DateTimeFilter | None = _criterion("The due time.")


@strawberry.input(name="LeadSort", description="A sort key and its direction.")
class LeadSortInput:
    field: LeadSortField = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="The direction.")


def to_filter(value: LeadFilter | None) -> Filter:
    """Return the domain filter; raise BadInput if it is too large, too deep, or has an invalid value."""
    if not value:
        return EVERYTHING
    filters = _count(value)
    if filters > MAX_FILTERS:
        raise BadInput(f"Give at most {MAX_FILTERS} filters, those inside `and`, `or` and `not` among them: there are {filters}.")
    return _filter(value, 1, ("filter",))


def to_opportunity_filter(value: OpportunityFilterInput | None) -> OpportunityFilter:
    """Return the domain filter of opportunities; raise BadInput if it has an invalid value."""
    if not value:
        return OpportunityFilter()
    return OpportunityFilter(
        is_mine=_flag(value.is_mine),
        stages=_values("stages", value.stages),
        account_ids=_ids("accountIds", "Account", value.account_ids),
        partner_ids=_ids("partnerIds", "Partner", value.partner_ids),
        owner_ids=_ids("ownerIds", "Member", value.owner_ids),
        updated_at=_interval(value.updated_at),
    )


def to_activity_filter(value: ActivityFilterInput | None) -> ActivityFilter:
    """Return the domain filter of activities; raise BadInput if it has an invalid value."""
    if not value:
        return ActivityFilter()
    return ActivityFilter(
        is_mine=_flag(value.is_mine),
        is_open=_flag(value.is_open),
        kinds=_values("kinds", value.kinds),
        lead_ids=_ids("leadIds", "Lead", value.lead_ids),
        opportunity_ids=_ids("opportunityIds", "Opportunity", value.opportunity_ids),
        due_at=_interval(value.due_at, "filter", "dueAt"),
    )


def to_stream_filter(value: LeadFilter | None) -> Filter:
    """Return the domain filter of a stream; raise BadInput if it uses favorites, which create no events."""
    result = to_filter(value)
    if result.uses_favorites:
        raise BadInput("A stream cannot be filtered by favorites: marking a lead is no event. Leave out isFavorite and tab: FAVORITES.")
    return result


def to_search(value: str | None) -> str | None:
    """Return the search text; raise BadInput if it is too long or has control characters."""
    return _text("search", value) if value else None


def to_sort(value: Sequence[LeadSortInput] | None) -> tuple[LeadSort, ...]:
    """Return the sort steps; raise BadInput if there are too many."""
    if value and len(value) > len(LeadSortField):
        raise BadInput(f"Sort by at most {len(LeadSortField)} fields.")
    return tuple(LeadSort(step.field, descending=step.direction is SortDirection.DESC) for step in value or ())


def _count(value: LeadFilter) -> int:
    """Return the number of filters, including nested ones."""
    inside = (*(value.and_ or ()), *(value.or_ or ()), *((value.not_,) if value.not_ else ()))
    return 1 + sum(map(_count, inside))


def _filter(value: LeadFilter, depth: int, path: tuple[str, ...]) -> Filter:
    if depth > MAX_DEPTH:
        raise BadInput(f"The filter is nested too deep: at most {MAX_DEPTH} filters inside each other.")
    if value.is_deleted is not None and value.is_deleted is not strawberry.UNSET and depth > 1:
        raise BadInput("isDeleted can only be asked at the top of a filter. Take it out of `and`, `or` and `not`.")
    return Filter(
        tab=value.tab or None,
        ids=_ids("ids", "Lead", value.ids),
        type=_values("types", value.types),
        source=_values("sources", value.sources),
        call_to_action=_values("callsToAction", value.calls_to_action),
        status=_values("statuses", value.statuses),
        stage=_values("stages", value.stages),
        outcome=_values("outcomes", value.outcomes),
        quality=_values("qualities", value.qualities),
        email_validity=_values("emailValidities", value.email_validities),
        phone_validity=_values("phoneValidities", value.phone_validities),
        country=_countries(value.countries),
        company=_company(value.company),
        company_size=_values("companySizes", value.company_sizes),
        reference=_references(value.references),
        external_reference=_texts("externalReferences", value.external_references),
        crm_id=_texts("crmIds", value.crm_ids),
        listing_kind=_values("listingKinds", value.listing_kinds),
        listing_id=_ids("listingIds", "Listing", value.listing_ids),
        partner_id=_ids("partnerIds", "Partner", value.partner_ids),
        owner_id=_ids("ownerIds", "Member", value.owner_ids),
        sender_id=_ids("senderIds", "Member", value.sender_ids),
        queue_id=_ids("queueIds", "LeadQueue", value.queue_ids),
        origin_queue_id=_ids("claimedFromQueueIds", "LeadQueue", value.claimed_from_queue_ids),
        campaign_ids=_ids("campaignIds", "Campaign", value.campaign_ids),
        urgency=_values("contactUrgencies", value.contact_urgencies),
        partner_is_active=_flag(value.partner_is_active),
        has_owner=_flag(value.has_owner),
        has_listing=_flag(value.has_listing),
        is_open_claim=_flag(value.is_open_claim),
        is_mine=_flag(value.is_mine),
        is_claimable=_flag(value.is_claimable),
        is_hot=_flag(value.is_hot),
        is_favorite=_flag(value.is_favorite),
        is_test=_flag(value.is_test),
        is_deleted=_flag(value.is_deleted),
        created_at=_interval(value.created_at, *path, "createdAt"),
        updated_at=_interval(value.updated_at, *path, "updatedAt"),
        expires_at=_interval(value.expires_at, *path, "expiresAt"),
        claimed_at=_interval(value.claimed_at, *path, "claimedAt"),
        accepted_at=_interval(value.accepted_at, *path, "acceptedAt"),
        archived_at=_interval(value.archived_at, *path, "archivedAt"),
        all_of=_inside(value.and_, depth, *path, "and"),
        any_of=_inside(value.or_, depth, *path, "or"),
        negated=_filter(value.not_, depth + 1, (*path, "not")) if value.not_ else None,
    )


def _values(name: str, values: Sequence[Value] | None) -> tuple[Value, ...] | None:
    if values is None or values is strawberry.UNSET:
        return None
    if len(values) > MAX_VALUES:
        raise BadInput(f"Give at most {MAX_VALUES} values in `{name}`: there are {len(values)}.")
    return tuple(dict.fromkeys(values))


def _texts(name: str, values: Sequence[str] | None) -> tuple[str, ...] | None:
    texts = _values(name, values)
    return None if texts is None else tuple(_text(name, text) for text in texts)


def _references(values: Sequence[str] | None) -> tuple[str, ...] | None:
    texts = _texts("references", values)
    return None if texts is None else tuple(dict.fromkeys(map(normal_reference, texts)))


def _ids(name: str, kind: str, values: Sequence[strawberry.ID] | None) -> Any:
    texts = _values(name, values)
    return None if texts is None else tuple(decode_id(kind, text) for text in texts)


def _countries(values: Sequence[CountryCode] | None) -> tuple[str, ...] | None:
    codes = _values("countries", values)
    for code in codes or ():
        if code not in COUNTRIES:
            raise BadInput("Give every country in `countries` as an ISO 3166-1 code of two capital letters, such as FR.")
    return codes


def _company(value: TextFilterInput | None) -> TextFilter | None:
    if not value:
        return None
    for match, text in (
        (TextMatch.EQUALS, value.equals),
        (TextMatch.CONTAINS, value.contains),
        (TextMatch.STARTS_WITH, value.starts_with),
    ):
        if isinstance(text, str):
            return TextFilter(match, _text("company", text))
    return None


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise BadInput(f"Shorten `{name}` to at most {MAX_TEXT_LENGTH} characters: it has {len(text)}.")
    if _CONTROL_CHARACTERS.search(text):
        raise BadInput(f"Take the control characters out of `{name}`, and write it in whole characters.")
    return text


def _flag(value: bool | None) -> bool | None:
    return value if isinstance(value, bool) else None


def _interval(value: DateTimeFilter | None, *path: str) -> Interval | None:
    if not value:
        return None
    start, end = (from_millis(end) if isinstance(end, int) else None for end in (value.from_, value.before))
    if start is not None and end is not None and start >= end:
        raise BadInput(f"Give a `from` that lies before the `before` in `{path[-1]}`.", field=path)
    return Interval(start, end)


def _inside(value: "Sequence[LeadFilter] | None", depth: int, *path: str) -> tuple[Filter, ...] | None:
    filters = None if value is None or value is strawberry.UNSET else value
    return None if filters is None else tuple(_filter(one, depth + 1, (*path, str(number))) for number, one in enumerate(filters))
