"""Python's GraphQL client `gql` works over HTTP and WebSocket, and with an introspected schema."""

from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

from tests.acceptance.client import TIMEOUT_SECONDS, Member
from tests.acceptance.server import Server

LISTED = "query ($first: Int) { leads(first: $first) { totalCount eventCursor nodes { id } } }"
CREATE = "mutation ($input: CreateLeadInput!) { createLead(input: $input) { lead { id } errors { message } } }"
UPDATE = "mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { lead { id } errors { message } } }"
CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { cursor kind leadId } }"
BOSU = {"input": {"contact": {"lastName": "Bosu"}}}


def asking(document: str, variables: dict[str, Any]) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=variables)


def over_http(member: Member, *, with_schema: bool = False) -> Client:
    transport = HTTPXAsyncTransport(f"{member.base}/graphql", headers=member.headers, timeout=TIMEOUT_SECONDS)
    return Client(transport=transport, fetch_schema_from_transport=with_schema, execute_timeout=TIMEOUT_SECONDS)


def over_websocket(member: Member) -> Client:
    address = f"{member.base.replace('http', 'ws', 1)}/graphql"
    subprotocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    transport = WebsocketsTransport(
        address, init_payload=member.headers, subprotocols=subprotocols, connect_timeout=TIMEOUT_SECONDS, ack_timeout=TIMEOUT_SECONDS
    )
    return Client(transport=transport, execute_timeout=TIMEOUT_SECONDS)


async def test_client_fetches_the_schema_and_checks_documents_by_it(rep: Member) -> None:
    async with over_http(rep, with_schema=True) as session:
        assert session.client.schema is not None
        assert session.client.schema.subscription_type is not None
        listed = await session.execute(asking(LISTED, {"first": 1}))
        assert listed["leads"]["totalCount"] >= 0


async def test_client_sees_the_code_of_an_error(rep: Member) -> None:
    async with over_http(rep) as session:
        with pytest.raises(TransportQueryError) as failed:
            await session.execute(asking(LISTED, {"first": -1}))
    assert failed.value.errors is not None
    assert failed.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_client_reads_changes_follows_and_resumes(rep: Member) -> None:
    async with over_http(rep) as http:
        start = (await http.execute(asking(LISTED, {"first": 1})))["leads"]["eventCursor"]
        lead_id = (await http.execute(asking(CREATE, BOSU)))["createLead"]["lead"]["id"]
        async with over_websocket(rep) as socket:
            alerts = socket.subscribe(asking(CHANGED, {"after": start}))
            first = (await anext(alerts))["leadChanged"]
            await http.execute(asking(UPDATE, {"input": {"leadId": lead_id, "status": "CONTACTED"}}))
            second = (await anext(alerts))["leadChanged"]
            await alerts.aclose()
        async with over_websocket(rep) as socket:
            alerts = socket.subscribe(asking(CHANGED, {"after": first["cursor"]}))
            assert (await anext(alerts))["leadChanged"] == second
            await alerts.aclose()
    assert [one["kind"] for one in (first, second)] == ["CREATED", "STATUS_CHANGED"]
    assert {one["leadId"] for one in (first, second)} == {lead_id}


async def test_documents_are_answered_over_the_websocket_too(rep: Member) -> None:
    async with over_websocket(rep) as socket:
        made = await socket.execute(asking(CREATE, BOSU))
        assert made["createLead"]["errors"] == []
        with pytest.raises(TransportQueryError) as failed:
            await anext(socket.subscribe(asking(CHANGED, {"after": "made up"})))
    assert failed.value.errors is not None
    assert failed.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_client_with_an_invalid_token_gets_an_error(server: Server) -> None:
    with pytest.raises(TransportConnectionFailed) as refused:
        async with over_websocket(server.stranger("nonsense")):
            pass
    closed = refused.value.__cause__
    assert isinstance(closed, ConnectionClosed)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 4403
