"""JSON encoding, and decoding with limits on depth and number of values."""

from codecs import BOM_UTF8
from typing import Any

import orjson

from gql_leads.graphql_server.errors import Refused


def dumps(value: Any) -> bytes:
    """Encode a response."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(text: bytes | str, *, depth: int, values: int) -> Any:
    """Decode a client's JSON; refuse invalid JSON, deeper nesting than `depth`, and more values than `values`."""
    try:
        # RFC 8259 lets a parser ignore a byte order mark, which some Windows tools write.
        value = orjson.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise Refused(f"This is not valid JSON (line {error.lineno}, column {error.colno}).") from None
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        inner: list[Any] = []
        for container in level:
            inner.extend(container.values() if isinstance(container, dict) else container)
        values -= len(inner)
        if values < 0:
            raise Refused("This JSON holds too many values; send less at a time.")
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return value
    raise Refused(f"This JSON is nested too deeply; at most {depth} levels are allowed.")
