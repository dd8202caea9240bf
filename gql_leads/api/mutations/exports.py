"""The mutation that creates a signed link to a CSV export."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.values.field_metadata import EXPORT
from gql_leads.api.values.filters import LeadFilter, LeadSortInput, to_filter, to_search, to_sort
from gql_leads.api.values.scalars import URL, DateTime, EventCursor
from gql_leads.services.exports import ExportLink, export_leads
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import to_millis


@strawberry.input(description="The leads to export, and their order.")
class ExportLeadsInput:
    search: str | None = optional("As in `leads`.")
    filter: LeadFilter | None = optional("As in `leads`.")
    sort: list[LeadSortInput] | None = optional("As in `leads`.")


@strawberry.type(description="A CSV file of the leads that the query lists, behind a signed link.")
class LeadExport:
    filename: str = strawberry.field(description="`Leads_mmddyyyy.csv`")
    url: URL = strawberry.field(description="The link; it needs no authentication header.")
    expires_at: DateTime = strawberry.field(description="The time until which the link works.")
    row_count: int = strawberry.field(description="The number of leads when the link was created.")
    event_cursor: EventCursor = strawberry.field(description="Subscribe with it as `after` to receive every change after the export.")


@payload
class ExportLeadsPayload(Payload):
    export: LeadExport | None = strawberry.field(description="The export; null if the mutation was refused.")


@strawberry.type
class ExportMutations:
    @mutation("Create a signed link to a CSV file of the leads that the query lists.", EXPORT)
    async def export_leads(self, info: Info, input: Annotated[ExportLeadsInput, INPUT]) -> ExportLeadsPayload | None:
        query = LeadQuery(to_search(input.search), to_filter(input.filter), to_sort(input.sort))
        link = await export_leads(info.context.app, info.context.viewer, query)
        return ExportLeadsPayload(errors=[], export=_lead_export(info.context, link))


def _lead_export(context: Context, link: ExportLink) -> LeadExport:
    return LeadExport(
        filename=link.filename,
        url=URL(link.url),
        expires_at=DateTime(to_millis(link.expires_at)),
        row_count=link.row_count,
        event_cursor=EventCursor(context.app.cursors.encode(link.position)),
    )
