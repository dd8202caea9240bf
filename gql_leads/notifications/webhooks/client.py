"""HTTP client of webhooks: it connects to checked addresses only and follows no redirect.

The address that was checked is the one to connect to: a name that leads elsewhere a moment later changes nothing. The certificate is
verified for the name of the URL.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

import httpcore

from gql_leads.domain.outbox.webhooks import PRIVATE_ADDRESS, WebhookRules, is_public, why_refused

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
RESPONSE_BYTES: Final = 4_096
"""Number of bytes that are read of a response; the connection of a longer one is closed."""
MOST_CONNECTIONS: Final = 64
Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class DeliveryFailed(Exception):
    """A delivery without a 2xx response; the message is for the owner of the webhook."""

    def __init__(self, message: str, status_code: int | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Return the addresses of a host as the system's resolver gives them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(one[4][0])) for one in found]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, checks every address, and connects to one of those very addresses."""

    def __init__(self, rules: WebhookRules, resolve: Resolve = resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """Connect to the first checked address that answers; raise ConnectError if one of them is refused."""
        try:
            async with asyncio.timeout(timeout):
                addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        except (OSError, UnicodeError, ValueError):
            raise httpcore.ConnectError("the name cannot be resolved") from None
        if not self._rules.allow_private and not all(map(is_public, addresses)):
            raise httpcore.ConnectError(PRIVATE_ADDRESS)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class WebhookClient:
    """Posts deliveries; connections are kept and shared."""

    def __init__(self, rules: WebhookRules, *, resolve: Resolve = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._rules = rules
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS // 2, keepalive_expiry=30.0,
            network_backend=CheckedBackend(rules, resolve),
        )  # fmt: skip

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a body and return the 2xx status; raise DeliveryFailed for anything else."""
        if (fault := why_refused(url, self._rules)) is not None:
            raise DeliveryFailed(fault)
        timeouts = {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS, "pool": TOTAL_SECONDS}
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                request = self._pool.stream("POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts})
                async with request as response:
                    await _drain(response)
                    status = response.status
        except TimeoutError:
            raise DeliveryFailed(f"There was no complete response in {TOTAL_SECONDS:g} seconds.") from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, ValueError) as error:
            raise DeliveryFailed(f"There was no response: {str(error) or type(error).__name__}."[:500]) from None
        if 300 <= status < 400:
            raise DeliveryFailed(f"The response was a redirect ({status}), which is not followed.", status)
        if not 200 <= status < 300:
            raise DeliveryFailed(f"The response was {status}.", status)
        return status

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


async def _drain(response: httpcore.Response) -> None:
    size = 0
    async for chunk in response.aiter_stream():
        size += len(chunk)
        if size > RESPONSE_BYTES:
            return
