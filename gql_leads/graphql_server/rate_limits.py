"""Rate limits on the cost of operations, per minute and member or address."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gql_leads.graphql_server.errors import RATE_LIMITED, Refused

WINDOW = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """The remaining cost of a rate limit key in this minute."""

    limit: int
    remaining: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """Return the header fields of the IETF draft `RateLimit`."""
        return {
            "ratelimit-policy": f'"cost";q={self.limit};w={WINDOW}',
            "ratelimit": f'"cost";r={self.remaining};t={self.seconds}',
        }


class WindowStore(Protocol):
    """Sums of cost that several processes share."""

    async def add(self, rate_limit_key: str, minute: int, cost: int) -> int | None:
        """Add a cost, which may be negative, and return the sum of the minute; None if the store does not answer."""


class RateLimiter:
    """Counts cost by rate limit key in fixed windows of a minute, in this process or in a shared store."""

    def __init__(self, limit: int, clock: Callable[[], float] | None = None, store: WindowStore | None = None) -> None:
        self._limit = limit
        # Processes that share windows must agree on when they begin.
        self._clock = clock or (time.monotonic if store is None else time.time)
        self._store = store
        self._minute = -1
        self._spent: dict[str, int] = {}

    async def charge(self, rate_limit_key: str, cost: int) -> Allowance | None:
        """Charge a cost and return the allowance, None without a limit; refuse a cost that exceeds the rest."""
        if not self._limit:
            return None
        now = self._clock()
        minute, seconds = int(now // WINDOW), WINDOW - int(now % WINDOW)
        shared = None if self._store is None else await self._store.add(rate_limit_key, minute, cost)
        spent = self._add(rate_limit_key, minute, cost) if shared is None else shared
        if spent <= self._limit:
            return Allowance(self._limit, self._limit - spent, seconds)
        if self._store is None or shared is None:
            self._add(rate_limit_key, minute, -cost)
        else:
            await self._store.add(rate_limit_key, minute, -cost)
        raise self._refused(Allowance(self._limit, max(0, self._limit - spent + cost), seconds), cost)

    def _add(self, rate_limit_key: str, minute: int, cost: int) -> int:
        """Add a cost in this process and return the sum of the minute."""
        if minute != self._minute:
            self._minute = minute
            self._spent.clear()
        spent = self._spent[rate_limit_key] = self._spent.get(rate_limit_key, 0) + cost
        return spent

    @staticmethod
    def _refused(left: Allowance, cost: int) -> Refused:
        return Refused(
            f"This would cost {cost:,} and you have {left.remaining:,} left in this minute of {left.limit:,};"
            f" try again in {left.seconds} s.",
            RATE_LIMITED,
            status=429,
            headers={**left.headers(), "retry-after": str(left.seconds)},
            extensions={"retryAfter": left.seconds},
        )


def rate_limit_key_of_address(address: str | None) -> str:
    """Return the rate limit key of an address; an IPv6 /64 has one key, because it belongs to one customer."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return f"address {address}"
    if ip.version == 6:
        return f"address {ipaddress.ip_network((ip, 64), strict=False)}"
    return f"address {ip}"
