"""Mutations that set the follow-up status and edit the customer's details."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.leads.bulk import BulkPayload, change_each
from gql_leads.api.mutations.leads.contact_details import LeadContactInput, to_lead_fields
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.field_metadata import CHANGED_EACH
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import CountryCode
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CompanySize, LeadStatus
from gql_leads.services.leads import updates


@strawberry.input(description="A lead and its new follow-up status.")
class UpdateLeadStatusInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    status: LeadStatus = required("The new status.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="Leads and their new follow-up status.")
class UpdateLeadStatusesInput:
    lead_ids: list[strawberry.ID] = required("The leads, at most 100 ids.", CHANGED_EACH)
    status: LeadStatus = required("The new status of all these leads.")


@strawberry.input(description="Changes to the customer's details. Omitted fields stay; an explicit null clears a field.")
class UpdateLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    contact: LeadContactInput | None = optional("The contact person; omitted fields stay here, too.")
    company: str | None = optional("The customer's company.")
    company_size: CompanySize | None = optional("The number of employees.")
    industry: str | None = optional("The company's industry.")
    city: str | None = optional("The customer's city.")
    region: str | None = optional("The customer's region or state.")
    country: CountryCode | None = optional("The customer's country.")
    message: str | None = optional("The customer's request.")
    consent_to_contact: bool | None = optional("True if the customer agreed to be contacted.")
    consent_to_share: bool | None = optional("True if the customer agreed that their data is shared.")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def to_command(self) -> commands.LeadFields:
        """Return the command for the service."""
        return to_lead_fields(self)


@payload
class UpdateLeadStatusPayload(LeadPayload):
    pass


@payload
class UpdateLeadStatusesPayload(BulkPayload):
    pass


@payload
class UpdateLeadPayload(LeadPayload):
    pass


@strawberry.type
class UpdateMutations:
    @mutation("Set the follow-up status.")
    async def update_lead_status(self, info: Info, input: Annotated[UpdateLeadStatusInput, INPUT]) -> UpdateLeadStatusPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await updates.update_lead_status(app, viewer, lead_id, input.status, none_if_unset(input.expected_version))
        return await lead_payload(info, UpdateLeadStatusPayload, lead_id)

    @mutation("Change the details of the customer and the request.")
    async def update_lead(self, info: Info, input: Annotated[UpdateLeadInput, INPUT]) -> UpdateLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await updates.update_lead(app, viewer, lead_id, input.to_command(), none_if_unset(input.expected_version))
        return await lead_payload(info, UpdateLeadPayload, lead_id)

    @mutation("Set the follow-up status of up to 100 leads; each succeeds or fails on its own.")
    async def update_lead_statuses(self, info: Info, input: Annotated[UpdateLeadStatusesInput, INPUT]) -> UpdateLeadStatusesPayload | None:
        app, viewer, status = info.context.app, info.context.viewer, input.status
        return await change_each(
            info,
            UpdateLeadStatusesPayload,
            input.lead_ids,
            lambda one: updates.update_lead_status(app, viewer, one, status),
        )
