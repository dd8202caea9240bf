"""The store of rate limits that several servers share: Redis, through the library `limits`.

Imported only if `GQL_LEADS_RATE_LIMIT_STORE` is set, because the extra `redis` is optional.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from limits.aio.storage import RedisStorage
from redis.asyncio import ConnectionPool

PREFIX: Final = "gql-leads"
TIMEOUT: Final = 0.5
"""Seconds in which Redis must answer, because every operation waits for it."""
RETRY_AFTER: Final = 5.0
"""Seconds after a failure in which Redis is not asked."""
KEPT: Final = 120
"""Seconds after which Redis forgets a window."""
logger = logging.getLogger(__name__)


class SharedWindows:
    """Sums of cost by rate limit key and minute; implements `graphql_server.rate_limits.WindowStore`.

    Without Redis the service continues: each process limits separately until Redis answers again.
    """

    def __init__(self, url: str, prefix: str = PREFIX, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ConnectionPool.from_url(url, socket_connect_timeout=TIMEOUT)
        self._storage = RedisStorage(f"async+{url}", implementation="redispy", key_prefix=prefix, connection_pool=self._pool)  # type: ignore[arg-type]
        self._clock = clock
        self._failed_at: float | None = None

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._pool.disconnect()

    async def add(self, rate_limit_key: str, minute: int, cost: int) -> int | None:
        """Add a cost and return the sum of the minute; None if Redis does not answer."""
        if self._failed_at is not None and self._clock() - self._failed_at < RETRY_AFTER:
            return None
        try:
            async with asyncio.timeout(TIMEOUT):
                total = await self._storage.incr(f"{rate_limit_key}/{minute}", KEPT, amount=cost)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with Redis, the service must not stop
            if self._failed_at is None:
                logger.warning("Redis does not answer (%s): until it does, each process limits rates separately.", type(error).__name__)
            self._failed_at = self._clock()
            return None
        if self._failed_at is not None:
            self._failed_at = None
            logger.info("Redis answers again: the servers share their rate limits.")
        return total
