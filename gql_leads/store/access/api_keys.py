"""API keys, and the members as which they act."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.organization import Member
from gql_leads.store.models.sign_in import ApiKey
from gql_leads.store.sql.rows import to_millis


async def keys_of(connection: Connection, viewer: Viewer, ids: Collection[UUID] | None = None) -> list[ApiKey]:
    """Return the keys that the viewer may see (the vendor: all) with their members, newest first."""
    keys = ApiKey.all(using_db=connection.client) if viewer.is_vendor else ApiKey.filter(member__partner_id=viewer.partner_id)
    if ids is not None:
        keys = keys.filter(id__in=list(ids))
    return await keys.using_db(connection.client).select_related("member").order_by("-created_at", "-id")


async def add_key(
    connection: Connection, key_id: UUID, member_id: UUID, maker_id: UUID, secret_hash: str, now: datetime, end: datetime | None
) -> None:
    """Add a key that acts as a member."""
    await Member.filter(id=member_id).using_db(connection.client).update(is_service=True)
    await ApiKey.create(
        using_db=connection.client, id=key_id, member_id=member_id, created_by_id=maker_id, secret_hash=secret_hash,
        created_at=to_millis(now), expires_at=None if end is None else to_millis(end),
    )  # fmt: skip


async def revoke_key(connection: Connection, key: ApiKey, now: datetime) -> None:
    """Revoke a key and deactivate its member, which closes its sockets."""
    await ApiKey.filter(id=key.id, revoked_at=None).using_db(connection.client).update(revoked_at=to_millis(now))
    await Member.filter(id=key.member_id).using_db(connection.client).update(is_active=False)


async def valid_key(connection: Connection, secret_hash: str, now: datetime) -> ApiKey | None:
    """Return the key whose secret has this hash, unless it was revoked or has expired."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=to_millis(now))
    return await ApiKey.filter(unexpired, secret_hash=secret_hash, revoked_at=None).using_db(connection.client).first()


async def record_use(connection: Connection, key_id: UUID, now: datetime) -> None:
    """Record that the key was used."""
    await ApiKey.filter(id=key_id).using_db(connection.client).update(last_used_at=to_millis(now))
