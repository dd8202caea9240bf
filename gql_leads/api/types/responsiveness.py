"""How partners answer their leads."""

from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.store.leads import responsiveness


@strawberry.type(description="How reliably, and how fast, a partner answers its leads. Test leads left out.")
class Responsiveness:
    acceptance_rate: float | None = strawberry.field(
        description="Accepted ÷ (answered + expired), from 0 to 1; null where nothing was answered yet and nothing expired."
    )
    median_response_hours: float | None = strawberry.field(
        description="Hours from reaching the partner to its answer, in the middle of all; null where nothing was answered yet."
    )
    answered: int = strawberry.field(description="How many leads it accepted or declined.")
    expired: int = strawberry.field(description="How many leads it let expire.")


async def responsiveness_of(context: Context, partner_id: UUID) -> Responsiveness | None:
    """A partner's figures, read together with all others that this level asks for; None where the viewer may not know them."""
    connection, viewer = context.connection, context.viewer
    found = await context.dataloader.load("responsiveness", partner_id, lambda ids: responsiveness.of_partners(connection, viewer, ids))
    if found is None:
        return None
    return Responsiveness(
        acceptance_rate=found.acceptance_rate,
        median_response_hours=found.median_response_hours,
        answered=found.answered,
        expired=found.expired,
    )
