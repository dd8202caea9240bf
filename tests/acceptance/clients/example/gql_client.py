"""Python's `gql`: list the leads, follow their changes, and resume with a new token after every cut."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import httpx
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

URL = os.environ["GRAPHQL_URL"]
LIST = "{ leads(first: 50) { totalCount eventCursor nodes { id status } } }"
CHANGES = """subscription ($after: EventCursor) {
  leadChanged(after: $after) { cursor presence kind leadId lead { id status company } }
}"""


async def authorization() -> dict[str, str]:
    """Return the header with a token that is valid now: ask your identity provider when the last one expires."""
    async with httpx.AsyncClient() as http:
        return {"Authorization": f"Bearer {(await http.get(os.environ['TOKEN_URL'])).text}"}


async def follow(on_list: Callable[[Any], None], on_change: Callable[[Any], None]) -> None:
    """List the leads, then follow their changes without an end."""
    async with Client(transport=HTTPXAsyncTransport(URL, headers=await authorization())) as session:
        listed = await session.execute(GraphQLRequest(LIST))
    on_list(listed["leads"])
    after = listed["leads"]["eventCursor"]
    attempt = 0
    while True:
        subprotocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
        socket = WebsocketsTransport(URL.replace("http", "ws", 1), init_payload=await authorization(), subprotocols=subprotocols)
        try:
            async with Client(transport=socket) as session:
                changes = GraphQLRequest(CHANGES, variable_values={"after": after})
                async for result in session.subscribe(changes):
                    on_change(result["leadChanged"])
                    after, attempt = result["leadChanged"]["cursor"], 0
        except TransportQueryError:
            raise  # the server refused the document or the cursor
        except (TransportError, OSError):
            await asyncio.sleep(min(30, 0.25 * 2**attempt))
            attempt += 1
