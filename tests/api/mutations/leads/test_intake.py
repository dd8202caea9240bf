"""Creation of leads through the API."""

from typing import Any

from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock


async def test_idempotency_key_creates_one_lead(world: World, ask: Ask, clock: Clock) -> None:
    given: dict[str, Any] = {"contact": {"lastName": "Bosu"}, "idempotencyKey": "once", "source": "EVENT"}
    first = await mutate(ask, world.rep, "createLead", **given)
    assert await mutate(ask, world.rep, "createLead", **given) == first
    given["company"] = "Other"
    assert errors_of(await mutate(ask, world.rep, "createLead", **given)) == [("InvalidInput", ["idempotencyKey"])]


async def test_status_is_given_at_creation(world: World, ask: Ask) -> None:
    created = await mutate(
        ask, world.rep, "createLead", "lead { status }", contact={"lastName": "Bosu"}, source="EVENT", status="CONTACTED"
    )
    assert created == {"errors": [], "lead": {"status": "CONTACTED"}}
