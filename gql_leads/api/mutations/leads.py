"""Mutations that work a lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.inputs import (
    AcceptLeadInput,
    AddLeadNoteInput,
    DeclineLeadInput,
    FavoriteLeadInput,
    MarkLeadLostInput,
    MarkLeadWonInput,
    QualifyLeadInput,
    UnfavoriteLeadInput,
    UpdateLeadDealInput,
    UpdateLeadInput,
    UpdateLeadStatusInput,
    or_none,
)
from gql_leads.api.mutations.payloads import (
    GIVEN,
    AcceptLeadPayload,
    AddLeadNotePayload,
    DeclineLeadPayload,
    FavoriteLeadPayload,
    MarkLeadLostPayload,
    MarkLeadWonPayload,
    QualifyLeadPayload,
    UnfavoriteLeadPayload,
    UpdateLeadDealPayload,
    UpdateLeadPayload,
    UpdateLeadStatusPayload,
    answered,
    mutation,
)
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notes import NOTES
from gql_leads.api.values.ids import decode_id
from gql_leads.services.leads import deals, favorites, notes, outcomes, responses, updates


@strawberry.type
class Working:
    @mutation("Set the follow-up status.")
    async def update_lead_status(self, info: Info, input: Annotated[UpdateLeadStatusInput, GIVEN]) -> UpdateLeadStatusPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await updates.update_lead_status(app, viewer, lead_id, input.status, or_none(input.expected_version))
        return await answered(info, UpdateLeadStatusPayload, lead_id)

    @mutation("Change what is known of the customer and the request.")
    async def update_lead(self, info: Info, input: Annotated[UpdateLeadInput, GIVEN]) -> UpdateLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await updates.update_lead(app, viewer, lead_id, input.details(), or_none(input.expected_version))
        return await answered(info, UpdateLeadPayload, lead_id)

    @mutation("Write a note on a lead.")
    async def add_lead_note(self, info: Info, input: Annotated[AddLeadNoteInput, GIVEN]) -> AddLeadNotePayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        mentions = [decode_id("Member", one) for one in or_none(input.mention_ids) or ()]
        note_id = await notes.add_lead_note(app, viewer, lead_id, input.body, or_none(input.idempotency_key), mentions)
        return await answered(info, AddLeadNotePayload, lead_id, note=await NOTES.by_id(info.context, note_id))

    @mutation("Take the lead on. A queued one is claimed in the same step; an unowned one becomes the accepter's.")
    async def accept_lead(self, info: Info, input: Annotated[AcceptLeadInput, GIVEN]) -> AcceptLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        deal, note = input.deal.given(), or_none(input.note)
        await responses.accept_lead(app, viewer, lead_id, deal, note, or_none(input.expected_version))
        return await answered(info, AcceptLeadPayload, lead_id)

    @mutation("Turn the lead down; it is archived, and the customer can choose another partner.")
    async def decline_lead(self, info: Info, input: Annotated[DeclineLeadInput, GIVEN]) -> DeclineLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        reason, comment = input.reason, or_none(input.comment)
        await responses.decline_lead(app, viewer, lead_id, reason, comment, or_none(input.expected_version))
        return await answered(info, DeclineLeadPayload, lead_id)

    @mutation("Change the deal of an accepted lead.")
    async def update_lead_deal(self, info: Info, input: Annotated[UpdateLeadDealInput, GIVEN]) -> UpdateLeadDealPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await deals.update_lead_deal(app, viewer, lead_id, input.deal.given(), or_none(input.expected_version))
        return await answered(info, UpdateLeadDealPayload, lead_id)

    @mutation("Establish sub-steps of the qualification, or take them back.")
    async def qualify_lead(self, info: Info, input: Annotated[QualifyLeadInput, GIVEN]) -> QualifyLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.qualify_lead(app, viewer, lead_id, input.given(), or_none(input.expected_version))
        return await answered(info, QualifyLeadPayload, lead_id)

    @mutation("Archive a qualified lead as won.")
    async def mark_lead_won(self, info: Info, input: Annotated[MarkLeadWonInput, GIVEN]) -> MarkLeadWonPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.mark_lead_won(app, viewer, lead_id, or_none(input.expected_version))
        return await answered(info, MarkLeadWonPayload, lead_id)

    @mutation("Archive an accepted lead as lost.")
    async def mark_lead_lost(self, info: Info, input: Annotated[MarkLeadLostInput, GIVEN]) -> MarkLeadLostPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        reason, comment = input.reason, or_none(input.comment)
        await outcomes.mark_lead_lost(app, viewer, lead_id, reason, comment, or_none(input.expected_version))
        return await answered(info, MarkLeadLostPayload, lead_id)

    @mutation("Mark a lead as one of the viewer's favorites.")
    async def favorite_lead(self, info: Info, input: Annotated[FavoriteLeadInput, GIVEN]) -> FavoriteLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await favorites.favorite_lead(info.context.app, info.context.viewer, lead_id)
        return await answered(info, FavoriteLeadPayload, lead_id)

    @mutation("Take the mark off again.")
    async def unfavorite_lead(self, info: Info, input: Annotated[UnfavoriteLeadInput, GIVEN]) -> UnfavoriteLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await favorites.unfavorite_lead(info.context.app, info.context.viewer, lead_id)
        return await answered(info, UnfavoriteLeadPayload, lead_id)
