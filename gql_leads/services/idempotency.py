"""Idempotency keys: validation, and the hash that recognises a repeated input."""

import hashlib

from gql_leads.domain.validation import Validator
from gql_leads.store.sql.rows import to_json

LONGEST_KEY = 200


def request_hash(operation: str, *facts: object) -> str:
    """Return a hash of the operation and its input; a key may be used again only with the same hash."""
    return hashlib.sha256(to_json([operation, *facts]).encode()).hexdigest()


def check_key(validator: Validator, key: str | None) -> None:
    """Add an error for a blank or too long key."""
    if key is not None:
        validator.required_text(key, "idempotencyKey", most=LONGEST_KEY)
