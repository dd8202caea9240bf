"""Recommendations: leads that the viewer's partner may want to claim, best first."""

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.domain.leads.recommendations import recommended
from gql_leads.store.leads import recommendations


@strawberry.type(description="A recommended lead that the viewer's partner may claim.")
class RecommendedLead:
    lead: Lead = strawberry.field(description="The lead.")
    reason: str = strawberry.field(description="The reason, in a sentence.")


async def recommended_leads(context: Context, most: int, selection: Selection) -> list[RecommendedLead]:
    """Return the best of the waiting leads; none for members of the vendor, who cannot claim."""
    reader = context.reader
    if not reader.viewer.works_leads:
        return []
    waiting = await recommendations.candidates(reader)
    found = recommended(waiting, await recommendations.taste(reader), most) if waiting else []
    below = selection.fields("RecommendedLead").get("lead", selection.nothing())
    leads = await leads_by_id(context, [lead_id for lead_id, _ in found], below)
    return [RecommendedLead(lead=leads[lead_id], reason=reason) for lead_id, reason in found if lead_id in leads]
