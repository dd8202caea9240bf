"""The `Responsiveness` type."""

from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.store.reports import responsiveness


@strawberry.type(description="The acceptance rate and response time of a partner. Test leads are not counted.")
class Responsiveness:
    acceptance_rate: float | None = strawberry.field(description="Accepted ÷ (answered + expired), from 0 to 1; null if the divisor is 0.")
    median_response_hours: float | None = strawberry.field(
        description="The median time in hours from a lead's arrival at the partner to its answer; null if no lead was answered."
    )
    answered: int = strawberry.field(description="The number of leads that it accepted or declined.")
    expired: int = strawberry.field(description="The number of leads that expired.")


async def responsiveness_of(context: Context, partner_id: UUID) -> Responsiveness | None:
    """Return a partner's figures, or None if they are not visible; a level is read at once."""
    connection, viewer = context.connection, context.viewer
    figures = await context.dataloader.load("responsiveness", partner_id, lambda ids: responsiveness.of_partners(connection, viewer, ids))
    if figures is None:
        return None
    return Responsiveness(
        acceptance_rate=figures.acceptance_rate,
        median_response_hours=figures.median_response_hours,
        answered=figures.answered,
        expired=figures.expired,
    )
