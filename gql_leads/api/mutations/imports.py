"""The mutations that start and cancel imports of leads."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.imports import LeadImport, imports_of
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import URL
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.states import ImportState
from gql_leads.services.imports import imports


@strawberry.input(description="A column of the file, and the field that its cells are.")
class ColumnMappingInput:
    header: str = required("The heading of the column, as the first row of the file has it; case and spaces are ignored.")
    field: LeadImportField = required("The field.")


@strawberry.input(description="A file of leads to import.")
class StartLeadImportInput:
    filename: str = required("The name of the file, at most 255 characters; for people to recognise the import.")
    mapping: list[ColumnMappingInput] | None = optional(
        "Fields of columns whose headings are not known by themselves, or stand for something else. Headings of Salesforce, HubSpot,"
        " Microsoft and Oracle are known in English, French, Czech, Polish and German, and those of `exportLeads`."
    )
    delimiter: str | None = optional('What separates the cells: a comma, a semicolon or a tab ("\\t"). If omitted, the header shows it.')
    encoding: str | None = optional("The character encoding: UTF-8, CP1252 or UTF-16. If omitted, it is recognised.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> imports.NewImport:
        """Return the command for the service."""
        mapping = tuple((one.header, one.field) for one in none_if_unset(self.mapping) or ())
        return imports.NewImport(self.filename, mapping, none_if_unset(self.delimiter), none_if_unset(self.encoding))


@strawberry.input(description="The import to cancel.")
class CancelLeadImportInput:
    import_id: strawberry.ID = required("The import.", id_of="LeadImport")


@payload
class StartLeadImportPayload(Payload):
    import_: LeadImport | None = strawberry.field(name="import", description="The import; null if the mutation was refused.")
    upload_url: URL | None = strawberry.field(
        description="A signed link for one day: send the file there by PUT, unpacked and without an authentication header. An upload that"
        " is cut off can be repeated. Null if the mutation was refused, or the file is here already."
    )


@payload
class CancelLeadImportPayload(Payload):
    import_: LeadImport | None = strawberry.field(name="import", description="The import; null if the mutation was refused.")


@strawberry.type
class ImportMutations:
    @mutation(
        "Start an import of leads from a CSV file: send the file to `uploadUrl` and follow `importProgress`. Rows with the reference of"
        " a lead update it; the others become new leads of the partner or, for administrators, leads that are routed."
    )
    async def start_lead_import(self, info: Info, input: Annotated[StartLeadImportInput, INPUT]) -> StartLeadImportPayload | None:
        context, key = info.context, none_if_unset(input.idempotency_key)
        import_id = await imports.start_lead_import(context.app, context.viewer, input.to_command(), key)
        started = await _import(context, import_id)
        is_pending = started is not None and started.state is ImportState.PENDING
        url = URL(imports.upload_url(context.app, import_id)) if is_pending else None
        return StartLeadImportPayload(errors=[], import_=started, upload_url=url)

    @mutation("Cancel an import: rows that are in stay, no more follow.")
    async def cancel_lead_import(self, info: Info, input: Annotated[CancelLeadImportInput, INPUT]) -> CancelLeadImportPayload | None:
        context = info.context
        import_id = await imports.cancel_lead_import(context.app, context.viewer, decode_id("LeadImport", input.import_id))
        return CancelLeadImportPayload(errors=[], import_=await _import(context, import_id))


async def _import(context: Context, import_id: UUID) -> LeadImport | None:
    return (await imports_of(context, [import_id])).get(import_id)
