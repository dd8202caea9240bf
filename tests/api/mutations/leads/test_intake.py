"""Creation of leads through the API."""

from typing import Any

from tests.api.client import do, said
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock


async def test_idempotency_key_creates_one_lead(world: World, ask: Ask, clock: Clock) -> None:
    given: dict[str, Any] = {"contact": {"lastName": "Bosu"}, "idempotencyKey": "once", "source": "EVENT"}
    first = await do(ask, world.rep, "createLead", **given)
    assert await do(ask, world.rep, "createLead", **given) == first
    given["company"] = "Other"
    assert said(await do(ask, world.rep, "createLead", **given)) == [("InvalidInput", ["idempotencyKey"])]
