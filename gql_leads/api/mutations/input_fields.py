"""Helpers to declare the fields of mutation inputs and to read optional ones."""

from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.api.values.field_metadata import Metadata
from gql_leads.domain.validation import UNSET, Unset

Value = TypeVar("Value")


LEAD_ID: Final = "The lead."


EXPECTED_VERSION: Final = "The `version` that the client read: refused with VersionConflict if the object has changed since."


IDEMPOTENCY_KEY: Final = "Repeating the key within 24 hours, by the same member, returns the first result and creates nothing."


def required(description: str, metadata: Metadata | None = None) -> Any:
    """Return an input field that must be given."""
    return strawberry.field(description=description, metadata=metadata)


def optional(description: str, default: object = strawberry.UNSET) -> Any:
    """Return an input field that may be omitted."""
    return strawberry.field(default=default, description=description)


def to_unset(value: Value | None) -> Value | Unset | None:
    """Return the value for a command: `UNSET` if the field was omitted, None for an explicit null."""
    return UNSET if isinstance(value, UnsetType) else value


def none_if_unset(value: Value | None) -> Value | None:
    """Return the value, or None if the field was omitted."""
    return None if isinstance(value, UnsetType) else value
