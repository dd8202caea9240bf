"""Helpers to declare the fields of mutation inputs and to read optional ones."""

from collections.abc import Iterator
from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.unset import UnsetType
from strawberry.utils.str_converters import to_camel_case

from gql_leads.api.values import ids
from gql_leads.api.values.field_metadata import Metadata
from gql_leads.domain.errors import BadInput, InvalidField
from gql_leads.domain.values.validation import UNSET, Unset

Value = TypeVar("Value")


LEAD_ID: Final = "The lead."


EXPECTED_VERSION: Final = "The `version` that the client read: refused with VersionConflict if the object has changed since."


IDEMPOTENCY_KEY: Final = "Repeating the key within 24 hours, by the same member, returns the first result and creates nothing."


def required(description: str, metadata: Metadata | None = None, *, id_of: str | None = None) -> Any:
    """Return an input field that must be given; `id_of` is the type of object that an id names."""
    return strawberry.field(description=description, metadata={**(metadata or {}), **ids.id_of(id_of)})


def optional(description: str, default: object = strawberry.UNSET, *, id_of: str | None = None) -> Any:
    """Return an input field that may be omitted; `id_of` is the type of object that an id names."""
    return strawberry.field(default=default, description=description, metadata=ids.id_of(id_of))


def faulty_ids(given: Any, path: tuple[str, ...] = ()) -> Iterator[InvalidField]:
    """Yield the ids of an input, at any depth, that are not of the type declared for their field."""
    for field in given.__strawberry_definition__.fields:
        name = field.graphql_name or to_camel_case(field.python_name)
        yield from _faulty(ids.kind_of(field.metadata), getattr(given, field.python_name), (*path, name))


def _faulty(kind: str | None, value: Any, path: tuple[str, ...]) -> Iterator[InvalidField]:
    if isinstance(value, str):
        try:
            if kind is not None:
                ids.decode_id(kind, value)
        except BadInput as wrong:
            yield InvalidField(path, wrong.message)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _faulty(kind, one, (*path, str(number)))
    elif hasattr(type(value), "__strawberry_definition__"):
        yield from faulty_ids(value, path)


def to_unset(value: Value | None) -> Value | Unset | None:
    """Return the value for a command: `UNSET` if the field was omitted, None for an explicit null."""
    return UNSET if isinstance(value, UnsetType) else value


def none_if_unset(value: Value | None) -> Value | None:
    """Return the value, or None if the field was omitted."""
    return None if isinstance(value, UnsetType) else value
