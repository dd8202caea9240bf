"""Webhooks, and the list of what was delivered to them."""

from collections.abc import Collection
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, After, PageInfo, Paging
from gql_leads.api.types.node import Node
from gql_leads.api.values.field_metadata import PAGE
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import JSON, URL, DateTime, EventCursor, optional_instant
from gql_leads.domain import permissions
from gql_leads.domain.errors import Forbidden, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.store.events.event_log import Position
from gql_leads.store.models.webhooks import Webhook as StoredWebhook
from gql_leads.store.models.webhooks import WebhookDelivery as StoredDelivery
from gql_leads.store.outbox import webhooks
from gql_leads.store.sql.rows import to_json

TYPE_NAME: Final = "Webhook"
PURPOSE: Final = "webhook deliveries"
First = Annotated[int, strawberry.argument(description="The maximum number of rows, from 0 to 200.")]


@strawberry.type(description="An event that is or was delivered to a webhook. Deliveries are listed for 30 days.")
class WebhookDelivery:
    cursor: EventCursor = strawberry.field(description="The position of the event.")
    kind: TimelineKind = strawberry.field(description="The kind of event.")
    attempts: int = strawberry.field(description="The number of attempts so far.")
    status_code: int | None = strawberry.field(
        description="The HTTP status of the last response; null if there was no attempt or no response."
    )
    error: str | None = strawberry.field(description="Why the last attempt failed; null if it did not.")
    delivered_at: DateTime | None = strawberry.field(description="The time of the 2xx response; null before.")
    next_attempt_at: DateTime | None = strawberry.field(
        description="The time of the next attempt; null once it was delivered, or given up after three days."
    )


@strawberry.type(description="A delivery and its cursor.")
class WebhookDeliveryEdge:
    cursor: str = strawberry.field(description=CURSOR)
    node: WebhookDelivery = strawberry.field(description=NODE)


@strawberry.type(description="One page of deliveries.")
class WebhookDeliveryConnection:
    edges: list[WebhookDeliveryEdge] = strawberry.field(description=EDGES)
    nodes: list[WebhookDelivery] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)


@strawberry.type(
    description="A URL to which the events of leads are sent as signed JSON (Standard Webhooks), in order for each lead and at least once."
)
class Webhook(Node):
    url: URL = strawberry.field(description="The address of the receiver.")
    kinds: list[TimelineKind] = strawberry.field(description="The kinds of events to send; an empty list stands for all.")
    filter: JSON | None = strawberry.field(description="The LeadFilter as it was given; instants in UTC.")
    is_active: bool = strawberry.field(
        description="False while it is switched off, or paused: after a day of failures alone it is tried hourly until one succeeds."
    )
    problem: str | None = strawberry.field(
        description="Why it was paused, or which events it could not get, as a sentence; null if nothing is wrong."
    )
    stored: strawberry.Private[StoredWebhook]

    @strawberry.field(description="The position up to which everything was delivered or given up.")
    async def cursor(self, info: Info) -> EventCursor | None:
        context = info.context
        return EventCursor(context.app.cursors.encode(await webhooks.delivered_up_to(context.connection, self.stored)))

    @strawberry.field(description="What is and was delivered, newest event first.", metadata=PAGE)
    async def deliveries(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> WebhookDeliveryConnection:
        return await _page(info.context, self.stored.id, Paging(first=first, after=after))


def webhook(stored: StoredWebhook) -> Webhook:
    """Return a stored webhook as its type."""
    return Webhook(
        id=strawberry.ID(encode_id(TYPE_NAME, stored.id)),
        url=URL(stored.url),
        kinds=[TimelineKind(kind) for kind in stored.kinds or ()],
        filter=stored.lead_filter,
        is_active=stored.is_active,
        problem=stored.problem,
        stored=stored,
    )


async def webhooks_by_id(context: Context, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the webhooks with these ids that the viewer may list."""
    if not permissions.KEEP_WEBHOOKS.allows(context.viewer):
        return {}
    return {stored.id: webhook(stored) for stored in await webhooks.webhooks_of(context.connection, context.viewer, ids)}


async def listed_webhooks(context: Context) -> list[Webhook]:
    """Return all webhooks that the viewer may list; raise Forbidden for members who may not."""
    try:
        permissions.KEEP_WEBHOOKS.require(context.viewer)
    except NotPermitted as refusal:
        raise Forbidden(refusal.message) from None
    return [webhook(stored) for stored in await webhooks.webhooks_of(context.connection, context.viewer)]


async def _page(context: Context, webhook_id: UUID, paging: Paging) -> WebhookDeliveryConnection:
    window = paging.window(context.app, PURPOSE, 20)
    before = None if window.after is None else Position(*map(int, window.after))
    rows = await webhooks.page(context.connection, webhook_id, window.size + 1, before)
    edges = [WebhookDeliveryEdge(cursor=_cursor(context, row), node=_delivery(context, row)) for row in rows[: window.size]]
    return WebhookDeliveryConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=len(rows) > window.size,
            has_previous_page=before is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def _cursor(context: Context, row: StoredDelivery) -> str:
    return context.app.cursor_codec.encode(PURPOSE, to_json(list(webhooks.place(row))).encode().ljust(72))


def _delivery(context: Context, row: StoredDelivery) -> WebhookDelivery:
    return WebhookDelivery(
        cursor=EventCursor(context.app.cursors.encode(webhooks.place(row))),
        kind=TimelineKind(row.kind),
        attempts=row.attempts,
        status_code=row.status_code,
        error=row.error,
        delivered_at=optional_instant(row.delivered_at),
        next_attempt_at=optional_instant(row.next_attempt_at),
    )
