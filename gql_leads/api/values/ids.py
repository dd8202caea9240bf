"""Global ids: base64 of type name and UUID. Clients treat them as opaque."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from strawberry import ID
from strawberry.types.unset import UnsetType

from gql_leads.domain.errors import BadInput
from gql_leads.domain.values.validation import UNSET, Unset
from gql_leads.store.sql.rows import as_uuid

NO_OBJECT: Final = UUID(int=0)
"""A UUID that no object has."""
_MAX_LENGTH: Final = 100
_MOST_QUOTED: Final = 60
_ID_OF: Final = "id_of"


class InvalidId(ValueError):
    """Raised for a text that is not a global id."""


@lru_cache(maxsize=8_192)  # a page repeats the ids of a few partners and listings
def encode_id(kind: str, uuid: object) -> ID:
    """Return the global id of an object."""
    return ID(b64encode(f"{kind}:{uuid}".encode()).decode())


def parse_id(text: str) -> tuple[str, UUID]:
    """Return the type name and UUID of a global id; raise InvalidId for any other text."""
    if len(text) > _MAX_LENGTH:
        raise InvalidId
    try:
        kind, separator, uuid = b64decode(text, validate=True).decode("ascii").partition(":")
        if not separator or len(uuid) != 36:
            raise InvalidId
        return kind, as_uuid(uuid)
    except ValueError:
        raise InvalidId from None


def decode_any_id(text: str) -> tuple[str, UUID]:
    """Return the type name and UUID of an id; raise BadInput if it is malformed."""
    try:
        return parse_id(text)
    except InvalidId:
        raise BadInput(f"{_quoted(text)} is no id. Pass an `id` that this API gave you, unchanged.") from None


def decode_id(kind: str, text: str) -> UUID:
    """Return the UUID of an id; raise BadInput if it is malformed or the id of another type."""
    found, uuid = decode_any_id(text)
    if found != kind:
        raise BadInput(f"{_quoted(text)} is the id of another type of object. Pass an `id` of the type {kind}.")
    return uuid


def _quoted(text: str) -> str:
    """Return the beginning of the text in quotation marks."""
    shown = "".join(one if one.isprintable() else "\ufffd" for one in text[:_MOST_QUOTED])
    return f'"{shown}…"' if len(text) > _MOST_QUOTED else f'"{shown}"'


def id_of(kind: str | None) -> dict[str, Any]:
    """Return the metadata of an input field whose ids name objects of a type; empty for other fields."""
    return {} if kind is None else {_ID_OF: kind}


def kind_of(metadata: Mapping[Any, Any]) -> str | None:
    """Return the type of object that the ids of a field name; None for a field without ids."""
    return metadata.get(_ID_OF)


def decode_optional_id(kind: str, text: str | UnsetType | None) -> UUID | None:
    """Return the UUID of an optional id in a mutation; None if it was omitted or null."""
    return decode_id(kind, text) if isinstance(text, str) else None


def decode_ids(kind: str, texts: Sequence[str] | UnsetType | None) -> tuple[UUID, ...] | Unset | None:
    """Return the UUIDs of an optional list of ids in a mutation; `UNSET` if it was omitted."""
    if isinstance(texts, UnsetType):
        return UNSET
    return None if texts is None else tuple(decode_id(kind, text) for text in texts)
