"""Leads that the viewer's partner may want to claim, best first."""

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead
from gql_leads.domain.leads.recommendations import recommended
from gql_leads.store.leads import recommendations


@strawberry.type(description="A lead that the viewer's partner may claim, and may want.")
class RecommendedLead:
    lead: Lead = strawberry.field(description="The lead.")
    reason: str = strawberry.field(description="In a sentence, for the person who reads it.")


async def recommended_leads(context: Context, most: int, selection: Selection) -> list[RecommendedLead]:
    """The best of the leads that wait; none for the vendor's people, who claim nothing."""
    reader = context.reader
    if not reader.viewer.works_leads:
        return []
    waiting = await recommendations.candidates(reader)
    found = recommended(waiting, await recommendations.taste(reader), most) if waiting else []
    asked = selection.fields("RecommendedLead").get("lead", selection.nothing())
    leads = await leads_by_id(context, [lead_id for lead_id, _ in found], asked)
    return [RecommendedLead(lead=leads[lead_id], reason=reason) for lead_id, reason in found if lead_id in leads]
