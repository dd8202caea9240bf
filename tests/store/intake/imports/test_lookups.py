"""Look-ups of whole batches find what the actor sees, and nothing else."""

from datetime import timedelta

import pytest

from gql_leads.domain.leads.lead import LeadSource
from gql_leads.services.app_context import AppContext
from gql_leads.store.access import access_policy
from gql_leads.store.intake.imports import lookups
from gql_leads.store.intake.imports.lookups import ExternalReference, Request
from tests.factories import World
from tests.fixtures import START, make_lead, make_listing

DAY = timedelta(days=1)


async def test_requests_are_compared_by_person_listing_and_time(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme)
    await make_lead(app, partner=world.acme, email="A@contoso.example", listing_id=listing, listing_name="Ledger")
    await make_lead(app, partner=world.acme, email=None, phone="+4930123456", listing_name="Unknown offer")
    await make_lead(app, partner=world.globex, email="b@contoso.example")
    around = (START - DAY, START + DAY)
    requests = [
        Request(1, "a@contoso.example", None, listing, "ledger", *around),
        Request(2, "a@contoso.example", None, None, None, *around),
        Request(3, "a@contoso.example", None, listing, "ledger", START + DAY, START + DAY),
        Request(4, None, "+4930123456", None, "unknown offer", *around),
        Request(5, None, "+4930123456", None, "another", *around),
        Request(6, "b@contoso.example", None, None, None, *around),
        Request(7, None, None, None, None, *around),
    ]
    async with app.unit_of_work(world.referrals) as uow:
        assert await lookups.repeated_requests(uow, requests) == {1, 4}
    async with app.unit_of_work(world.admin) as uow:
        assert await lookups.repeated_requests(uow, requests) == {1, 4, 6}
        assert await lookups.repeated_requests(uow, []) == set()


async def test_external_references_are_seen_like_their_leads(app: AppContext, world: World) -> None:
    await make_lead(app, partner=world.acme, source=LeadSource.EVENT, external_reference="X-1")
    await make_lead(app, source=LeadSource.API, external_reference="X-2")
    async with app.unit_of_work(world.referrals) as uow:
        assert await lookups.visible_external_references(uow, ["X-1", "X-2", "X-3"]) == {"X-1"}
    async with app.unit_of_work(world.admin) as uow:
        assert await lookups.visible_external_references(uow, ["X-1", "X-2", "X-3"]) == {"X-1", "X-2"}
        scoped = await lookups.external_references(uow.connection, ["X-1"])
        assert scoped == {ExternalReference("EVENT", "X-1", "vendor"): None}


@pytest.mark.parametrize("column", ["reference", "external_reference"])
async def test_leads_are_found_by_index_before_there_are_statistics(app: AppContext, world: World, column: str) -> None:
    values = [f"X-{number}" for number in range(250)]
    async with app.database.transaction() as connection:
        explain, said = "EXPLAIN QUERY PLAN", "detail"
        if connection.dialect == "postgres":
            explain, said = "EXPLAIN", "QUERY PLAN"
            await connection.execute("TRUNCATE lead CASCADE")  # the planner assumes ten pages of a table that was never analyzed
        found = lookups.leads_by(connection, column, values, access_policy.visible_to(world.referrals))
        plan = [row[said] for row in await connection.fetch(f"{explain} SELECT l.id FROM " + found)]
    assert not [step for step in plan if step.startswith("SCAN l") or "Seq Scan on lead l" in step], plan
    expected = f"({column})::text = given.value" if explain == "EXPLAIN" else f"{column}=?"
    assert [step for step in plan if expected in step], plan
