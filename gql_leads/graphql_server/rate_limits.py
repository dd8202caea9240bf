"""Rate limits on the cost of operations, per minute and member or address, in this process."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

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


class RateLimiter:
    """Counts cost by rate limit key in windows of a minute, after which all keys are forgotten."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._minute = -1
        self._spent: dict[str, int] = {}

    async def charge(self, rate_limit_key: str, cost: int) -> Allowance | None:
        """Charge a cost and return the allowance, None without a limit; refuse a cost that exceeds the rest."""
        if not self._limit:
            return None
        now = self._clock()
        minute = int(now // WINDOW)
        if minute != self._minute:
            self._minute = minute
            self._spent.clear()
        seconds = WINDOW - int(now % WINDOW)
        spent = self._spent.get(rate_limit_key, 0)
        if spent + cost > self._limit:
            raise self._refused(Allowance(self._limit, self._limit - spent, seconds), cost)
        self._spent[rate_limit_key] = spent + cost
        return Allowance(self._limit, self._limit - spent - cost, seconds)

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
