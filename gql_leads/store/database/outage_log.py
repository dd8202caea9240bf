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

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged_at: float | None = None

    def noticed(self) -> None:
        """Record that the database did not answer."""
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= AGAIN_AFTER:
            self._logged_at = now
            logger.warning("The database is away: events and what falls due wait for it.")

    def over(self) -> None:
        """Record that the database answered."""
        if self._logged_at is not None:
            self._logged_at = None
            logger.warning("The database is back.")
