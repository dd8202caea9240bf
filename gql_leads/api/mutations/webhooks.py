"""The mutations that save and delete webhooks, and deliver again."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.webhooks import Webhook, webhooks_by_id
from gql_leads.api.values.filters import LeadFilter, to_stream_filter
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import URL, EventCursor
from gql_leads.api.values.stored_filters import as_given
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.values.validation import UNSET
from gql_leads.services.notifications import webhooks


@strawberry.input(description="A new webhook, which begins now, or changes to an existing one, which keeps its secret.")
class SaveWebhookInput:
    webhook_id: strawberry.ID | None = optional("The webhook to change; if omitted, a new one is made.", id_of="Webhook")
    url: URL = required(
        "The address of the receiver: https, without user name and password, and not in a private network (unless the server allows it)."
    )
    kinds: list[TimelineKind] | None = optional("The kinds of events to send; an empty list or null stands for all.")
    filter: LeadFilter | None = optional("The leads whose events to send, as for `leadChanged`; null stands for all in sight.")
    is_active: bool | None = optional("False to switch it off. True to resume it where it stopped; a new one is active by default.")
    idempotency_key: str | None = optional(f"{IDEMPOTENCY_KEY} The secret is null then.")


@strawberry.input(description="The webhook to delete.")
class DeleteWebhookInput:
    webhook_id: strawberry.ID = required("The webhook.", id_of="Webhook")


@strawberry.input(description="The webhook that shall get events again.")
class RedeliverWebhookInput:
    webhook_id: strawberry.ID = required("The webhook.", id_of="Webhook")
    after: EventCursor = required("Every matching event after this position is sent again, with the `webhook-id` that it had.")


@payload
class SaveWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(description="The webhook; null if the mutation was refused.")
    secret: str | None = strawberry.field(
        description="The secret of a new webhook, shown this once: the receiver verifies signatures with it."
    )


@payload
class DeleteWebhookPayload(Payload):
    deleted_webhook_id: strawberry.ID | None = strawberry.field(
        description="The id of the deleted webhook; null if the mutation was refused."
    )


@payload
class RedeliverWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(description="The webhook; null if the mutation was refused.")


@strawberry.type
class WebhookMutations:
    @mutation("Make a webhook, or change one. The owner, as whom events and leads are seen, is the member who saved it last.")
    async def save_webhook(self, info: Info, input: Annotated[SaveWebhookInput, INPUT]) -> SaveWebhookPayload | None:
        context = info.context
        to_stream_filter(none_if_unset(input.filter))
        command = webhooks.SaveWebhook(
            webhook_id=decode_optional_id("Webhook", input.webhook_id),
            url=input.url,
            kinds=to_unset(input.kinds),
            lead_filter=UNSET if input.filter is strawberry.UNSET else as_given(input.filter, "filter"),
            is_active=to_unset(input.is_active),
        )
        saved = await webhooks.save_webhook(context.app, context.viewer, command, none_if_unset(input.idempotency_key))
        return SaveWebhookPayload(errors=[], webhook=await _webhook(context, saved.webhook_id), secret=saved.secret)

    @mutation("Delete a webhook with the list of its deliveries.")
    async def delete_webhook(self, info: Info, input: Annotated[DeleteWebhookInput, INPUT]) -> DeleteWebhookPayload | None:
        await webhooks.delete_webhook(info.context.app, info.context.viewer, decode_id("Webhook", input.webhook_id))
        return DeleteWebhookPayload(errors=[], deleted_webhook_id=input.webhook_id)

    @mutation("Send the events after a position again, also those that were given up.")
    async def redeliver_webhook(self, info: Info, input: Annotated[RedeliverWebhookInput, INPUT]) -> RedeliverWebhookPayload | None:
        context, webhook_id = info.context, decode_id("Webhook", input.webhook_id)
        await webhooks.redeliver_webhook(context.app, context.viewer, webhook_id, input.after)
        return RedeliverWebhookPayload(errors=[], webhook=await _webhook(context, webhook_id))


async def _webhook(context: Context, webhook_id: UUID) -> Webhook | None:
    return (await webhooks_by_id(context, [webhook_id])).get(webhook_id)
