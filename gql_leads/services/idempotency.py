"""Idempotency keys: validation, and the hash that recognises a repeated input."""

import hashlib
from uuid import UUID

from gql_leads.domain.values.validation import Validator
from gql_leads.store.sql.rows import to_json

LONGEST_KEY = 200


def request_hash(operation: str, *facts: object) -> str:
    """Return a hash of the operation and its input; a key may be used again only with the same hash."""
    return hashlib.sha256(to_json([operation, *facts]).encode()).hexdigest()


def key_of_part(key: str | None, part: UUID) -> str | None:
    """Return the key under which one part of a request is stored; None without a key."""
    return None if key is None else hashlib.sha256(f"{key}\0{part}".encode("utf-8", "surrogatepass")).hexdigest()


def validate_key(key: str | None) -> None:
    """Raise Invalid for a blank or too long key."""
    validator = Validator()
    check_key(validator, key)
    validator.raise_if_invalid()


def check_key(validator: Validator, key: str | None) -> None:
    """Add an error for a blank or too long key."""
    if key is not None:
        validator.required_text(key, "idempotencyKey", most=LONGEST_KEY)
