"""Subscriptions to changes of leads.

Every message has a cursor; a client that reconnects with it as `after` misses nothing.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.lead_lists import lead_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead
from gql_leads.api.types.lead_events import (
    LeadAlert,
    LeadChange,
    StreamAfter,
    StreamFilter,
    VisibleChange,
    decode_event_cursor,
    lead_change,
)
from gql_leads.api.values.filters import to_stream_filter
from gql_leads.api.values.ids import decode_id_strict
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.domain.events import Event, Presence
from gql_leads.domain.leads.filters import Filter, became_hot, came_into_sight, presence
from gql_leads.domain.viewer import Viewer
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import Logged
from gql_leads.store.sql.rows import to_millis

VIEWER_REFRESH_SECONDS = 2.0
"""Seconds after which a stream reloads the roles and queues of its viewer."""

Condition = Callable[[Filter, Viewer, Event], bool]


def _alerts(decides: Condition, description: str) -> Any:
    """Return a subscription to events that meet a condition, except for leads that are no longer visible."""

    async def alerts(
        info: Info, filter: StreamFilter = strawberry.UNSET, after: StreamAfter = strawberry.UNSET
    ) -> AsyncGenerator[LeadAlert, None]:
        context, asked = info.context, to_stream_filter(filter)
        fields = Selection.under(info).fields("LeadAlert")
        below = fields.get("lead", Selection.under(info).nothing())
        async with aclosing(_events(context, after)) as events:
            async for logged in events:
                if not decides(asked, context.viewer, logged.event):
                    continue
                lead = await _current_lead(context, logged.event.lead_id, below)
                if lead is not None:
                    yield LeadAlert(
                        cursor=EventCursor(context.app.cursors.seal(logged.position)),
                        occurred_at=DateTime(to_millis(logged.event.occurred_at)),
                        lead=lead,
                    )

    return strawberry.subscription(alerts, description=description)


@strawberry.type(
    description="Live changes. Every message has a cursor. With `after`, all events since that cursor are delivered first, in"
    " order and each once, followed by live events. A cursor that is older than the log is refused with the code"
    " CURSOR_EXPIRED."
)
class Subscription:
    new_lead = _alerts(
        came_into_sight,
        "A lead became visible to the viewer: it was created, assigned to their partner, or put into a queue they can"
        " claim from. Sent once each time that it becomes visible.",
    )
    hot_lead = _alerts(
        became_hot,
        "A customer asks to be contacted now: a HOT lead became visible to the viewer, or a visible lead became HOT.",
    )

    @strawberry.subscription(description="Every change of a lead that the viewer can see, for example to update a list or a board.")
    async def lead_changed(
        self,
        info: Info,
        lead_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this lead.")] = strawberry.UNSET,
        filter: StreamFilter = strawberry.UNSET,
        after: StreamAfter = strawberry.UNSET,
    ) -> AsyncGenerator[LeadChange, None]:
        context, asked = info.context, to_stream_filter(filter)
        only = decode_id_strict("Lead", lead_id) if isinstance(lead_id, str) else None
        below = Selection.under(info).fields("LeadChange").get("lead")
        async with aclosing(_events(context, after)) as events:
            async for logged in events:
                meaning = presence(asked, context.viewer, logged.event)
                if meaning is None or only not in (None, logged.event.lead_id):
                    continue
                lead = None
                if below is not None and meaning is not Presence.LEFT:
                    lead = await _current_lead(context, logged.event.lead_id, below)
                yield lead_change(context, VisibleChange(logged, meaning), {logged.event.lead_id: lead} if lead else {})


async def _events(context: Context, after: EventCursor | None) -> AsyncGenerator[Logged, None]:
    """Yield the events after the cursor, then new ones; reload the viewer regularly.

    A stream that is resumed continues after the last delivered event instead.
    """
    await context.refresh_viewer()
    progress, event_reader = context.progress, context.app.event_reader
    progress.newest = await event_log.horizon(context.connection)
    if progress.reached is None:
        start = await decode_event_cursor(context, context.last_event_id or after)
        progress.reached = progress.newest if start is None else start
    if progress.waits:
        following = event_reader.follow(progress.reached)
    elif progress.until is not None:
        following = event_reader.replay(progress.reached, progress.until)
    else:
        return
    async with aclosing(following) as events:  # type: ignore[type-var]
        async for logged in events:
            await context.refresh_viewer(max_age=VIEWER_REFRESH_SECONDS)
            progress.telling = logged.position
            yield logged
            progress.reached = logged.position


async def _current_lead(context: Context, lead_id: UUID, selection: Selection) -> Lead | None:
    """Return the current lead; if it is not visible, try again with the viewer's reloaded roles and queues."""
    lead = await lead_by_id(context, lead_id, selection)
    if lead is None and await context.refresh_viewer():
        lead = await lead_by_id(context, lead_id, selection)
    return lead
