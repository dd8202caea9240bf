"""Idempotency keys as rows: reserved once, with the result of the first request."""

from datetime import timedelta
from uuid import UUID

import pytest

from gql_leads.domain.errors import Invalid
from gql_leads.services.app_context import AppContext
from gql_leads.store import idempotency
from tests.factories import World
from tests.fixtures import Clock

RESULT = UUID(int=7)


async def reserve_and_store(app: AppContext, world: World, key: str, digest: str) -> UUID | None:
    """Send a request with the key; return the id of an earlier one."""
    async with app.unit_of_work(world.rep) as uow:
        earlier = await idempotency.reserve(uow, key, digest)
        if earlier is None:
            await idempotency.store_result(uow, key, RESULT)
        return earlier


async def test_a_key_is_reserved_once_and_then_returns_the_stored_result(app: AppContext, world: World) -> None:
    assert await reserve_and_store(app, world, "k", "hash") is None
    assert await reserve_and_store(app, world, "k", "hash") == RESULT
    async with app.unit_of_work(world.rep) as uow:
        assert await idempotency.lookup(uow, "k", "hash") == RESULT
        assert await idempotency.lookup(uow, "other", "hash") is None
        assert await idempotency.lookup(uow, None, "hash") is None


async def test_another_request_with_the_key_is_invalid_and_another_member_has_keys_of_their_own(app: AppContext, world: World) -> None:
    await reserve_and_store(app, world, "k", "hash")
    with pytest.raises(Invalid):
        await reserve_and_store(app, world, "k", "another hash")
    async with app.unit_of_work(world.channel) as uow:
        assert await idempotency.reserve(uow, "k", "another hash") is None


async def test_a_key_can_be_reserved_again_after_its_retention(app: AppContext, world: World, clock: Clock) -> None:
    await reserve_and_store(app, world, "k", "hash")
    clock.at += app.rules.keep_idempotency
    assert await reserve_and_store(app, world, "k", "hash") == RESULT
    clock.at += timedelta(milliseconds=1)
    assert await reserve_and_store(app, world, "k", "another hash") is None


async def test_keys_reserved_before_an_instant_are_deleted(app: AppContext, world: World, clock: Clock) -> None:
    await reserve_and_store(app, world, "old", "hash")
    clock.advance(hours=1)
    await reserve_and_store(app, world, "new", "hash")
    async with app.unit_of_work(None) as uow:
        await idempotency.delete_older(uow.connection, clock.at)
    rows = await app.database.reading.fetch("SELECT key FROM idempotency_key")
    assert [row["key"] for row in rows] == ["new"]
