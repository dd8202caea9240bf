"""Global ids: base64 of type name and UUID. Clients treat them as opaque."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from strawberry import ID
from strawberry.types.unset import UnsetType

from gql_leads.domain.errors import BadInput
from gql_leads.domain.validation import UNSET, Unset
from gql_leads.store.sql.rows import as_uuid

NO_OBJECT: Final = UUID(int=0)
"""A UUID that no object has. Mutations look it up for an invalid id, so that they refuse with NotFound in the usual order of checks."""
_MAX_LENGTH: Final = 100


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
    """Return the type name and UUID of an id in a query; raise BadInput if it is invalid."""
    try:
        return parse_id(text)
    except InvalidId:
        raise BadInput("This is no id. Pass an `id` that this API gave you, unchanged.") from None


def decode_id_strict(kind: str, text: str) -> UUID:
    """Return the UUID of an id in a query; raise BadInput if it is not an id of this type."""
    found, uuid = decode_any_id(text)
    if found != kind:
        raise BadInput(f"This is the id of a {found}, not of a {kind}. Pass the id of a {kind}.")
    return uuid


def decode_id(kind: str, text: str) -> UUID:
    """Return the UUID of an id in a mutation; `NO_OBJECT` if it is not an id of this type."""
    try:
        found, uuid = parse_id(text)
    except InvalidId:
        return NO_OBJECT
    return uuid if found == kind else NO_OBJECT


def decode_optional_id(kind: str, text: str | UnsetType | None) -> UUID | None:
    """Return the UUID of an optional id in a mutation; None if it was omitted or null."""
    return decode_id(kind, text) if isinstance(text, str) else None


def decode_ids(kind: str, texts: Sequence[str] | UnsetType | None) -> tuple[UUID, ...] | Unset | None:
    """Return the UUIDs of an optional list of ids in a mutation; `UNSET` if it was omitted."""
    if isinstance(texts, UnsetType):
        return UNSET
    return None if texts is None else tuple(decode_id(kind, text) for text in texts)
