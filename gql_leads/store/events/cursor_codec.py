"""Positions handed to strangers: sealed, so that they tell nothing, cannot be made up, and fit only their purpose.

AES-SIV, because the same payload must always give the same text: a replayed event has the cursor of the live one. The
purpose is authenticated with the payload, so that what was sealed for one purpose opens for no other.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 64  # AES-256-SIV
_OVERHEAD_BYTES = 16


class InvalidCursor(Exception):
    """This text was not sealed here, or not for this."""


class CursorCodec:
    """Seals and opens with a key derived from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"gql-leads seal 1").derive(secret)
        self._cipher = AESSIV(key)

    def seal(self, purpose: str, payload: bytes) -> str:
        """The payload, which must not be empty, as URL-safe text; the same payload gives the same text."""
        sealed = self._cipher.encrypt(payload, [purpose.encode()])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, purpose: str, text: str) -> bytes:
        """The payload that was sealed for this purpose; raises SealBroken for any other text."""
        try:
            sealed = _decode(text)
            if len(sealed) <= _OVERHEAD_BYTES:
                raise InvalidCursor
            return self._cipher.decrypt(sealed, [purpose.encode()])
        except (ValueError, InvalidTag):
            raise InvalidCursor from None


def _decode(text: str) -> bytes:
    """The bytes of unpadded URL-safe base64, in its one spelling: Python's own decoder forgives foreign characters."""
    encoded = text.encode("ascii")
    decoded = urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
    if urlsafe_b64encode(decoded).rstrip(b"=") != encoded:
        raise InvalidCursor
    return decoded
