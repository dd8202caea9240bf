"""Saved views: who sees them, and their order among the views of their owner."""

from collections.abc import Collection
from uuid import UUID

from tortoise.expressions import F, Q

from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.saved_views import SavedView


async def views_of(connection: Connection, viewer: Viewer, ids: Collection[UUID] | None = None) -> list[SavedView]:
    """Return the viewer's own views and those shared with them, by position; of equal ones, the viewer's own first."""
    shared = Q(is_shared=True, owner__partner_id=viewer.partner_id)
    views = SavedView.filter(Q(owner_id=viewer.member_id) | shared)
    if ids is not None:
        views = views.filter(id__in=list(ids))
    found = await views.using_db(connection.client).order_by("position", "name_key", "id")
    return sorted(found, key=lambda one: (one.position, one.owner_id != viewer.member_id))


async def lock_views(connection: Connection, owner_id: UUID) -> None:
    """Let no other transaction change the views of this member until this one ends."""
    if connection.dialect == "postgres":
        await connection.fetch("SELECT pg_advisory_xact_lock(?)", owner_id.int & (2**63 - 1))


async def owned(connection: Connection, owner_id: UUID) -> list[SavedView]:
    """Return all views of a member, by position."""
    return await SavedView.filter(owner_id=owner_id).using_db(connection.client).order_by("position", "id")


async def make_room(connection: Connection, owner_id: UUID, left: int | None, taken: int | None) -> None:
    """Shift the views behind the position that a view leaves, and those from the one that it takes."""
    others = SavedView.filter(owner_id=owner_id)
    if left is not None:
        await others.filter(position__gt=left).using_db(connection.client).update(position=F("position") - 1)
    if taken is not None:
        await others.filter(position__gte=taken).using_db(connection.client).update(position=F("position") + 1)


async def save(connection: Connection, view: SavedView) -> None:
    """Write a new or changed view."""
    await view.save(using_db=connection.client)


async def delete(connection: Connection, view: SavedView) -> None:
    """Delete a view; those behind it move up."""
    await view.delete(using_db=connection.client)
    await make_room(connection, view.owner_id, view.position, None)
