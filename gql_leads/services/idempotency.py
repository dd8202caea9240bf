"""Requests that come twice: the same key with the same input makes nothing new."""

import hashlib

from gql_leads.domain.validation import Validator
from gql_leads.store.sql.rows import to_json

LONGEST_KEY = 200


def request_hash(operation: str, *facts: object) -> str:
    """What tells one input from another."""
    return hashlib.sha256(to_json([operation, *facts]).encode()).hexdigest()


def check_key(validator: Validator, key: str | None) -> None:
    """Note a fault where a key was given that is blank or too long."""
    if key is not None:
        validator.required_text(key, "idempotencyKey", most=LONGEST_KEY)
