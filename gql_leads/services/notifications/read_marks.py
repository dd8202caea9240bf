"""What members have read of their notifications."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gql_leads.domain.errors import NotFound
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import Position
from gql_leads.store.outbox import notifications

MOST_MARKED: Final = 200
"""Largest number of notifications that are marked one by one."""


async def mark_notifications_read(app: AppContext, viewer: Viewer, ids: Sequence[UUID]) -> None:
    """Mark notifications as read by the viewer; one whose lead the viewer no longer sees, too."""
    validator = Validator()
    validator.count(ids, "notificationIds", most=MOST_MARKED)
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        known = await notifications.addressed(uow.connection, viewer, set(ids))
        for number, one in enumerate(ids):
            if one not in known:
                raise NotFound(field=("notificationIds", str(number)))
        marked = (await notifications.reading_of(uow.connection, viewer)).marked
        unread = [one for one, position in known.items() if position > marked]
        await notifications.mark_each(uow.connection, viewer.member_id, unread, uow.now)


async def mark_notifications_read_until(app: AppContext, viewer: Viewer, until: Position) -> None:
    """Mark everything up to a position as read by the viewer; raise CursorExpired if the log never reached it."""
    async with app.unit_of_work(viewer) as uow:
        await event_log.check_reached(uow.connection, until)
        if until > (await notifications.reading_of(uow.connection, viewer)).marked:
            await notifications.mark_until(uow.connection, viewer.member_id, until, uow.now)
