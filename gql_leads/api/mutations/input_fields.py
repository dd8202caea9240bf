"""Helpers to declare the fields of mutation inputs and to read optional ones."""

from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.domain.validation import UNSET, Unset

Value = TypeVar("Value")


LEAD_ID: Final = "The lead."


EXPECTED_VERSION: Final = "The `version` that was read: refused with VersionConflict where it was changed since."


IDEMPOTENCY_KEY: Final = "The same key from the same member within 24 hours returns the first result and creates nothing."


def required(description: str) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description)


def optional(description: str, default: object = strawberry.UNSET) -> Any:
    """A field that may be left out."""
    return strawberry.field(default=default, description=description)


def to_unset(value: Value | None) -> Value | Unset | None:
    """The value as the domain has it: left out, null, or given."""
    return UNSET if isinstance(value, UnsetType) else value


def none_if_unset(value: Value | None) -> Value | None:
    """The value, or None where it was left out."""
    return None if isinstance(value, UnsetType) else value
