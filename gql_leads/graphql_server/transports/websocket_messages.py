"""The messages of `graphql-transport-ws`, and the codes that close a socket on which they are wrong."""

from collections.abc import Mapping
from typing import Any, Final

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.subscriptions import Payload

MAX_ID_LENGTH: Final = 256
MAX_REASON_BYTES: Final = 123
"""A close frame holds 125 bytes, two of them the code."""
MAX_SHARED_IDS: Final = 100
"""Most clients count their operations from 1; of those who do not, everyone has ids of their own."""

Message = dict[str, Any]


class Closed(Exception):
    """This socket must be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class NextMessages:
    """The `next` messages of what many are told: one for all operations that are told the same payload under the same id."""

    def __init__(self) -> None:
        self._payload: Payload | None = None
        self._made: dict[str, Message] = {}

    def of(self, id_: str, payload: Payload) -> Message:
        """The message that brings this payload to an operation."""
        if payload is not self._payload:
            self._payload, self._made = payload, {}
        message = self._made.get(id_)
        if message is None:
            message = next_message(id_, payload)
            if len(self._made) < MAX_SHARED_IDS:
                self._made[id_] = message
        return message


def next_message(id_: str, payload: Payload) -> Message:
    """Bring an operation this payload."""
    return sending(f'{{"type":"next","id":{json_codec.dumps(id_).decode()},"payload":{payload.body.decode()}}}')


def sending(text: str) -> Message:
    """Send a text."""
    return {"type": "websocket.send", "text": text}


def closing(code: int, reason: str) -> Message:
    """Close with a code, and as much of the reason as a close frame holds."""
    return {
        "type": "websocket.close",
        "code": code,
        "reason": reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore"),
    }


def message_of(text: str, *, depth: int, values: int) -> Message:
    """Read a message."""
    try:
        message = json_codec.loads(text, depth=depth, values=values)
    except Refused as refusal:
        raise Closed(4400, str(refusal)) from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closed(4400, "Every message is a JSON object with a string `type`")
    return message


def id_of(message: Mapping[str, Any]) -> str:
    """Read a message's id."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID_LENGTH:
        raise Closed(4400, f"`{message['type']}` needs a string `id` of 1 to {MAX_ID_LENGTH} characters")
    return id_


def payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Read a message's optional payload."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, f"The payload of `{message['type']}` must be an object")
    return payload or {}
