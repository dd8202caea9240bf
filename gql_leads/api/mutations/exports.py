"""The mutation that creates a signed link to a CSV export."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.filters import LeadFilter, LeadSortInput, to_filter, to_search, to_sort
from gql_leads.api.values.scalars import URL, DateTime, EventCursor
from gql_leads.services.exports import export_leads
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import to_millis


@strawberry.input(description="Which leads to export, and in which order.")
class ExportLeadsInput:
    search: str | None = optional("As in `leads`.")
    filter: LeadFilter | None = optional("As in `leads`.")
    sort: list[LeadSortInput] | None = optional("As in `leads`.")


@strawberry.type(description="A CSV of exactly the leads the query lists, at a signed link that streams it.")
class LeadExport:
    filename: str = strawberry.field(description="`Leads_mmddyyyy.csv`")
    url: URL = strawberry.field(description="The link; it needs no header.")
    expires_at: DateTime = strawberry.field(description="Until when the link can be opened.")
    row_count: int = strawberry.field(description="How many leads there were when the link was made.")
    event_cursor: EventCursor = strawberry.field(description="Subscribe from here, and the file and the stream together miss nothing.")


@payload
class ExportLeadsPayload(Payload):
    export: LeadExport | None = strawberry.field(description="The export; null where it was refused.")


@strawberry.type
class ExportMutations:
    @mutation("Make a link to a CSV of exactly the leads that the query lists.")
    async def export_leads(self, info: Info, input: Annotated[ExportLeadsInput, INPUT]) -> ExportLeadsPayload | None:
        query = LeadQuery(to_search(input.search), to_filter(input.filter), to_sort(input.sort))
        link = await export_leads(info.context.app, info.context.viewer, query)
        made = LeadExport(
            filename=link.filename,
            url=URL(link.url),
            expires_at=DateTime(to_millis(link.expires_at)),
            row_count=link.row_count,
            event_cursor=EventCursor(info.context.app.cursors.seal(link.position)),
        )
        return ExportLeadsPayload(errors=[], export=made)
