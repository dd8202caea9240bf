"""Payload base and loop of the mutations that change up to 100 leads at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar
from uuid import UUID

import strawberry

from gql_leads.api.mutations.payload import Payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.errors import UserError, user_errors
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.values.ids import decode_id
from gql_leads.domain.errors import BadInput, Invalid, InvalidField, Refusal
from gql_leads.domain.values.validation import Validator

MAX_LEADS: Final = 100


@strawberry.type(description="The result for one lead.")
class BulkLeadResult:
    lead_id: strawberry.ID = strawberry.field(description="The id that the client sent.")
    lead: Lead | None = strawberry.field(
        description="The lead after the change; null if the change was refused or the viewer can no longer see the lead."
    )
    errors: list[UserError] = strawberry.field(description="The reasons of a refusal; empty if the lead was changed.")


@strawberry.type(description="The result of a mutation of several leads.")
class BulkPayload(Payload):
    results: list[BulkLeadResult] = strawberry.field(description="One result for each id, in the order of the input.")


BulkPayloadType = TypeVar("BulkPayloadType", bound=BulkPayload)


async def change_each(
    info: Info, kind: type[BulkPayloadType], ids: Sequence[strawberry.ID], change: Callable[[UUID], Awaitable[UUID]]
) -> BulkPayloadType:
    """Change each lead in a transaction of its own, then read all changed leads with one statement.

    Raises Invalid for more than 100 ids; the refusal of a single lead becomes the `errors` of its result.
    """
    validator = Validator()
    validator.count(ids, "leadIds", most=MAX_LEADS)
    validator.raise_if_invalid()
    refused = {text: await _refusal(change, text, ids.index(text)) for text in dict.fromkeys(ids)}
    changed = [decode_id("Lead", text) for text, errors in refused.items() if not errors]
    selected = Selection.under(info).fields(kind.__name__)
    below = selected["results"].fields("BulkLeadResult") if "results" in selected else {}
    found = await leads_by_id(info.context, changed, below["lead"]) if "lead" in below else {}
    results = [
        BulkLeadResult(lead_id=text, errors=refused[text], lead=None if refused[text] else found.get(decode_id("Lead", text)))
        for text in ids
    ]
    return kind(errors=[], results=results)


async def _refusal(change: Callable[[UUID], Awaitable[UUID]], text: strawberry.ID, number: int) -> list[UserError]:
    try:
        await change(decode_id("Lead", text))
    except BadInput as wrong:
        return user_errors(Invalid([InvalidField(("leadIds", str(number)), wrong.message)]))
    except Refusal as refusal:
        return user_errors(refusal)
    return []
