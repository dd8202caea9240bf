"""Thousands of mutated documents, bodies and frames get a response or a refusal."""

import random
from collections.abc import Iterator
from contextlib import suppress

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from gql_leads.graphql_server.policy import Introspection, Policy
from tests.graphql_server.client import JSON, client
from tests.graphql_server.server import Address, dialogue, serving
from tests.graphql_server.shop_schema import SECRET, shop

SEED = 20261121
FRAGMENT = " fragment F on Product { twin { name } similar(first: 2) { nodes { id } } }"
DOCUMENTS = (
    "{ hello }",
    "query Q($n: Int = 3, $by: ProductBy!) { products(first: $n) { nodes { id ...F } } product(by: $by) { id } }" + FRAGMENT,
    'mutation { rename(name: "x\\n\\u00e9") signIn }',
    "subscription { count(to: 2) }",
    "{ __schema { types { name fields { name type { ofType { name } } } } } a: __typename @include(if: true) }",
    '{ odd(value: "x") since(day: "2026-11-21T00:00:00") money(of: "1.5") node(id: "UHJvZHVjdDox") }',
)
BODIES = tuple(orjson.dumps({"query": query, "variables": {"n": 2, "by": {"id": 1}}, "operationName": None}) for query in DOCUMENTS)
FRAMES = (
    b'{"type":"connection_init","payload":{"Authorization":"Bearer customer-ann"}}',
    b'{"type":"ping","payload":{"a":[1,2.5,null,true,"x"]}}',
    b'{"type":"complete","id":"1"}',
    *(b'{"type":"subscribe","id":"1","payload":' + body + b"}" for body in BODIES),
)
MUTATIONS = (
    *"{}[]()!$@&|=:,.\"'\\#\n\t\0 0-9eE+_aZé😀\ufeff",
    *("...", '"""', "null", "true", "on", "fragment", "query", "$n", "@skip(if:", "__type", "1e999", "\\u0000", "\\ud800"),
    *("9" * 30, "-0", "[" * 70, "{" * 70, "extend type Query { x: Int }", "sha256:", "first:", "id"),
)


def mutated(source: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        start = rng.randint(0, len(source))
        end = min(len(source), start + rng.choice((0, 0, 1, 1, 2, 8, 40)))
        source = source[:start] + rng.choice((*MUTATIONS, source[end : end + 30])) + source[end:]
    return source


@pytest.mark.slow
async def test_no_mutated_document_or_body_breaks_anything() -> None:
    rng = random.Random(SEED)
    app = shop(policy=Policy(introspection=Introspection.EVERYONE, simple_get=True))
    async with client(app) as http:
        for number in range(8_000):
            if number % 2:
                body = orjson.dumps({"query": mutated(rng.choice(DOCUMENTS), rng)})
            else:
                body = mutated(rng.choice(BODIES).decode(), rng).encode()
            response = await http.post("/graphql", content=body, headers={"content-type": JSON})
            assert response.status_code in {200, 400, 406}, body
            assert "errors" in response.json() or "data" in response.json(), body
            assert not any(internal in response.text for internal in (SECRET, "Traceback", ".py", "INTERNAL")), body


async def test_server_still_responds_after_all_malformed_requests() -> None:
    async with client(shop()) as http:
        assert (await http.post("/graphql", json={"query": "{ hello }"})).status_code == 200


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(shop(policy=Policy(introspection=Introspection.EVERYONE, sockets_per_member=10_000))) as address:
        yield address


async def test_no_mutated_frame_closes_a_websocket_without_a_code(server: Address) -> None:
    rng = random.Random(SEED)
    for _ in range(700):
        async with dialogue(server) as socket:
            with suppress(ConnectionClosed):
                await socket.send_raw(FRAMES[0].decode())
                for _ in range(5):
                    await socket.send_raw(mutated(rng.choice(FRAMES).decode(), rng))
                await socket.send("ping", the="end")
                while (answer := await socket.receive()) != {"type": "pong", "payload": {"the": "end"}}:
                    assert not any(internal in str(answer) for internal in (SECRET, "Traceback", ".py", "INTERNAL"))
                continue
            code, reason = await socket.closed()
            assert code in {4400, 4401, 4403, 4409, 4429}
            assert reason
