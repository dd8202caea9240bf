"""Slots: how many operations of a member run at once, and in which order the others follow."""

import asyncio
import time

import pytest

from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.slots import Slots
from tests.graphql_server.client import code_of, post
from tests.graphql_server.server import until
from tests.graphql_server.shop_schema import Ledger, shop

SLOW = "{ slow(seconds: 0.3) }"


async def test_operations_of_a_member_wait_for_each_other_and_others_do_not(ledger: Ledger) -> None:
    app = shop(ledger, policy=Policy(operations_per_member=2))
    highest = 0

    async def watch() -> None:
        nonlocal highest
        while True:
            highest = max(highest, ledger.running)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    began = time.monotonic()
    answers = await asyncio.gather(*(post(app, SLOW) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert time.monotonic() - began >= 0.9
    assert highest == 2
    await asyncio.gather(*(post(app, SLOW, token=f"customer-{name}") for name in ("ann", "ann", "bob", "bob")))
    watching.cancel()
    assert highest == 4


async def test_operation_that_waits_too_long_is_refused_and_leaves_no_gap(ledger: Ledger) -> None:
    app = shop(ledger, policy=Policy(operations_per_member=1, slot_timeout=0.2))
    first = asyncio.create_task(post(app, "{ slow(seconds: 1.5) }"))
    await until(lambda: ledger.running == 1)
    refused = await post(app, "{ hello }")
    assert (refused.status_code, code_of(refused), refused.headers["retry-after"]) == (429, "RATE_LIMITED", "1")
    assert (await first).status_code == 200
    assert (await post(app, "{ hello }")).status_code == 200


async def test_failed_operations_give_their_slots_back() -> None:
    app = shop(policy=Policy(operations_per_member=1, slot_timeout=0.2, deadline=0.1))
    for document in ("{ product(by: {id: 1}) { broken } }", "{ slow(seconds: 5) }", "{ product(by: {}) { id } }"):
        await post(app, document)
    assert (await post(app, "{ hello }")).status_code == 200


async def test_slots_are_granted_in_turn_and_not_lost_with_those_who_give_up() -> None:
    slots, order = Slots(1), list[int]()

    async def worker(number: int) -> None:
        async with slots.slot("ann"):
            order.append(number)

    assert slots.take_free("ann")
    tasks = [asyncio.create_task(worker(number)) for number in range(5)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    slots.release("ann")
    tasks[0].cancel()  # its slot was granted a moment ago
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [2, 3, 4]
    assert slots.take_free("ann")
    assert not slots.take_free("ann")
    slots.release("ann")
    with pytest.raises(KeyError):
        slots.release("ann")
