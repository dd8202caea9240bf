"""Idempotency keys: a repeated request returns the id that the first one stored and writes nothing.

A key belongs to one member and one request hash, and is kept for `Rules.keep_idempotency`.
"""

from datetime import datetime
from uuid import UUID

from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.requests import IdempotencyKey
from gql_leads.store.sql.rows import to_millis
from gql_leads.store.unit_of_work import UnitOfWork


async def lookup(uow: UnitOfWork, key: str | None, digest: str) -> UUID | None:
    """Return the id stored for the actor's key, or None; raise Invalid for another request hash.

    It takes no lock, so it may run before a lead is locked.
    """
    if key is None:
        return None
    expired = to_millis(uow.now - uow.rules.keep_idempotency)
    keys = IdempotencyKey.filter(member_id=uow.actor.member_id, key=key, created_at__gte=expired)
    stored = await keys.using_db(uow.connection.client).first()
    if stored is None:
        return None
    if stored.digest != digest or stored.made_id is None:
        fault = "This idempotencyKey was already used with other input. Use a new key for a new request."
        raise Invalid([InvalidField(("idempotencyKey",), fault)])
    return stored.made_id


async def reserve(uow: UnitOfWork, key: str | None, digest: str) -> UUID | None:
    """Return None if the key was reserved (then call `store_result`), else the id stored earlier.

    It waits for a transaction that has reserved the same key and not ended.
    """
    if key is None:
        return None
    expired = to_millis(uow.now - uow.rules.keep_idempotency)
    keys = IdempotencyKey.filter(member_id=uow.actor.member_id, key=key, created_at__lt=expired)
    await keys.using_db(uow.connection.client).delete()
    columns = {"member_id": uow.actor.member_id, "key": key, "digest": digest, "created_at": uow.now}
    is_reserved = await uow.connection.insert_if_absent("idempotency_key", columns, "member_id, key")
    return None if is_reserved else await lookup(uow, key, digest)


async def store_result(uow: UnitOfWork, key: str | None, made_id: UUID) -> None:
    """Store the id of the object that the request with this key created."""
    if key is not None:
        keys = IdempotencyKey.filter(member_id=uow.actor.member_id, key=key)
        await keys.using_db(uow.connection.client).update(made_id=made_id)


async def delete_older(connection: Connection, before: datetime) -> None:
    """Delete the keys that were reserved before this instant."""
    await IdempotencyKey.filter(created_at__lt=to_millis(before)).using_db(connection.client).delete()
