"""The mutation that marks notifications as read."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notifications import unread_notifications
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import EventCursor
from gql_leads.domain.errors import BadInput, CursorExpired, Invalid, InvalidField
from gql_leads.services.notifications import read_marks


@strawberry.input(description="The notifications to mark as read.", one_of=True)
class MarkNotificationsReadInput:
    notification_ids: list[strawberry.ID] | None = optional("At most 200 notifications.", id_of="Notification")
    until: EventCursor | None = optional(
        "Everything up to this position: an `eventCursor`, or the cursor of a message of `notificationReceived`."
    )


@payload
class MarkNotificationsReadPayload(Payload):
    unread_count: int = strawberry.field(description="The number of all notifications that are still unread.")


@strawberry.type
class NotificationMutations:
    @mutation(
        "Mark notifications as read by the viewer, alone: other members keep their own. Repeating it changes nothing, and what was read"
        " before keeps its time."
    )
    async def mark_notifications_read(
        self, info: Info, input: Annotated[MarkNotificationsReadInput, INPUT]
    ) -> MarkNotificationsReadPayload | None:
        app, viewer = info.context.app, info.context.viewer
        if isinstance(input.until, str):
            try:
                await read_marks.mark_notifications_read_until(app, viewer, app.cursors.decode(input.until))
            except (BadInput, CursorExpired) as wrong:
                raise Invalid([InvalidField(("until",), wrong.message)]) from None
        else:
            ids = input.notification_ids or ()
            await read_marks.mark_notifications_read(app, viewer, [decode_id("Notification", one) for one in ids])
        return MarkNotificationsReadPayload(errors=[], unread_count=await unread_notifications(info.context))
