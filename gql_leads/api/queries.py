"""All queries."""

from typing import Annotated, Any, Final

import strawberry

from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.event_pages import DEFAULT_PAGE_SIZE
from gql_leads.api.resolving.lead_lists import lead_by_id, lead_by_reference, page_of_leads, page_of_recent_leads
from gql_leads.api.resolving.nodes import nodes_by_id
from gql_leads.api.resolving.relay_connections import After, Before, Connection, First, Last, Paging
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types import opportunities as customers
from gql_leads.api.types import organization as people
from gql_leads.api.types.activities import Activity, page_of_activities
from gql_leads.api.types.api_keys import ApiKey, listed_keys
from gql_leads.api.types.imports import LeadImport, LeadImportConnection, imports_of, page_of_imports
from gql_leads.api.types.intake_keys import IntakeKey, listed_intake_keys
from gql_leads.api.types.leads.boards import LeadBoard, board_of
from gql_leads.api.types.leads.lead import Lead, LeadConnection
from gql_leads.api.types.leads.lead_events import LeadChangeConnection, StreamFilter, page_of_changes
from gql_leads.api.types.leads.recommendations import RecommendedLead, recommended_leads
from gql_leads.api.types.node import Node
from gql_leads.api.types.notification_settings import NotificationSettings, settings_of_viewer
from gql_leads.api.types.notifications import NotificationConnection, page_of_notifications, unread_notifications
from gql_leads.api.types.opportunities import Account, Contact, OpportunityConnection
from gql_leads.api.types.opportunity_events import OpportunityChangeConnection, OpportunityStreamFilter, page_of_opportunity_changes
from gql_leads.api.types.organization import Campaign, Listing, Member, Partner
from gql_leads.api.types.queues import LeadQueue, queue
from gql_leads.api.types.reports import LeadReport, report_of
from gql_leads.api.types.routing import AssignmentRuleSet, rule_set
from gql_leads.api.types.saved_views import SavedView, listed_views
from gql_leads.api.types.webhooks import Webhook, listed_webhooks
from gql_leads.api.values.field_metadata import (
    COUNTED_NOTIFICATIONS,
    EVENTS,
    FILTERED_BOARD,
    FILTERED_LIST,
    FILTERED_RECORDS,
    GROUPING,
    PAGE,
    PRIVATE,
    RECOMMENDATIONS,
    REPORT,
    SEARCHED,
    SEARCHED_RECORDS,
    SORTED,
)
from gql_leads.api.values.filters import (
    ActivityFilterInput,
    LeadFilter,
    LeadSortInput,
    OpportunityFilterInput,
    to_activity_filter,
    to_filter,
    to_opportunity_filter,
    to_search,
    to_sort,
    to_stream_filter,
)
from gql_leads.api.values.ids import decode_any_id, decode_id
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.api.values.time_zones import to_time_zone
from gql_leads.domain.errors import BadInput
from gql_leads.domain.leads.boards import LeadBoardGrouping
from gql_leads.domain.reports.periods import Period, ReportInterval, ReportScope
from gql_leads.domain.viewer import MemberRole
from gql_leads.store import queues
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, AnyKind
from gql_leads.store.opportunities import Query as CustomerQuery
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import Kind
from gql_leads.store.reports.lead_reports import Question
from gql_leads.store.sql.rows import from_millis

MAX_IDS = 200

SEARCH: Final = (
    "The text to find, literally. Case (Turkish ı and İ included), accents of Latin and Greek letters and Cyrillic ё/е are ignored; other"
    " scripts keep their marks. Full names are found in both orders. A blank text selects everything."
)
FILTER: Final = "The leads to include."
Search = Annotated[str | None, strawberry.argument(description=SEARCH)]
LeadSearch = Annotated[str | None, strawberry.argument(description=SEARCH, metadata=SEARCHED)]
RecordSearch = Annotated[str | None, strawberry.argument(description=SEARCH, metadata=SEARCHED_RECORDS)]
Id = Annotated[strawberry.ID, strawberry.argument(description="An id that this API returned.")]


@strawberry.type(description="The authenticated member.")
class Viewer:
    roles: list[MemberRole] = strawberry.field(description="The roles.")

    @strawberry.field(description="The member.", metadata=PRIVATE)
    async def member(self, info: Info) -> Member:
        return await people.member_by_id(info.context, info.context.viewer.member_id)  # type: ignore[return-value]

    @strawberry.field(description="The viewer's partner; null for members of the vendor.")
    async def partner(self, info: Info) -> Partner | None:
        partner_id = info.context.viewer.partner_id
        return None if partner_id is None else await people.partner_by_id(info.context, partner_id)

    @strawberry.field(description="What the viewer has chosen about notifications and mails.", metadata=PRIVATE)
    async def notification_settings(self, info: Info) -> NotificationSettings:
        return await settings_of_viewer(info.context)

    @strawberry.field(
        description="The leads that the viewer recently claimed, created, changed or added a note to, latest first.", metadata=PRIVATE
    )
    async def recent_leads(self, info: Info, first: First = 10, after: After = strawberry.UNSET) -> LeadConnection:
        return await page_of_recent_leads(info.context, Paging(first, after), Selection.under(info))

    @strawberry.field(description="The number of the viewer's unread notifications.", metadata=PRIVATE | COUNTED_NOTIFICATIONS)
    async def unread_notifications(self, info: Info) -> int:
        return await unread_notifications(info.context)


def _named_records(type_: type[Node], kind: Kind, description: str) -> Any:
    """Return a field that lists the visible records of a kind, by name."""

    async def records(info: Info, search: Search = strawberry.UNSET, first: First = 50, after: After = strawberry.UNSET) -> Any:
        return await people.page_by_name(info, kind, to_search(search), Paging(first, after))

    return strawberry.field(records, graphql_type=Connection[type_], description=description)  # type: ignore[valid-type]


def _customer_records(type_: type[Node], kind: AnyKind, description: str) -> Any:
    """Return a field that lists the records of a kind that belong to partners, newest first."""

    async def records(
        info: Info,
        search: RecordSearch = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Any:
        return await customers.page_newest_first(info, CustomerQuery(kind, to_search(search)), Paging(first, after, last, before))

    return strawberry.field(records, graphql_type=Connection[type_], description=description)  # type: ignore[valid-type]


@strawberry.type(description="All queries.")
class Query:
    @strawberry.field(description="An object by its id; null if it does not exist or the viewer cannot see it.")
    async def node(self, info: Info, id: Id) -> Node | None:
        found: Node | None
        (found,) = await nodes_by_id(info.context, [decode_any_id(id)], Selection.under(info))
        return found

    @strawberry.field(
        description="Objects by their ids, in the same order; null for each that does not exist or is not visible. At most 200.",
        metadata=PAGE,
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 200 ids.")]
    ) -> list[Node | None]:
        if len(ids) > MAX_IDS:
            raise BadInput(f"Ask for at most {MAX_IDS} ids at once: there are {len(ids)}.")
        return await nodes_by_id(info.context, [decode_any_id(one) for one in ids], Selection.under(info))

    @strawberry.field(description="The authenticated member.", metadata=PRIVATE)
    async def viewer(self, info: Info) -> Viewer:
        roles = info.context.viewer.roles
        return Viewer(roles=[role for role in MemberRole if role in roles])

    @strawberry.field(description="A lead; null if it does not exist or the viewer cannot see it.")
    async def lead(self, info: Info, id: Id) -> Lead | None:
        return await lead_by_id(info.context, decode_id("Lead", id), Selection.under(info))

    @strawberry.field(description="A lead by the code that people quote on the phone; null if there is none or the viewer cannot see it.")
    async def lead_by_reference(
        self,
        info: Info,
        reference: Annotated[str, strawberry.argument(description="The lead's whole `reference`; case is ignored.")],
    ) -> Lead | None:
        return await lead_by_reference(info.context, to_search(reference) or "", Selection.under(info))

    @strawberry.field(
        description="The leads that the viewer can see. `search` finds a text in first name, last name, company, listing name and"
        " e-mail; case is ignored, and there are no wildcards or operators. A term that is a whole reference also finds that lead."
        " Newest first unless sorted. 50 per page by default, at most 200."
    )
    async def leads(
        self,
        info: Info,
        search: LeadSearch = strawberry.UNSET,
        filter: Annotated[LeadFilter | None, strawberry.argument(description=FILTER, metadata=FILTERED_LIST)] = strawberry.UNSET,
        sort: Annotated[list[LeadSortInput] | None, strawberry.argument(description="The sort order.", metadata=SORTED)] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> LeadConnection:
        query = LeadQuery(to_search(search), to_filter(filter), to_sort(sort))
        return await page_of_leads(info.context, query, Paging(first, after, last, before), Selection.under(info))

    @strawberry.field(description="A kanban board: the leads of a list, in columns by one attribute.")
    async def lead_board(
        self,
        info: Info,
        search: LeadSearch = strawberry.UNSET,
        filter: Annotated[LeadFilter | None, strawberry.argument(description=FILTER, metadata=FILTERED_BOARD)] = strawberry.UNSET,
        group_by: Annotated[
            LeadBoardGrouping, strawberry.argument(description="The attribute that the columns stand for.", metadata=GROUPING)
        ] = LeadBoardGrouping.STATUS,
    ) -> LeadBoard | None:
        query = LeadQuery(to_search(search), to_filter(filter))
        return await board_of(info.context, query, group_by, Selection.under(info))

    @strawberry.field(
        description="Figures about leads. Each figure counts leads by the time of that step, from `from` (inclusive) to"
        " `before` (exclusive). Test leads are not counted; for the vendor, deleted ones are.",
        metadata=REPORT,
    )
    async def lead_report(
        self,
        info: Info,
        from_: Annotated[DateTime, strawberry.argument(name="from", description="The start, inclusive.")],
        before: Annotated[DateTime, strawberry.argument(description="The end, exclusive.")],
        filter: Annotated[
            LeadFilter | None,
            strawberry.argument(description="The leads to count; `isDeleted: false` excludes deleted ones."),
        ] = strawberry.UNSET,
        interval: Annotated[
            ReportInterval, strawberry.argument(description="The length of each point in the series.")
        ] = ReportInterval.DAY,
        time_zone: Annotated[
            str,
            strawberry.argument(
                description="The IANA name of the time zone in which days, weeks (from Monday) and months of the series begin, such as"
                " Europe/Paris."
            ),
        ] = "UTC",
        scope: Annotated[ReportScope, strawberry.argument(description="Which of the visible leads to count.")] = ReportScope.IN_SIGHT,
    ) -> LeadReport | None:
        period = Period(from_millis(from_), from_millis(before))
        question = Question(to_filter(filter), period, interval, scope=scope, zone=to_time_zone(time_zone))
        return await report_of(info.context, question, Selection.under(info))

    @strawberry.field(
        description="Leads similar to those that the viewer's partner accepts, best first, out of the newest 500 that it may claim;"
        " leads that match keywords and company sizes of its profiles come first. Empty for members of the vendor.",
        metadata=PAGE | RECOMMENDATIONS,
    )
    async def recommended_leads(self, info: Info, first: First = 10) -> list[RecommendedLead]:
        return await recommended_leads(info.context, Paging(first).size(info.context.app, 10), Selection.under(info))

    @strawberry.field(
        description="Calls, e-mails, meetings and tasks of the leads and opportunities that the viewer can see: first the open ones by"
        " due time (those without one last), then the completed ones, newest first."
    )
    async def activities(
        self,
        info: Info,
        filter: Annotated[
            ActivityFilterInput | None, strawberry.argument(description="The activities to include.", metadata=FILTERED_RECORDS)
        ] = strawberry.UNSET,
        first: First = 50,
        after: After = strawberry.UNSET,
    ) -> Connection[Activity]:
        return await page_of_activities(info, to_activity_filter(filter), Paging(first, after))

    @strawberry.field(description="The queues that the viewer can see: the general queue first, then by name.")
    async def queues(self, info: Info) -> list[LeadQueue]:
        return [queue(row) for row in await queues.visible(info.context.reader)]

    @strawberry.field(
        description="The rules that assign the vendor's leads to partners and queues. FORBIDDEN for all but channel managers and"
        " administrators."
    )
    async def assignment_rules(self, info: Info) -> AssignmentRuleSet:
        return await rule_set(info.context)

    @strawberry.field(
        description="The viewer's notifications, newest first: those of the last 90 days whose lead they see now, without kinds that they"
        " muted. 20 per page by default."
    )
    async def notifications(
        self,
        info: Info,
        unread_only: Annotated[
            bool | None, strawberry.argument(description="True for those alone that the viewer has not marked as read.")
        ] = False,
        first: First = 20,
        after: After = strawberry.UNSET,
    ) -> NotificationConnection | None:
        return await page_of_notifications(info, Paging(first, after), unread_only=bool(unread_only))

    members = _named_records(Member, organization.MEMBERS, "The members, by name: for a partner, its own; for the vendor, all.")
    listings = _named_records(Listing, organization.LISTINGS, "Published listings, and all listings of the viewer's partner, by name.")
    partners = _named_records(Partner, organization.PARTNERS, "The partners of the marketplace, by name.")
    campaigns = _named_records(Campaign, organization.CAMPAIGNS, "The vendor's campaigns, by name. `search` matches names and codes.")

    @strawberry.field(
        description="The opportunities of the viewer's partner, or of all partners for channel managers and administrators, newest"
        " first. `search` matches names."
    )
    async def opportunities(
        self,
        info: Info,
        search: RecordSearch = strawberry.UNSET,
        filter: Annotated[
            OpportunityFilterInput | None, strawberry.argument(description="The opportunities to include.", metadata=FILTERED_RECORDS)
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> OpportunityConnection | None:
        query = CustomerQuery(OPPORTUNITIES, to_search(search), to_opportunity_filter(filter))
        page: OpportunityConnection = await customers.page_newest_first(info, query, Paging(first, after, last, before))
        return page

    accounts = _customer_records(
        Account,
        ACCOUNTS,
        "The accounts of the viewer's partner, or of all partners for channel managers and administrators, newest first."
        " `search` matches names.",
    )
    contacts = _customer_records(
        Contact,
        CONTACTS,
        "The contacts of the viewer's partner, or of all partners for channel managers and administrators, newest first."
        " `search` matches names and e-mail addresses.",
    )

    @strawberry.field(
        description="The changes that the subscriptions deliver, as a list: for systems that synchronise periodically, and for"
        " catching up over plain HTTP. Without `after`, it starts at the oldest event kept.",
        metadata=EVENTS,
    )
    async def lead_changes(
        self,
        info: Info,
        filter: StreamFilter = strawberry.UNSET,
        after: Annotated[EventCursor | None, strawberry.argument(description="Only changes after this position.")] = strawberry.UNSET,
        first: First = DEFAULT_PAGE_SIZE,
    ) -> LeadChangeConnection:
        return await page_of_changes(info.context, to_stream_filter(filter), after, first, Selection.under(info))

    @strawberry.field(
        description="The changes that `opportunityChanged` delivers, as a list. Without `after`, it starts at the oldest event kept.",
        metadata=EVENTS,
    )
    async def opportunity_changes(
        self,
        info: Info,
        filter: OpportunityStreamFilter = strawberry.UNSET,
        after: Annotated[EventCursor | None, strawberry.argument(description="Only changes after this position.")] = strawberry.UNSET,
        first: First = DEFAULT_PAGE_SIZE,
    ) -> OpportunityChangeConnection:
        return await page_of_opportunity_changes(info.context, to_opportunity_filter(filter), after, first, Selection.under(info))

    @strawberry.field(
        description="The API keys without their secrets, newest first: those of the viewer's partner, or for administrators all."
    )
    async def api_keys(self, info: Info) -> list[ApiKey]:
        return await listed_keys(info.context)

    @strawberry.field(
        description="The viewer's own views, and those shared with all members of their partner (or of the vendor), by position; of equal"
        " positions, the viewer's own first.",
        metadata=PRIVATE,
    )
    async def saved_views(self, info: Info) -> list[SavedView]:
        return await listed_views(info.context)

    @strawberry.field(
        description="The intake keys without their secrets, newest first: those of the viewer's partner, or for administrators all."
    )
    async def intake_keys(self, info: Info) -> list[IntakeKey]:
        return await listed_intake_keys(info.context)

    @strawberry.field(
        description="The webhooks without their secrets, newest first: those of the viewer's partner, or for administrators all."
    )
    async def webhooks(self, info: Info) -> list[Webhook]:
        return await listed_webhooks(info.context)

    @strawberry.field(description="An import of leads; null if it does not exist or the viewer cannot see it.")
    async def lead_import(self, info: Info, id: Id) -> LeadImport | None:
        import_id = decode_id("LeadImport", id)
        return (await imports_of(info.context, [import_id])).get(import_id)

    @strawberry.field(
        description="The imports of the viewer's partner, or for administrators all, newest first. FORBIDDEN for members who may not"
        " import."
    )
    async def lead_imports(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> LeadImportConnection | None:
        return await page_of_imports(info.context, Paging(first, after))
