"""Mutations that merge duplicates into one lead, and undo that."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.values.field_metadata import CHANGED_EACH
from gql_leads.api.values.ids import decode_id
from gql_leads.services.leads import merges


@strawberry.input(description="The lead that stays, and the leads that are merged into it.")
class MergeLeadsInput:
    primary_id: strawberry.ID = required("The lead that stays.", id_of="Lead")
    duplicate_ids: list[strawberry.ID] = required(
        "The leads to merge into it, at most 20, of the same partner or in the same queue.", CHANGED_EACH, id_of="Lead"
    )
    dry_run: bool = optional("True to return what would happen without changing anything.", False)
    expected_version: int | None = optional(f"{EXPECTED_VERSION} It is that of the primary.")
    idempotency_key: str | None = optional(f"{IDEMPOTENCY_KEY} A dry run ignores it.")


@strawberry.input(description="The lead to unmerge.")
class UnmergeLeadInput:
    lead_id: strawberry.ID = required("The lead that was merged into another one.", id_of="Lead")


@payload
class MergeLeadsPayload(LeadPayload):
    merged_ids: strawberry.Private[tuple[UUID, ...]] = ()

    @strawberry.field(description="What would be or was merged; empty if the mutation was refused.")
    async def merged(self, info: Info) -> list[Lead]:
        found = await leads_by_id(info.context, list(self.merged_ids), Selection.under(info))
        return [found[one] for one in self.merged_ids if one in found]


@payload
class UnmergeLeadPayload(LeadPayload):
    pass


@strawberry.type
class MergeMutations:
    @mutation(
        "Merge duplicates into one lead: notes, activities, campaigns and history move to the primary, its empty fields are filled, and the"
        " others are archived as DUPLICATE of it."
    )
    async def merge_leads(self, info: Info, input: Annotated[MergeLeadsInput, INPUT]) -> MergeLeadsPayload | None:
        app, viewer, primary_id = info.context.app, info.context.viewer, decode_id("Lead", input.primary_id)
        duplicate_ids = [decode_id("Lead", one) for one in input.duplicate_ids]
        version, key = none_if_unset(input.expected_version), none_if_unset(input.idempotency_key)
        result = await merges.merge_leads(app, viewer, primary_id, duplicate_ids, version, key, dry_run=input.dry_run)
        info.context.dry_run_rows = result.dry_run_rows
        return await lead_payload(info, MergeLeadsPayload, primary_id, merged_ids=result.duplicate_ids)

    @mutation("Undo the merging of a lead within 30 days: the duplicate is what it was, with what was its own.")
    async def unmerge_lead(self, info: Info, input: Annotated[UnmergeLeadInput, INPUT]) -> UnmergeLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await merges.unmerge_lead(app, viewer, lead_id)
        return await lead_payload(info, UnmergeLeadPayload, lead_id)
