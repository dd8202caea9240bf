"""The mutation that erases the personal data of a lead's contact."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import LEAD_ID, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.services.leads import erasure


@strawberry.input(description="The lead whose contact is erased.")
class EraseLeadContactInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@payload
class EraseLeadContactPayload(LeadPayload):
    pass


@strawberry.type
class ErasureMutations:
    @mutation(
        "Permanently remove the person's data from the lead, its history, the event log and stored mails; the lead still"
        " counts in reports. Repeating it removes data that was added since."
    )
    async def erase_lead_contact(self, info: Info, input: Annotated[EraseLeadContactInput, INPUT]) -> EraseLeadContactPayload | None:
        lead_id = await erasure.erase_lead_contact(info.context.app, info.context.viewer, decode_id("Lead", input.lead_id))
        return await lead_payload(info, EraseLeadContactPayload, lead_id)
