"""Bulk inserts write many rows of one table through its model."""

from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from gql_leads.domain.leads.lead import CallToAction
from gql_leads.services.app_context import AppContext
from gql_leads.store.sql import bulk_insert
from gql_leads.store.sql.rows import as_uuid, loaded, to_millis
from tests.factories import World


def listing(app: AppContext, world: World, number: int, name: str) -> dict[str, Any]:
    return {
        "id": UUID(int=number), "partner_id": world.acme, "name": name, "name_key": name, "kind": "SERVICE",
        "calls_to_action": [CallToAction.CONTACT_ME], "is_published": True, "created_at": app.now(),
    }  # fmt: skip


async def test_rows_are_inserted_with_every_kind_of_value(app: AppContext, world: World) -> None:
    async with app.unit_of_work(None) as uow:
        await bulk_insert.insert_rows(uow.connection, "listing", [listing(app, world, number, f"L{number}") for number in (1, 2)])
        await bulk_insert.insert_rows(uow.connection, "listing", [])
    first, second = await app.database.reading.fetch("SELECT * FROM listing ORDER BY id")
    assert (as_uuid(first["id"]), first["name"], second["name"]) == (UUID(int=1), "L1", "L2")
    assert (as_uuid(first["partner_id"]), loaded(first["calls_to_action"])) == (world.acme, ["CONTACT_ME"])
    assert (bool(first["is_published"]), first["created_at"], first["renamed_at"]) == (True, to_millis(app.now()), None)


async def test_existing_row_is_an_error_or_is_skipped(app: AppContext, world: World) -> None:
    async with app.unit_of_work(None) as uow:
        await bulk_insert.insert_rows(uow.connection, "listing", [listing(app, world, 1, "old")])
        await bulk_insert.insert_missing(uow.connection, "listing", [listing(app, world, 1, "other"), listing(app, world, 2, "new")])
    rows = await app.database.reading.fetch("SELECT name FROM listing ORDER BY id")
    assert [row["name"] for row in rows] == ["old", "new"]
    with pytest.raises(IntegrityError):
        async with app.unit_of_work(None) as uow:
            await bulk_insert.insert_rows(uow.connection, "listing", [listing(app, world, 2, "again")])
