"""Mutations that add leads to the viewer's favorites and remove them."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import LEAD_ID, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.services.leads import favorites


@strawberry.input(description="The lead to add to the favorites.")
class FavoriteLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@strawberry.input(description="The lead to remove from the favorites.")
class UnfavoriteLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@payload
class FavoriteLeadPayload(LeadPayload):
    pass


@payload
class UnfavoriteLeadPayload(LeadPayload):
    pass


@strawberry.type
class FavoriteMutations:
    @mutation("Add a lead to the viewer's favorites.")
    async def favorite_lead(self, info: Info, input: Annotated[FavoriteLeadInput, INPUT]) -> FavoriteLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await favorites.favorite_lead(info.context.app, info.context.viewer, lead_id)
        return await lead_payload(info, FavoriteLeadPayload, lead_id)

    @mutation("Remove a lead from the viewer's favorites.")
    async def unfavorite_lead(self, info: Info, input: Annotated[UnfavoriteLeadInput, INPUT]) -> UnfavoriteLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await favorites.unfavorite_lead(info.context.app, info.context.viewer, lead_id)
        return await lead_payload(info, UnfavoriteLeadPayload, lead_id)
