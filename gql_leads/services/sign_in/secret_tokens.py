"""Secret tokens derived from a row's id and the installation's secret; the database holds their hashes only.

A token that is derived again is the same: a mail that is sent a second time has the same link, and two tabs that refresh one session get
the same pair.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SecretTokens:
    """Derives tokens with the current secret, and those that previous secrets gave."""

    def __init__(self, secret: bytes, previous: Sequence[bytes] = ()) -> None:
        self._keys = [_key(one) for one in (secret, *previous)]

    def derive(self, purpose: str, record_id: UUID) -> str:
        """Return the token of a record: 43 characters that fit into a URL."""
        return _derived(self._keys[0], purpose, record_id)

    def derive_again(self, purpose: str, record_id: UUID, token_hash: str) -> str:
        """Return the token of a record whose hash is stored, with the secret that it was derived with at first."""
        tokens = [_derived(key, purpose, record_id) for key in self._keys]
        return next((token for token in tokens if hash_of(token) == token_hash), tokens[0])

    def keyed_hash(self, purpose: str, text: str) -> str:
        """Return a hash by which equal texts are found and from which nobody without the secret can tell the text."""
        return _keyed_hash(self._keys[0], purpose, text)

    def is_hash(self, given: str, purpose: str, text: str) -> bool:
        """Return whether the hash is that of the text, with the current secret or a previous one."""
        hashes = [_keyed_hash(key, purpose, text).encode() for key in self._keys]
        return any(hmac.compare_digest(given.encode("utf-8", "surrogatepass"), one) for one in hashes)


def _keyed_hash(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    """Return the hash under which a token is stored; the tokens are random enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gql-leads secret tokens 1").derive(secret)


def _derived(key: bytes, purpose: str, record_id: UUID) -> str:
    digest = hmac.new(key, f"{purpose}\0{record_id}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
