"""An OpenID Connect issuer for tests: a real HTTP server with keys that rotate, and with faults that a test turns on."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

AUDIENCE: Final = "leads"
DISCOVERY: Final = "/.well-known/openid-configuration"
KEYS: Final = "/keys"
TOKEN_SECONDS: Final = 600
Key = RSAKey | ECKey | OctKey


@cache  # generating one takes 0.1 s and more
def new_rsa_key(key_id: str) -> RSAKey:
    """Return a key pair that signs with RS256."""
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig"})


def new_ec_key(key_id: str) -> ECKey:
    """Return a key pair that signs with ES256."""
    return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": "ES256"})


def encoded(part: bytes | object) -> str:
    """Return a part of a token: bytes as they are, anything else as JSON."""
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header: object, claims: object, key: Any, algorithm: str = "RS256") -> str:
    """Return a token with any header and claims, signed by a key with any algorithm."""
    content = f"{encoded(header)}.{encoded(claims)}"
    return f"{content}.{encoded(JWSRegistry.algorithms[algorithm].sign(content.encode(), key))}"


@dataclass
class Issuer:
    """A running issuer; its attributes are changed by tests while it answers."""

    url: str
    key: Any
    published: list[Any]
    discovery: dict[str, Any] = field(default_factory=dict)
    """Changes of the discovery document."""
    body: bytes | None = None
    """The body of the key set, if not the published keys."""
    status: int = 200
    redirect: str | None = None
    """Where requests for the keys are redirected to."""
    delay: Event | None = None
    """Answers wait for this event."""
    requests: list[str] = field(default_factory=list)
    """The paths of the requests."""

    def rotate(self, key_id: str) -> None:
        """Replace the signing key; the previous one is no longer published."""
        self.key = new_rsa_key(key_id)
        self.published = [self.key]

    def claims(self, email: str, /, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good token; a change to `...` removes the claim."""
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": AUDIENCE, "sub": "248289761001", "iat": now, "exp": now + TOKEN_SECONDS,
            "email": email, "email_verified": True,
        }  # fmt: skip
        return {name: value for name, value in (claims | changes).items() if value is not ...}

    def token(self, email: str, /, **changes: Any) -> str:
        """Return a good token, or one with changed claims, signed with the current key."""
        return signed({"alg": "RS256", "typ": "JWT", "kid": self.key.kid}, self.claims(email, **changes), self.key)

    def answer(self, path: str) -> bytes | None:
        """Return the document at a path."""
        if path == DISCOVERY:
            return json.dumps({"issuer": self.url, "jwks_uri": self.url + KEYS} | self.discovery).encode()
        if path in (KEYS, "/moved"):
            return (
                self.body
                if self.body is not None
                else json.dumps({"keys": [key.as_dict(private=False) for key in self.published]}).encode()
            )
        return None


@contextmanager
def oidc_issuer(port: int = 0) -> Iterator[Issuer]:
    """Run an issuer for the duration of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.requests.append(self.path)
            if issuer.delay is not None:
                issuer.delay.wait()
            answer = issuer.answer(self.path)
            is_redirect = issuer.redirect is not None and self.path == KEYS
            self.send_response(302 if is_redirect else 404 if answer is None else issuer.status)
            if is_redirect:
                self.send_header("location", str(issuer.redirect))
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer or b"")))
            self.end_headers()
            with suppress(ConnectionError):  # the client may have read enough
                self.wfile.write(answer or b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    key = new_rsa_key("first")
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", key, [key])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        if issuer.delay is not None:
            issuer.delay.set()
        server.shutdown()
        server.server_close()
        thread.join()
