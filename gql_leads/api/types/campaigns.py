"""The membership of leads in campaigns."""

from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.types.organization import Campaign, campaign
from gql_leads.api.values.scalars import DateTime
from gql_leads.store import campaigns


@strawberry.type(description="The membership of a lead in a campaign.")
class CampaignMembership:
    campaign: Campaign = strawberry.field(description="The campaign.")
    joined_at: DateTime = strawberry.field(description="The time when the lead was added to the campaign.")
    responded: bool = strawberry.field(description="True if the customer responded to the campaign.")


async def campaigns_of(context: Context, lead_id: UUID) -> list[CampaignMembership]:
    """Return the lead's campaigns; those of all leads of the level are read with one statement."""
    reader = context.reader
    rows = await context.dataloader.load("campaigns", lead_id, lambda ids: campaigns.memberships(reader, ids))
    return [CampaignMembership(campaign=campaign(row), joined_at=row["joined_at"], responded=bool(row["responded"])) for row in rows or ()]
