"""The campaigns that a lead is counted for."""

from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.types.organization import Campaign, campaign
from gql_leads.api.values.scalars import DateTime
from gql_leads.store import campaigns


@strawberry.type(description="A lead's part in a campaign.")
class CampaignMembership:
    campaign: Campaign = strawberry.field(description="The campaign.")
    joined_at: DateTime = strawberry.field(description="Since when the lead is counted for it.")
    responded: bool = strawberry.field(description="Whether the customer responded to it.")


async def campaigns_of(context: Context, lead_id: UUID) -> list[CampaignMembership]:
    """The lead's campaigns, read together with those of all leads of its level."""
    reader = context.reader
    rows = await context.dataloader.load("campaigns", lead_id, lambda ids: campaigns.memberships(reader, ids))
    return [CampaignMembership(campaign=campaign(row), joined_at=row["joined_at"], responded=bool(row["responded"])) for row in rows or ()]
