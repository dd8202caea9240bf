"""Intake keys: the viewer's, and the one with a secret."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.intake import IntakeKey
from gql_leads.store.sql.rows import to_millis


async def keys_of(connection: Connection, viewer: Viewer, ids: Collection[UUID] | None = None) -> list[IntakeKey]:
    """Return the keys that the viewer may see (the vendor: all), newest first."""
    keys = IntakeKey.all(using_db=connection.client) if viewer.is_vendor else IntakeKey.filter(partner_id=viewer.partner_id)
    if ids is not None:
        keys = keys.filter(id__in=list(ids))
    return await keys.using_db(connection.client).order_by("-created_at", "-id")


async def add_key(connection: Connection, key: IntakeKey) -> None:
    """Add a key."""
    await key.save(using_db=connection.client, force_create=True)


async def key_with(connection: Connection, secret_hash: str) -> IntakeKey | None:
    """Return the key whose secret has this hash, also a revoked one."""
    return await IntakeKey.filter(secret_hash=secret_hash).using_db(connection.client).first()


async def revoke_key(connection: Connection, key_id: UUID, now: datetime) -> None:
    """Revoke a key; a revoked one keeps the time when it was revoked."""
    await IntakeKey.filter(id=key_id, revoked_at=None).using_db(connection.client).update(revoked_at=to_millis(now))


async def record_use(connection: Connection, key_id: UUID, now: datetime) -> None:
    """Record that the key was used."""
    await IntakeKey.filter(id=key_id).using_db(connection.client).update(last_used_at=to_millis(now))
