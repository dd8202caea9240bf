import asyncio
from collections.abc import AsyncIterator

import pytest

from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.client import GRAPHQL, JSON, client, code_of, post
from tests.graphql_server.shop_schema import Ledger, shop

IMPATIENT = Policy(deadline=0.05)


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_operation_that_takes_too_long_is_stopped(accept: str) -> None:
    ledger = Ledger()
    response = await post(shop(ledger, IMPATIENT), "{ slow(seconds: 30) }", {"accept": accept})
    assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
    assert (ledger.running, ledger.cancelled) == (0, 1)


async def test_all_fields_of_a_stopped_operation_are_cancelled() -> None:
    ledger, tasks = Ledger(), asyncio.all_tasks()
    document = "{" + " ".join(f"a{i}: slow(seconds: 30)" for i in range(5)) + " hello }"
    response = await post(shop(ledger, IMPATIENT), document)
    await asyncio.sleep(0)
    assert response.status_code == 503
    assert (ledger.running, ledger.cancelled) == (0, 5)
    assert asyncio.all_tasks() == tasks


async def test_operation_within_the_deadline_is_not_disturbed() -> None:
    response = await post(shop(policy=Policy(deadline=5)), "{ slow(seconds: 0.01) }")
    assert response.json()["data"] == {"slow": "at last"}


async def test_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)
        yield b"}"

    async with client(shop(policy=IMPATIENT)) as http:
        response = await http.post("/graphql", content=dripping(), headers={"content-type": JSON})
    assert (response.status_code, code_of(response)) == (408, "BAD_USER_INPUT")
