"""Protocol errors of `graphql-transport-ws` clients, and the code that each is closed with."""

from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.server import Address, dialogue, serving, signed_in
from tests.graphql_server.shop_schema import shop

POLICY = Policy(frame_size=2_000, init_timeout=60, sockets_per_member=3)


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(shop(policy=POLICY)) as address:
        yield address


MALFORMED: list[Any] = [
    "",
    "nonsense",
    "{",
    b'{"type":"ping"}',
    "[]",
    "1",
    "null",
    '"ping"',
    {},
    {"type": None},
    {"type": 1},
    {"type": "nonsense"},
    {"type": "start", "id": "1", "payload": {"query": "{ hello }"}},
    {"type": "ping", "payload": 1},
    {"type": "pong", "payload": []},
    {"type": "complete"},
    {"type": "complete", "id": 1},
    "[" * 1_000,
    '{"type":"ping","payload":{"x":1e999}}',
]
MALFORMED_ONCE_SIGNED_IN: list[Any] = [
    {"type": "subscribe"},
    {"type": "subscribe", "id": "1"},
    {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}},
    {"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}},
    {"type": "subscribe", "id": {}, "payload": {"query": "{ hello }"}},
    {"type": "subscribe", "id": "x" * 300, "payload": {"query": "{ hello }"}},
    {"type": "subscribe", "id": "1", "payload": None},
    {"type": "subscribe", "id": "1", "payload": "{ hello }"},
    {"type": "subscribe", "id": "1", "payload": []},
    {"type": "subscribe", "id": "1", "payload": {}},
    {"type": "subscribe", "id": "1", "payload": {"query": 1}},
    {"type": "subscribe", "id": "1", "payload": {"query": None}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": "{}"}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}},
]


@pytest.mark.parametrize("frame", [*MALFORMED, {"type": "connection_init", "payload": 1}], ids=lambda f: str(f)[:50])
async def test_malformed_frame_before_signing_in_closes_4400(server: Address, frame: Any) -> None:
    async with dialogue(server) as socket:
        await socket.send_raw(frame)
        code, reason = await socket.closed()
    assert code == 4400
    assert reason


@pytest.mark.parametrize("frame", [*MALFORMED, *MALFORMED_ONCE_SIGNED_IN], ids=lambda f: str(f)[:60])
async def test_malformed_frame_after_signing_in_closes_4400(server: Address, frame: Any) -> None:
    async with signed_in(server) as socket:
        await socket.send_raw(frame)
        assert (await socket.closed())[0] == 4400


async def test_large_frame_closes_1009(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("ping", text="x" * 2_000)
        assert (await socket.closed())[0] == 1009


async def test_subscribing_before_signing_in_closes_4401(server: Address) -> None:
    async with dialogue(server) as socket:
        await socket.send("subscribe", "1", query="{ __typename }")
        assert (await socket.closed())[0] == 4401


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Authorization": "Bearer forged"},
        {"authorization": "Bearer"},
        {"Authorization": ""},
        {"Authorization": 1},
        {"Authorization": {"token": "customer-ann"}},
        {"token": "customer-ann"},
    ],
    ids=str,
)
async def test_websocket_without_a_valid_token_closes_4403(server: Address, payload: dict[str, Any]) -> None:
    async with dialogue(server) as socket:
        await socket.send("connection_init", **payload)
        assert (await socket.closed())[0] == 4403


async def test_temporary_sign_in_failure_closes_1013_so_that_the_client_retries(server: Address) -> None:
    async with dialogue(server) as socket:
        await socket.send("connection_init", Authorization="Bearer away-now")
        assert await socket.closed() == (1013, "The shop is closed for a moment.")


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_token_in_the_payload_may_have_either_case(server: Address, name: str) -> None:
    async with dialogue(server) as socket:
        await socket.send("connection_init", **{name: "Bearer customer-ann"})
        assert await socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(("token", "code"), [("customer-ann", None), ("forged", 4403)])
async def test_token_in_the_upgrade_request_is_accepted(server: Address, token: str, code: int | None) -> None:
    headers = {"authorization": f"Bearer {token}"}
    async with dialogue(server, additional_headers=headers) as socket:
        await socket.send("connection_init")
        if code:
            assert (await socket.closed())[0] == code
        else:
            assert await socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize("protocol", [None, "graphql-ws"])
async def test_other_protocol_closes_4406(server: Address, protocol: str | None) -> None:
    async with dialogue(server, protocol) as socket:
        assert (await socket.closed())[0] == 4406


async def test_websocket_without_connection_init_closes_4408() -> None:
    with serving(shop(policy=Policy(init_timeout=0.5))) as server:
        async with dialogue(server) as socket:
            assert (await socket.closed())[0] == 4408


async def test_automatic_persisted_query_is_an_error_of_its_operation(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("subscribe", "s", extensions={"persistedQuery": {"version": 1, "sha256Hash": "ab"}})
        error = {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
        assert await socket.receive() == {"type": "error", "id": "s", "payload": [error]}


async def test_second_subscriber_of_an_id_closes_4409(server: Address) -> None:
    async with signed_in(server) as socket:
        for _ in range(2):
            await socket.send("subscribe", "s", query="subscription { count(pause: 30) }")
        assert await socket.closed() == (4409, "Subscriber for s already exists")


async def test_signing_in_twice_closes_4429(server: Address) -> None:
    async with signed_in(server) as socket:
        await socket.send("connection_init", Authorization="Bearer customer-ann")
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_number_of_websockets_per_member_is_limited(server: Address) -> None:
    async with signed_in(server, "customer-carl"), signed_in(server, "customer-carl"):
        async with signed_in(server, "customer-carl"), dialogue(server) as one_too_many:
            await one_too_many.send("connection_init", Authorization="Bearer customer-carl")
            assert await one_too_many.closed() == (1013, "You have 3 streams open, which is all you may have.")
        async with signed_in(server, "customer-carl") as another:
            await another.send("ping")
            assert (await another.receive())["type"] == "pong"


async def test_origin_of_another_site_is_refused(server: Address) -> None:
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus) as refusal:
            async with dialogue(server, origin=origin):
                pass
        assert refusal.value.response.status_code == 403
    async with signed_in(server, origin=f"http://{server.host}:{server.port}") as socket:
        await socket.send("ping")
        assert (await socket.receive())["type"] == "pong"
