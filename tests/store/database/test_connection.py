"""Raw statements and QuerySets of Tortoise share one connection."""

import asyncio
from uuid import UUID

from tortoise.expressions import F
from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Refusal
from gql_leads.services.app_context import AppContext
from gql_leads.store.models.campaigns import Campaign
from gql_leads.store.models.organization import Partner
from gql_leads.store.sql.rows import to_millis

CHANGES = 30


async def insert_partner(app: AppContext) -> UUID:
    partner_id = uuid7()
    async with app.unit_of_work(None) as uow:
        await Partner.create(
            using_db=uow.connection.client, id=partner_id, name="Acme", name_key="acme", country="00", created_at=to_millis(uow.now)
        )
    return partner_id


async def test_concurrent_units_of_work_leave_exactly_the_writes_of_the_committed_ones(app: AppContext) -> None:
    partner_id = await insert_partner(app)

    async def change(number: int) -> None:
        async with app.unit_of_work(None) as uow:
            client = uow.connection.client
            assert await Partner.filter(id=partner_id).using_db(client).update(created_at=F("created_at") + 1) == 1
            await Campaign.create(
                using_db=client, id=uuid7(), name=f"{number}", name_key=f"{number}", code=f"{number}", code_key=f"{number}", created_at=0
            )
            if number % 3 == 0:
                raise Refusal("Rolled back.")

    results = await asyncio.gather(*(change(number) for number in range(CHANGES)), return_exceptions=True)

    assert [number for number, result in enumerate(results) if isinstance(result, Refusal)] == list(range(0, CHANGES, 3))
    reading = app.database.reading.client
    partner = await Partner.get(id=partner_id, using_db=reading)
    assert partner.created_at == to_millis(app.now()) + 20
    codes: set[str] = {campaign.code for campaign in await Campaign.all(using_db=reading)}
    assert codes == {str(number) for number in range(CHANGES) if number % 3}


async def test_raw_statements_and_querysets_of_a_unit_of_work_read_each_others_writes(app: AppContext) -> None:
    partner_id = await insert_partner(app)
    async with app.unit_of_work(None) as uow:
        await Partner.filter(id=partner_id).using_db(uow.connection.client).update(name="Globex", is_active=False)
        row = await uow.connection.fetch_one("SELECT name, is_active FROM partner WHERE id = ?", partner_id)
        assert row is not None
        assert (row["name"], bool(row["is_active"])) == ("Globex", False)
        await uow.connection.execute("UPDATE partner SET name = ? WHERE id = ?", "Initech", partner_id)
        found = await Partner.filter(id=partner_id).using_db(uow.connection.client).first().values("name", "is_active", "country")
        assert found == {"name": "Initech", "is_active": False, "country": "00"}


async def test_folded_text_longer_than_its_declared_length_is_written(app: AppContext) -> None:
    partner_id = await insert_partner(app)
    long = "ss" * 400
    async with app.unit_of_work(None) as uow:
        await Partner.filter(id=partner_id).using_db(uow.connection.client).update(name_key=long)
    assert (await Partner.get(id=partner_id, using_db=app.database.reading.client)).name_key == long
