"""Codec of cursors and signed links: encrypted, authenticated and bound to one purpose.

AES-SIV is deterministic, because a replayed event must have the cursor of the live one. The purpose is authenticated with the payload, so
that a text made for one purpose cannot be decoded for another. While the secret is rotated, texts of previous secrets are decoded too.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 64  # AES-256-SIV
_OVERHEAD_BYTES = 16


class InvalidCursor(Exception):
    """The text was not encoded by this installation for this purpose.

    `payload_bytes` is the size of the payload if the text has the form of an encoded one, so that only the secret or the purpose differ.
    """

    def __init__(self, payload_bytes: int | None = None) -> None:
        self.payload_bytes = payload_bytes


class CursorCodec:
    """Encodes with a key derived from the installation's secret; decodes texts of previous secrets too."""

    def __init__(self, secret: bytes, previous: Sequence[bytes] = ()) -> None:
        self._ciphers = [_cipher(one) for one in (secret, *previous)]

    def encode(self, purpose: str, payload: bytes) -> str:
        """Return the payload, which must not be empty, as URL-safe text; equal payloads give equal texts."""
        sealed = self._ciphers[0].encrypt(payload, [purpose.encode()])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def decode(self, purpose: str, text: str) -> bytes:
        """Return the payload encoded for this purpose; raise InvalidCursor for any other text."""
        try:
            sealed = _decode(text)
        except ValueError:
            raise InvalidCursor from None
        if len(sealed) <= _OVERHEAD_BYTES:
            raise InvalidCursor
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return cipher.decrypt(sealed, [purpose.encode()])
        raise InvalidCursor(len(sealed) - _OVERHEAD_BYTES)


def _cipher(secret: bytes) -> AESSIV:
    return AESSIV(HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"gql-leads seal 1").derive(secret))


def _decode(text: str) -> bytes:
    """Decode unpadded URL-safe base64 in its canonical form: Python's decoder ignores foreign characters."""
    encoded = text.encode("ascii")
    decoded = urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
    if urlsafe_b64encode(decoded).rstrip(b"=") != encoded:
        raise InvalidCursor
    return decoded
