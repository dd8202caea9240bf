"""The messages of `graphql-transport-ws`, and the close codes for malformed ones."""

from collections.abc import Mapping
from typing import Any, Final

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.subscriptions import Payload

MAX_ID_LENGTH: Final = 256
MAX_REASON_BYTES: Final = 123
"""A close frame holds 125 bytes, two of which are the code."""
MAX_SHARED_IDS: Final = 100
"""Most clients number their operations from 1. Clients with random ids share no messages, so caching more would only cost memory."""

Message = dict[str, Any]


class CloseWebSocket(Exception):
    """Closes the WebSocket with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class NextMessages:
    """A cache of `next` messages: one message for all operations with the same id that receive the same payload."""

    def __init__(self) -> None:
        self._payload: Payload | None = None
        self._messages: dict[str, Message] = {}

    def of(self, id_: str, payload: Payload) -> Message:
        """Return the `next` message of a payload for an operation id."""
        if payload is not self._payload:
            self._payload, self._messages = payload, {}
        message = self._messages.get(id_)
        if message is None:
            message = next_message(id_, payload)
            if len(self._messages) < MAX_SHARED_IDS:
                self._messages[id_] = message
        return message


def next_message(id_: str, payload: Payload) -> Message:
    """Return a new `next` message."""
    return text_message(f'{{"type":"next","id":{json_codec.dumps(id_).decode()},"payload":{payload.body.decode()}}}')


def text_message(text: str) -> Message:
    """Return the ASGI message that sends a text."""
    return {"type": "websocket.send", "text": text}


def close_message(code: int, reason: str) -> Message:
    """Return the ASGI message that closes with a code and a reason, truncated to fit a close frame."""
    return {
        "type": "websocket.close",
        "code": code,
        "reason": reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore"),
    }


def parse_message(text: str, *, depth: int, values: int) -> Message:
    """Parse a message; raise `CloseWebSocket` if it is malformed."""
    try:
        message = json_codec.loads(text, depth=depth, values=values)
    except Refused as refusal:
        raise CloseWebSocket(4400, str(refusal)) from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise CloseWebSocket(4400, "Every message is a JSON object with a string `type`")
    return message


def message_id(message: Mapping[str, Any]) -> str:
    """Return the id of a message; raise `CloseWebSocket` if it is invalid."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID_LENGTH:
        raise CloseWebSocket(4400, f"`{message['type']}` needs a string `id` of 1 to {MAX_ID_LENGTH} characters")
    return id_


def message_payload(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the optional payload of a message; raise `CloseWebSocket` if it is not an object."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise CloseWebSocket(4400, f"The payload of `{message['type']}` must be an object")
    return payload or {}
