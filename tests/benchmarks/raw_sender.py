"""Baseline of the fan-out benchmark: send the body of each POST request to all open WebSockets, without parsing it."""

import sys
from typing import Any

import uvicorn

open_sockets: set[Any] = set()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Handle WebSocket and HTTP scopes."""
    if scope["type"] == "websocket":
        await _listen(receive, send)
    elif scope["type"] == "http":
        body = (await receive()).get("body", b"").decode()
        for send_message in list(open_sockets):
            await send_message({"type": "websocket.send", "text": body})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


async def _listen(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
    await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
    open_sockets.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        open_sockets.discard(send)


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", ws_per_message_deflate=False
    )
