"""Mutations that take leads away and bring them back, and those that change many at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final, TypeVar
from uuid import UUID

import strawberry

from gql_leads.api.mutations.inputs import (
    ClearTestLeadsInput,
    DeleteLeadInput,
    DeleteLeadsInput,
    RestoreLeadsInput,
    UpdateLeadStatusesInput,
)
from gql_leads.api.mutations.payloads import (
    GIVEN,
    BulkLeadResult,
    BulkPayload,
    ClearTestLeadsPayload,
    DeleteLeadPayload,
    DeleteLeadsPayload,
    RestoreLeadsPayload,
    UpdateLeadStatusesPayload,
    mutation,
)
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.errors import UserError, user_errors
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.values.ids import decode_id, decode_optional_id, to_global
from gql_leads.domain.errors import Refusal
from gql_leads.domain.validation import Validator
from gql_leads.services.leads import deletion, updates

MOST_LEADS: Final = 100

Answer = TypeVar("Answer", bound=BulkPayload)


@strawberry.type
class Deleting:
    @mutation(
        "Out of every list, count and export at once; `restoreLeads` brings it back for 30 days, then all but the report's figures is gone."
    )
    async def delete_lead(self, info: Info, input: Annotated[DeleteLeadInput, GIVEN]) -> DeleteLeadPayload | None:
        lead_id = await deletion.delete_lead(info.context.app, info.context.viewer, decode_id("Lead", input.lead_id))
        return DeleteLeadPayload(errors=[], deleted_lead_id=to_global("Lead", lead_id))

    @mutation("Delete many leads: each succeeds or fails by itself.")
    async def delete_leads(self, info: Info, input: Annotated[DeleteLeadsInput, GIVEN]) -> DeleteLeadsPayload | None:
        app, viewer = info.context.app, info.context.viewer
        return await _each(info, DeleteLeadsPayload, input.lead_ids, lambda one: deletion.delete_lead(app, viewer, one))

    @mutation("Bring deleted leads back: each succeeds or fails by itself.")
    async def restore_leads(self, info: Info, input: Annotated[RestoreLeadsInput, GIVEN]) -> RestoreLeadsPayload | None:
        app, viewer = info.context.app, info.context.viewer
        return await _each(info, RestoreLeadsPayload, input.lead_ids, lambda one: deletion.restore_lead(app, viewer, one))

    @mutation(
        "Removes every test lead in sight, as `deleteLead` does: a partner's referral admin those of the partner, an administrator all,"
        " or those of one partner."
    )
    async def clear_test_leads(self, info: Info, input: Annotated[ClearTestLeadsInput, GIVEN]) -> ClearTestLeadsPayload | None:
        partner_id = decode_optional_id("Partner", input.partner_id)
        count = await deletion.clear_test_leads(info.context.app, info.context.viewer, partner_id)
        return ClearTestLeadsPayload(errors=[], deleted_count=count)

    @mutation("The same status for many leads: each succeeds or fails by itself.")
    async def update_lead_statuses(self, info: Info, input: Annotated[UpdateLeadStatusesInput, GIVEN]) -> UpdateLeadStatusesPayload | None:
        app, viewer, status = info.context.app, info.context.viewer, input.status
        return await _each(
            info,
            UpdateLeadStatusesPayload,
            input.lead_ids,
            lambda one: updates.update_lead_status(app, viewer, one, status),
        )


async def _each(info: Info, kind: type[Answer], ids: Sequence[strawberry.ID], uow: Callable[[UUID], Awaitable[UUID]]) -> Answer:
    """Change each lead by itself, then read all of them at once."""
    validator = Validator()
    validator.count(ids, "leadIds", most=MOST_LEADS)
    validator.done()
    refused = {text: await _refusal(uow, decode_id("Lead", text)) for text in dict.fromkeys(ids)}
    changed = [decode_id("Lead", text) for text, errors in refused.items() if not errors]
    asked = Selection.under(info).fields(kind.__name__)
    below = asked["results"].fields("BulkLeadResult") if "results" in asked else {}
    found = await leads_by_id(info.context, changed, below["lead"]) if "lead" in below else {}
    results = [
        BulkLeadResult(lead_id=text, errors=refused[text], lead=None if refused[text] else found.get(decode_id("Lead", text)))
        for text in ids
    ]
    return kind(errors=[], results=results)


async def _refusal(uow: Callable[[UUID], Awaitable[UUID]], lead_id: UUID) -> list[UserError]:
    try:
        await uow(lead_id)
    except Refusal as refusal:
        return user_errors(refusal)
    return []
