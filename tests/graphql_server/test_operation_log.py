"""Each operation is logged once when it has ended, without its variables and results."""

from collections.abc import Iterator

import httpx
import pytest

from gql_leads.graphql_server.operation_log import REQUEST_ID_HEADER, OperationRecord
from tests.graphql_server.client import ANN, post
from tests.graphql_server.server import TIMEOUT, Address, serving, signed_in, until
from tests.graphql_server.shop_schema import SECRET, Ledger, shop


async def seen_of(query: str, token: str | None = ANN, **variables: object) -> OperationRecord:
    ledger = Ledger()
    await post(shop(ledger), query, token=token, variables=variables)
    (record,) = ledger.record
    return record


async def test_successful_operation_is_logged_with_name_type_and_cost() -> None:
    record = await seen_of("query Greeting($name: String) { hello(name: $name) products(first: 3) { nodes { id } } }", name="Ann")
    assert (record.transport, record.type, record.name, record.cost, record.outcome) == ("http", "query", "Greeting", 3, "OK")
    assert record.seconds > 0


@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ broken }", "INTERNAL_SERVER_ERROR"),
        ("query ($id: ID!) { node(id: $id) }", "BAD_USER_INPUT"),
    ],
)
async def test_failed_operation_is_logged_with_its_error_code(query: str, outcome: str) -> None:
    assert (await seen_of(query)).outcome == outcome


async def test_refused_anonymous_operation_is_logged_without_a_caller() -> None:
    refused = await seen_of("{ hello }", token=None)
    assert (refused.outcome, refused.caller) == ("UNAUTHENTICATED", None)
    assert (await seen_of("{ hello }")).caller.key == "ann"


async def test_record_holds_no_variables_and_no_results() -> None:
    record = await seen_of("query ($name: String) { hello(name: $name) }", name=SECRET)
    assert SECRET not in " ".join(str(getattr(record, name)) for name in OperationRecord.__slots__)


async def test_request_id_of_a_proxy_is_kept_and_returned() -> None:
    response = await post(shop(), "{ hello }", {REQUEST_ID_HEADER: "abc-123"})
    assert response.headers[REQUEST_ID_HEADER] == "abc-123"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'say "hi"', "<script>"])
async def test_request_without_a_valid_id_gets_a_new_one(given: str) -> None:
    ids = {(await post(shop(), "{ hello }", {REQUEST_ID_HEADER: given} if given else None)).headers[REQUEST_ID_HEADER] for _ in range(3)}
    assert len(ids) == 3
    assert given not in ids


@pytest.fixture(scope="module")
def server(ledger: Ledger) -> Iterator[Address]:
    with serving(shop(ledger)) as address:
        yield address


async def test_operations_of_a_websocket_are_logged_one_by_one(server: Address, ledger: Ledger) -> None:
    ledger.record.clear()
    async with signed_in(server) as socket:
        await socket.send("subscribe", "q", query="query Greeting { hello }")
        await socket.receive(), await socket.receive()
        await socket.send("subscribe", "s", query="subscription Counting { count(to: 2) }")
        for _ in range(3):
            await socket.receive()
        await socket.send("subscribe", "x", query="{ nothing }")
        await socket.receive()
        await until(lambda: len(ledger.record) == 3)
    result = [(record.transport, record.type, record.name, record.outcome) for record in ledger.record]
    assert result == [
        ("websocket", "query", "Greeting", "OK"),
        ("websocket", "subscription", "Counting", "OK"),
        ("websocket", None, None, "GRAPHQL_VALIDATION_FAILED"),
    ]


async def test_event_stream_is_logged_when_it_ends(server: Address, ledger: Ledger) -> None:
    ledger.record.clear()
    headers = {"accept": "text/event-stream", "authorization": "Bearer customer-ann"}
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        response = await http.post(server.http, json={"query": "subscription { count(to: 2) }"}, headers=headers)
    assert response.headers[REQUEST_ID_HEADER]
    await until(lambda: len(ledger.record) == 1)
    assert [(record.transport, record.type, record.outcome) for record in ledger.record] == [("sse", "subscription", "OK")]
