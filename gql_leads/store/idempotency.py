"""What the idempotency keys of requests made, so that one which comes again makes nothing new."""

from datetime import datetime
from uuid import UUID

from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork


async def lookup(uow: UnitOfWork, key: str | None, digest: str) -> UUID | None:
    """What this member's key already made, or None. Only a look, which may come before a lead is locked."""
    if key is None:
        return None
    row = await uow.connection.fetch_one(
        "SELECT digest, made_id FROM idempotency_key WHERE member_id = ? AND key = ? AND created_at >= ?",
        uow.actor.member_id, key, uow.now - uow.rules.keep_idempotency,
    )  # fmt: skip
    if row is None:
        return None
    if row["digest"] != digest or row["made_id"] is None:
        fault = "This idempotencyKey was already used with other input. Use a new key for a new request."
        raise Invalid([InvalidField(("idempotencyKey",), fault)])
    return as_uuid(row["made_id"])


async def reserve(uow: UnitOfWork, key: str | None, digest: str) -> UUID | None:
    """Take the key, waiting for whoever is at it: None, and `made` is told what it made; or what it already made."""
    if key is None:
        return None
    await uow.connection.execute(
        "DELETE FROM idempotency_key WHERE member_id = ? AND key = ? AND created_at < ?",
        uow.actor.member_id, key, uow.now - uow.rules.keep_idempotency,
    )  # fmt: skip
    taken = await uow.connection.fetch(
        "INSERT INTO idempotency_key (member_id, key, digest, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (member_id, key) DO NOTHING RETURNING id",
        uow.actor.member_id, key, digest, uow.now,
    )  # fmt: skip
    return None if taken else await lookup(uow, key, digest)


async def store_result(uow: UnitOfWork, key: str | None, made_id: UUID) -> None:
    """Remember what the key made."""
    if key is not None:
        await uow.connection.execute(
            "UPDATE idempotency_key SET made_id = ? WHERE member_id = ? AND key = ?", made_id, uow.actor.member_id, key
        )


async def forget(connection: Connection, before: datetime) -> None:
    """Forget the keys that were used before this instant."""
    await connection.execute("DELETE FROM idempotency_key WHERE created_at < ?", before)
