"""Passwords: what a new one must be, and their argon2 hashes.

A hash takes about 0.2 s of CPU and 64 MiB, so hashes run in threads, few at once.
"""

import asyncio
import unicodedata
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from gql_leads.domain.values.validation import Validator

SHORTEST: Final = 12
LONGEST: Final = 1_000
HASHES_AT_ONCE: Final = 2
COMMON: Final = frozenset(FREQUENCY_LISTS["passwords"][:10_000])
"""The 10,000 most common passwords, in lower case."""


class PasswordFault(StrEnum):
    """The reason why a new password is refused, as a sentence that says what to do."""

    TOO_SHORT = f"Choose a password of at least {SHORTEST} characters."
    TOO_LONG = f"Choose a password of at most {LONGEST:,} characters."
    COMMON = "Choose another password: this one is among the most common, which are tried first."


class Passwords:
    """Hashes passwords and compares them with hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._free = asyncio.Semaphore(HASHES_AT_ONCE)
        self._of_nobody = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a new password."""
        async with self._free:
            return await asyncio.to_thread(self._hasher.hash, _normalized(password))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether this is the password of the hash; without a hash, take as long and return False."""
        if len(password) > LONGEST:
            return False
        async with self._free:
            return await asyncio.to_thread(self._verify, encoded or self._of_nobody, _normalized(password)) and encoded is not None

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def check_new_password(validator: Validator, password: str, *path: str) -> None:
    """Add an error for a password that is too short, too long or common."""
    if len(password) > LONGEST:
        validator.add_error(PasswordFault.TOO_LONG, *path)
    elif len(_normalized(password)) < SHORTEST:
        validator.add_error(PasswordFault.TOO_SHORT, *path)
    elif is_common(password):
        validator.add_error(PasswordFault.COMMON, *path)


def is_common(password: str) -> bool:
    """Return True for one of the most common passwords, also if it is repeated or written in capitals."""
    text = _normalized(password).strip().lower()
    parts = {text, *(text[:length] for length in range(1, len(text) // 2 + 1) if text == text[:length] * (len(text) // length))}
    return not COMMON.isdisjoint(parts) or len(set(text)) == 1


def _normalized(password: str) -> str:
    """Return the password in the form that is hashed: keyboards write one character in several ways."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
