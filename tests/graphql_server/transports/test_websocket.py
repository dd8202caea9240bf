"""`graphql-transport-ws` against a real server."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from gql_leads.graphql_server.policy import Introspection, Policy
from tests.graphql_server.server import Address, dialogue, serving, signed_in, until
from tests.graphql_server.shop_schema import SECRET, Ledger, shop

POLICY = Policy(
    introspection=Introspection.EVERYONE,
    operations_per_socket=3,
    deadline=0.5,
    recheck_interval=0.5,
)


@pytest.fixture(scope="module")
def server(ledger: Ledger) -> Iterator[Address]:
    with serving(shop(ledger, POLICY)) as address:
        yield address


async def test_query_and_mutation_are_answered_and_complete(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "q", query="query ($n: String) { hello(name: $n) }", variables={"n": "Ann"})
        payload = {"data": {"hello": "Hello Ann"}, "extensions": {"cost": 0}}
        assert await socket.receive() == {"type": "next", "id": "q", "payload": payload}
        assert await socket.receive() == {"type": "complete", "id": "q"}
        await socket.send("subscribe", "q", query='mutation { rename(name: "x") }')
        assert (await socket.receive())["payload"]["data"] == {"rename": "x"}
        assert (await socket.receive())["type"] == "complete"


async def test_subscription_sends_each_event_and_completes(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "s", query="subscription { count(to: 3) }")
        messages = [await socket.receive() for _ in range(4)]
    assert [message.get("payload", {}).get("data") for message in messages] == [
        {"count": 1},
        {"count": 2},
        {"count": 3},
        None,
    ]
    assert messages[-1] == {"type": "complete", "id": "s"}


async def test_operations_of_one_websocket_run_concurrently(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "long", query="subscription { count(to: 1, pause: 3) }")
        await socket.send("subscribe", "short", query="{ hello }")
        assert [(await socket.receive())["id"] for _ in range(3)] == ["short", "short", "long"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
        ("subscription ($x: Int!) { count(to: $x) }", "BAD_USER_INPUT"),
        ("{ slow(seconds: 5) }", "SERVICE_UNAVAILABLE"),
        ("subscription { soldOut }", "FORBIDDEN"),
        ("subscription { breaks(after: 0) }", "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_failed_operation_ends_with_an_error_and_the_websocket_stays_open(server: Address, query: str, code: str) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "x", query=query)
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", "x")
        assert message["payload"][0]["extensions"]["code"] == code
        assert SECRET not in str(message)
        await socket.send("subscribe", "x", query="{ hello }")
        assert (await socket.receive())["type"] == "next"


async def test_subscription_that_breaks_later_ends_with_a_masked_error(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "x", query="subscription { breaks(after: 2) }")
        messages = [await socket.receive() for _ in range(3)]
    assert [message["type"] for message in messages] == ["next", "next", "error"]
    assert SECRET not in str(messages)


async def test_error_in_a_field_comes_with_the_result(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "x", query="{ broken hello }")
        result = (await socket.receive())["payload"]
        assert result["data"] == {"broken": None, "hello": "Hello world"}
        assert result["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_ping_is_answered_at_any_time(server: Address) -> None:
    async with dialogue(server) as socket:
        await socket.send("ping")
        assert await socket.receive() == {"type": "pong"}
        await socket.sign_in()
        await socket.send("ping", at=1)
        assert await socket.receive() == {"type": "pong", "payload": {"at": 1}}
        await socket.send("pong", at=1)
        await socket.send("ping")
        assert await socket.receive() == {"type": "pong"}


async def test_completed_operation_is_cancelled_at_once_and_its_id_free(server: Address, ledger: Ledger) -> None:
    async with signed_in(server) as socket:
        await until(lambda: ledger.running == 0)
        cancelled = ledger.cancelled
        await socket.send("subscribe", "s", query="subscription { count(pause: 30) }")
        await until(lambda: ledger.running == 1)
        await socket.send("complete", "s")
        await until(lambda: ledger.running == 0)
        assert ledger.cancelled == cancelled + 1
        await socket.send("subscribe", "s", query="{ hello }")
        assert (await socket.receive())["payload"]["data"] == {"hello": "Hello world"}


async def test_completing_an_unknown_operation_is_ignored(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("complete", "never")
        await socket.send("ping")
        assert (await socket.receive())["type"] == "pong"


@pytest.mark.parametrize("vanish", [False, True])
async def test_all_operations_end_with_their_websocket(server: Address, ledger: Ledger, vanish: bool) -> None:
    async with signed_in(server) as socket:
        for id_ in "abc":
            await socket.send("subscribe", id_, query="subscription { count(pause: 30) }")
        await until(lambda: ledger.running == 3)
        if vanish:
            socket.connection.transport.abort()
    await until(lambda: ledger.running == 0)


async def test_operation_over_the_limit_is_refused_and_the_others_continue(server: Address) -> None:
    async with signed_in(server) as socket:
        for id_ in "abc":
            await socket.send("subscribe", id_, query="subscription { count(to: 1, pause: 3) }")
        await socket.send("subscribe", "d", query="{ hello }")
        refusal = await socket.receive()
        assert (refusal["type"], refusal["id"]) == ("error", "d")
        assert refusal["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        rest = [(await socket.receive())["type"] for _ in range(6)]
        assert sorted(rest) == ["complete"] * 3 + ["next"] * 3


async def test_websocket_closes_4403_when_its_token_expires(server: Address, ledger: Ledger) -> None:
    async with signed_in(server, "brief-dora") as socket:
        with suppress(ConnectionClosed):  # expired by now on a slow machine
            await socket.send("subscribe", "s", query="subscription { count(pause: 30) }")
        assert await socket.closed() == (4403, "The token has expired.")
    await until(lambda: ledger.running == 0)


async def test_websocket_closes_4403_when_its_member_loses_the_right(server: Address, ledger: Ledger) -> None:
    async with signed_in(server, "customer-eve") as eve, signed_in(server) as ann:
        ledger.revoked.add("eve")
        assert (await eve.closed())[0] == 4403
        await ann.send("ping")
        assert (await ann.receive())["type"] == "pong"


async def test_expired_token_opens_no_websocket_within_the_leeway_either(server: Address) -> None:
    async with dialogue(server) as socket:
        await socket.send("connection_init", Authorization="Bearer late-dora")
        assert await socket.closed() == (4403, "The token has expired: send a new one.")


@pytest.mark.parametrize("after", [0, 2])
async def test_failure_of_a_subscription_that_passes_closes_1013(server: Address, after: int) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "s", query=f"subscription {{ closes(after: {after}) }}")
        for number in range(after):
            assert (await socket.receive())["payload"]["data"] == {"closes": number}
        assert await socket.closed() == (1013, "The shop is closed for a moment.")


async def test_query_that_fails_for_a_moment_is_an_error_of_its_operation(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "s", query="{ away }")
        assert (await socket.receive())["payload"]["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert await socket.receive() == {"type": "complete", "id": "s"}


@pytest.mark.usefixtures("within_a_minute")
async def test_operations_are_charged_to_their_member() -> None:
    with serving(shop(policy=Policy(rate=11))) as server:
        async with signed_in(server) as socket:
            for number, type_ in ((8, "next"), (8, "error"), (1, "next")):
                await socket.send("subscribe", "x", query=f"{{ products(first: {number}) {{ nodes {{ id }} }} }}")
                message = await socket.receive()
                assert message["type"] == type_
                if type_ == "next":
                    assert (await socket.receive())["type"] == "complete"
                else:
                    assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        async with dialogue(server) as another:
            await another.send("connection_init", Authorization="Bearer customer-ann")
            assert (await another.closed())[0] == 1013


@pytest.mark.usefixtures("within_a_minute")
async def test_refused_operations_are_charged() -> None:
    with serving(shop(policy=Policy(rate=4))) as server:
        async with signed_in(server) as socket:
            codes = []
            for document in ("{", "{ nothing }", "{", "{"):
                await socket.send("subscribe", "x", query=document)
                codes.append((await socket.receive())["payload"][0]["extensions"]["code"])
    assert codes == ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "RATE_LIMITED"]


async def test_client_that_does_not_read_is_closed_4508_and_delays_no_other() -> None:
    ledger = Ledger()
    with serving(shop(ledger, Policy(send_timeout=0.3))) as server:
        async with signed_in(server) as slow, signed_in(server) as quick:
            await slow.send("subscribe", "s", query="subscription { flood }")
            await until(lambda: ledger.running == 1 or bool(ledger.record))
            await quick.send("subscribe", "q", query="{ hello }")
            assert (await quick.receive())["type"] == "next"
            await until(lambda: len(ledger.record) == 2 and ledger.running == 0)
            with suppress(ConnectionClosed):
                while True:
                    await slow.receive()
            assert (await slow.closed())[0] == 4508


async def test_idle_subscription_is_sent_its_position() -> None:
    with serving(shop(policy=Policy(heartbeat=1.0))) as server:
        async with signed_in(server) as socket:
            await socket.send("subscribe", "s", query="subscription { count(to: 1) }")
            await socket.send("subscribe", "t", query="subscription { count(to: 5, pause: 30) }")
            while (message := await socket.receive())["type"] != "ping":
                pass
    assert message == {"type": "ping", "payload": {"id": "t", "cursor": "c0"}}
