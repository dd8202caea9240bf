"""Subscriptions to changes of leads and opportunities.

Every message has a cursor; a client that reconnects with it as `after` misses nothing.
"""

from collections.abc import AsyncIterable, Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.event_pages import VisibleChange
from gql_leads.api.resolving.event_sources import Converter, EventSource
from gql_leads.api.resolving.lead_lists import lead_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.imports import LeadImport, progress_of
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.types.leads.lead_events import LeadAlert, LeadChange, StreamAfter, StreamFilter, lead_change
from gql_leads.api.types.notifications import NotificationEvent, arrived_notification
from gql_leads.api.types.opportunities import opportunity_by_id
from gql_leads.api.types.opportunity_events import OpportunityChange, OpportunityStreamFilter, opportunity_change
from gql_leads.api.values.field_metadata import PRIVATE, STREAM
from gql_leads.api.values.filters import to_opportunity_filter, to_stream_filter
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.domain.events import Event, Presence
from gql_leads.domain.leads.alerts import alerts_hot_lead, alerts_new_lead, only_alerted
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.opportunities.events import OpportunityEvent
from gql_leads.domain.opportunities.events import presence as opportunity_presence
from gql_leads.domain.outbox.notifications import Notification, is_addressed_to
from gql_leads.domain.viewer import Viewer
from gql_leads.store.events.event_log import LoggedEvent
from gql_leads.store.sql.rows import to_millis

Condition = Callable[[Filter, Viewer, Event], bool]


def _alerts(condition: Condition, description: str) -> Any:
    """Define a subscription to the events that meet a condition, except for leads that are no longer visible."""

    async def alerts(
        info: Info, filter: StreamFilter = strawberry.UNSET, after: StreamAfter = strawberry.UNSET
    ) -> AsyncIterable[LeadAlert]:
        context, selection = info.context, Selection.under(info)
        below = selection.fields("LeadAlert").get("lead", selection.nothing())

        def prepare() -> Converter[LeadAlert]:
            lead_filter = to_stream_filter(filter)

            async def to_alert(logged: LoggedEvent) -> LeadAlert | None:
                viewer = context.viewer
                # A shared stream runs for all members of the partner, also for the one whom this event alone concerns.
                recipient = only_alerted(logged.event) if context.is_shared else None
                if not condition(lead_filter, replace(viewer, member_id=recipient) if recipient else viewer, logged.event):
                    return None
                lead = await _current_lead(context, logged.event.lead_id, below)
                if lead is None:
                    return None
                return LeadAlert(
                    cursor=EventCursor(context.app.cursors.encode(logged.position)),
                    occurred_at=DateTime(to_millis(logged.event.occurred_at)),
                    lead=lead,
                    recipient=recipient,
                )

            return to_alert

        return EventSource(context, after, Event, prepare)

    return strawberry.subscription(alerts, description=description, metadata=STREAM)


@strawberry.type(
    description="Live changes. Every message has a cursor. With `after`, all events since that cursor are delivered first, in"
    " order and each once, followed by live events. A cursor that is older than the log is refused with the code"
    " CURSOR_EXPIRED."
)
class Subscription:
    new_lead = _alerts(
        alerts_new_lead,
        "A lead to look at now: it was created where the viewer sees it, put into a queue they can claim from (also by a release, a"
        " restoration or a change of the queue's partners), or given to their partner or to them, even if they saw it before. A lead"
        " that is handed on within its partner alerts its new owner alone. A claim alerts nobody. Sent once for each such step; the"
        " filter is applied to the lead as it is after the step.",
    )
    hot_lead = _alerts(
        alerts_hot_lead,
        "A customer asks to be contacted now: one of the steps of `newLead` with a HOT lead, or a visible lead became HOT.",
    )

    @strawberry.subscription(
        description="Every change of a lead that the viewer can see, for example to update a list or a board.", metadata=STREAM
    )
    async def lead_changed(
        self,
        info: Info,
        lead_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this lead.")] = strawberry.UNSET,
        filter: StreamFilter = strawberry.UNSET,
        after: StreamAfter = strawberry.UNSET,
    ) -> AsyncIterable[LeadChange]:
        context = info.context
        below = Selection.under(info).fields("LeadChange").get("lead")

        def prepare() -> Converter[LeadChange]:
            lead_filter = to_stream_filter(filter)
            only = decode_id("Lead", lead_id) if isinstance(lead_id, str) else None

            async def to_change(logged: LoggedEvent) -> LeadChange | None:
                # An unreadable event of another lead does not concern this stream, so its `event` must not be read.
                if only is not None and logged.subject_id not in (None, only):
                    return None
                effect = presence(lead_filter, context.viewer, logged.event)
                if effect is None:
                    return None
                lead = None
                if below is not None and effect is not Presence.LEFT:
                    lead = await _current_lead(context, logged.event.lead_id, below)
                return lead_change(context, VisibleChange(logged, effect), {logged.event.lead_id: lead} if lead else {})

            return to_change

        return EventSource(context, after, Event, prepare)

    @strawberry.subscription(
        description="Every change of an opportunity that the viewer can see, its notes and activities among them: for example to follow a"
        " pipeline.",
        metadata=STREAM,
    )
    async def opportunity_changed(
        self,
        info: Info,
        opportunity_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this opportunity.")] = strawberry.UNSET,
        filter: OpportunityStreamFilter = strawberry.UNSET,
        after: StreamAfter = strawberry.UNSET,
    ) -> AsyncIterable[OpportunityChange]:
        context = info.context
        is_selected = "opportunity" in Selection.under(info).fields("OpportunityChange")

        def prepare() -> Converter[OpportunityChange]:
            asked = to_opportunity_filter(filter)
            only = decode_id("Opportunity", opportunity_id) if isinstance(opportunity_id, str) else None

            async def to_change(logged: LoggedEvent) -> OpportunityChange | None:
                if only is not None and logged.subject_id not in (None, only):
                    return None
                event: OpportunityEvent = logged.event
                effect = opportunity_presence(asked, context.viewer, event)
                if effect is None:
                    return None
                shown = is_selected and effect is not Presence.LEFT
                opportunity = await opportunity_by_id(context, event.opportunity_id) if shown else None
                return opportunity_change(context, VisibleChange(logged, effect), opportunity)

            return to_change

        return EventSource(context, after, OpportunityEvent, prepare)

    @strawberry.subscription(
        description="The viewer's notifications as they arrive, without kinds that they muted, and without those whose lead is out of sight"
        " by then.",
        metadata=STREAM | PRIVATE,
    )
    async def notification_received(self, info: Info, after: StreamAfter = strawberry.UNSET) -> AsyncIterable[NotificationEvent]:
        context = info.context

        async def to_event(logged: LoggedEvent) -> NotificationEvent | None:
            stored: Notification = logged.event
            if not is_addressed_to(context.viewer, stored):
                return None
            notification = await arrived_notification(context, stored.id)
            if notification is None:
                return None
            return NotificationEvent(cursor=EventCursor(context.app.cursors.encode(logged.position)), notification=notification)

        return EventSource(context, after, Notification, lambda: to_event)

    @strawberry.subscription(
        description="The progress of an import, each time it changed; the stream ends when the import has.", metadata=STREAM
    )
    async def import_progress(
        self, info: Info, import_id: Annotated[strawberry.ID, strawberry.argument(description="The import.")]
    ) -> AsyncIterable[LeadImport]:
        return progress_of(info.context, decode_id("LeadImport", import_id))


def recipient_of(value: object) -> UUID | None:
    """Return the member who alone gets this value of a shared stream; None: all of its subscribers get it."""
    return value.recipient if isinstance(value, LeadAlert) else None


async def _current_lead(context: Context, lead_id: UUID, selection: Selection) -> Lead | None:
    """Return the lead as it is now; None if it is invisible even after the viewer was reloaded."""
    lead = await lead_by_id(context, lead_id, selection)
    if lead is None and await context.refresh_viewer():
        lead = await lead_by_id(context, lead_id, selection)
    return lead
