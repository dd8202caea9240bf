"""Mutations that delete and restore leads, and clear test leads."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import LEAD_ID, optional, required
from gql_leads.api.mutations.leads.bulk import BulkPayload, change_each
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.field_metadata import CHANGED_EACH
from gql_leads.api.values.ids import decode_id, decode_optional_id, encode_id
from gql_leads.services.leads import deletion


@strawberry.input(description="The lead to delete.")
class DeleteLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@strawberry.input(description="At most 100 ids.")
class DeleteLeadsInput:
    lead_ids: list[strawberry.ID] = required("The leads to delete.", CHANGED_EACH)


@strawberry.input(description="At most 100 ids.")
class RestoreLeadsInput:
    lead_ids: list[strawberry.ID] = required("The deleted leads to restore.", CHANGED_EACH)


@strawberry.input(description="The partner whose test leads are cleared.")
class ClearTestLeadsInput:
    partner_id: strawberry.ID | None = optional(
        "Only test leads of this partner. A partner's member can clear only their own partner's.", id_of="Partner"
    )


@payload
class DeleteLeadPayload(Payload):
    deleted_lead_id: strawberry.ID | None = strawberry.field(description="The id of the deleted lead; null if the mutation was refused.")


@payload
class DeleteLeadsPayload(BulkPayload):
    pass


@payload
class RestoreLeadsPayload(BulkPayload):
    pass


@payload
class ClearTestLeadsPayload(Payload):
    deleted_count: int = strawberry.field(description="The number of deleted leads; 0 if the mutation was refused.")


@strawberry.type
class DeletionMutations:
    @mutation(
        "Delete a lead: it disappears from every list, count and export. `restoreLeads` restores it for 30 days; after"
        " that, only the figures of reports remain."
    )
    async def delete_lead(self, info: Info, input: Annotated[DeleteLeadInput, INPUT]) -> DeleteLeadPayload | None:
        lead_id = await deletion.delete_lead(info.context.app, info.context.viewer, decode_id("Lead", input.lead_id))
        return DeleteLeadPayload(errors=[], deleted_lead_id=encode_id("Lead", lead_id))

    @mutation("Delete up to 100 leads; each succeeds or fails on its own.")
    async def delete_leads(self, info: Info, input: Annotated[DeleteLeadsInput, INPUT]) -> DeleteLeadsPayload | None:
        app, viewer = info.context.app, info.context.viewer
        return await change_each(info, DeleteLeadsPayload, input.lead_ids, lambda one: deletion.delete_lead(app, viewer, one))

    @mutation("Restore up to 100 deleted leads; each succeeds or fails on its own.")
    async def restore_leads(self, info: Info, input: Annotated[RestoreLeadsInput, INPUT]) -> RestoreLeadsPayload | None:
        app, viewer = info.context.app, info.context.viewer
        return await change_each(info, RestoreLeadsPayload, input.lead_ids, lambda one: deletion.restore_lead(app, viewer, one))

    @mutation(
        "Delete all visible test leads, as `deleteLead` does: for a partner's referral admin those of the partner, for an"
        " administrator all, or those of one partner."
    )
    async def clear_test_leads(self, info: Info, input: Annotated[ClearTestLeadsInput, INPUT]) -> ClearTestLeadsPayload | None:
        partner_id = decode_optional_id("Partner", input.partner_id)
        count = await deletion.clear_test_leads(info.context.app, info.context.viewer, partner_id)
        return ClearTestLeadsPayload(errors=[], deleted_count=count)
