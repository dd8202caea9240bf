"""The body of a request, read as the fields of a form or as JSON."""

import codecs
from email.message import Message
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MOST_FIELDS: Final = 200
_CHARSETS: Final = frozenset(["utf-8", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252"])
"""Python's names of the charsets that are read."""


class Unreadable(Exception):
    """The body cannot be read; the message tells the sender what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def media_type(content_type: str) -> tuple[str, str | None]:
    """Return the media type in lower case, and the charset that the header names."""
    header = media_header(content_type)
    charset = header.get_param("charset")
    return header.get_content_type() if content_type else "", charset if isinstance(charset, str) else None


def media_header(content_type: str) -> Message:
    """Return a message that has only this content type, to read its parameters."""
    header = Message()
    header["content-type"] = content_type
    return header


def read_form(body: bytes, charset: str | None) -> dict[str, str]:
    """Return the fields of a form, the first value of each; raise Unreadable.

    The field `_charset_`, which browsers fill in, names the charset if the header does not.
    """
    raw = [(part.partition(b"=")[0], part.partition(b"=")[2]) for part in body.split(b"&") if part]
    if len(raw) > MOST_FIELDS:
        raise Unreadable(413, f"Send at most {MOST_FIELDS} fields.")
    named = next((value.decode("ascii", "replace") for name, value in raw if name == b"_charset_"), None)
    encoding = python_charset(charset or named or "utf-8")
    try:
        pairs = parse_qsl(body.decode(encoding), keep_blank_values=True, encoding=encoding, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise Unreadable(400, f"The form is not valid {encoding.upper()}. Send it in UTF-8, or name its charset.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name.strip(), value)
    return fields


def read_json(body: bytes, charset: str | None) -> dict[str, Any]:
    """Return the object of a JSON body; raise Unreadable."""
    try:
        text = body.decode(python_charset(charset or "utf-8")).removeprefix("\ufeff")
        found = orjson.loads(text)
    except (UnicodeDecodeError, orjson.JSONDecodeError):
        raise Unreadable(400, "Send a JSON object in UTF-8.") from None
    if not isinstance(found, dict):
        raise Unreadable(400, "Send a JSON object.")
    return found


def text_of(value: Any, name: str) -> str:
    """Return a value of JSON as text, null as an empty one; raise Unreadable for a list or an object."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unreadable(422, f"Send {name} as text.")


def python_charset(charset: str) -> str:
    """Return Python's name of a charset; raise Unreadable for one that is not read."""
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
    except (LookupError, ValueError):
        name = ""
    if name not in _CHARSETS:
        raise Unreadable(415, "Send UTF-8: this charset is not read here.")
    return name
