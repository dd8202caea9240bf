"""The mutation that makes a link to a file of leads."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.inputs import ExportLeadsInput
from gql_leads.api.mutations.payloads import GIVEN, ExportLeadsPayload, LeadExport, mutation
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.filters import filter_of, search_of, sort_of
from gql_leads.api.values.scalars import URL, DateTime, EventCursor
from gql_leads.services.exports import export_leads
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import to_millis


@strawberry.type
class Exporting:
    @mutation("Make a link to a CSV of exactly the leads that the query lists.")
    async def export_leads(self, info: Info, input: Annotated[ExportLeadsInput, GIVEN]) -> ExportLeadsPayload | None:
        query = LeadQuery(search_of(input.search), filter_of(input.filter), sort_of(input.sort))
        link = await export_leads(info.context.app, info.context.viewer, query)
        made = LeadExport(
            filename=link.filename,
            url=URL(link.url),
            expires_at=DateTime(to_millis(link.expires_at)),
            row_count=link.row_count,
            event_cursor=EventCursor(info.context.app.cursors.seal(link.position)),
        )
        return ExportLeadsPayload(errors=[], export=made)
