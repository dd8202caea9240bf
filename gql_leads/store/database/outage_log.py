"""Log messages about an unavailable database."""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

AGAIN_AFTER: Final = 60.0
"""Seconds between two messages about the same outage."""


class OutageLog:
    """Logs an outage once, then once a minute, and its end once, however many callers report it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        begin: str = "The database is away: events and what falls due wait for it.",
        end: str = "The database is back.",
    ) -> None:
        self._clock = clock
        self._begin = begin
        self._end = end
        self._logged_at: float | None = None

    @property
    def is_open(self) -> bool:
        """True from the first report of an outage to its end."""
        return self._logged_at is not None

    def noticed(self) -> None:
        """Record that the outage was met."""
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= AGAIN_AFTER:
            self._logged_at = now
            logger.warning(self._begin)

    def over(self) -> None:
        """Record that the outage has ended, if there was one."""
        if self._logged_at is not None:
            self._logged_at = None
            logger.warning(self._end)
